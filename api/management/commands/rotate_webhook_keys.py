from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from accounts.models import WebhookEndpoint, WebhookState
from providers.secrets import SealBroken, reseal


class Command(BaseCommand):
    help = "Seal every webhook's secrets again with the first of PANEL_FIELD_KEYS; then the others can go."

    def handle(self, *args: object, **options: object) -> None:
        resealed, broken = 0, []
        kept = WebhookEndpoint.objects.exclude(state=WebhookState.REMOVED)
        for pk in kept.order_by("pk").values_list("pk", flat=True):
            with transaction.atomic():
                endpoint = kept.select_for_update(no_key=True).get(pk=pk)
                try:
                    endpoint.sealed_secret = reseal(endpoint.sealed_secret)
                    if endpoint.sealed_former_secret:
                        endpoint.sealed_former_secret = reseal(endpoint.sealed_former_secret)
                except SealBroken:
                    broken.append(str(pk))
                    continue
                endpoint.save(update_fields=["sealed_secret", "sealed_former_secret"])
                resealed += 1
        self.stdout.write(f"{resealed} webhooks sealed with the first field key.")
        if broken:
            raise CommandError(
                f"No configured field key opens the secret of: {', '.join(broken)}. Their owners make new ones."
            )
