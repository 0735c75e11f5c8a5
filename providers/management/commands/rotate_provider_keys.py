from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from providers.models import Provider
from providers.secrets import SealBroken, reseal


class Command(BaseCommand):
    help = "Seal every provider's API key again with the first of PANEL_FIELD_KEYS; then the others can go."

    def handle(self, *args: object, **options: object) -> None:
        resealed, broken = 0, []
        for pk in Provider.objects.order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                provider = Provider.objects.select_for_update().get(pk=pk)
                try:
                    provider.encrypted_key = reseal(provider.encrypted_key)
                except SealBroken:
                    broken.append(provider.name)
                    continue
                provider.save(update_fields=["encrypted_key"])
                resealed += 1
        self.stdout.write(f"{resealed} keys sealed with the first field key.")
        if broken:
            raise CommandError(
                f"No configured field key opens the API key of: {', '.join(broken)}. Type it in again."
            )
