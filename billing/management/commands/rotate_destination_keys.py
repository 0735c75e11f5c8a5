from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.sealing import SealBroken
from billing.destinations import seal_anew
from billing.models import Withdrawal


class Command(BaseCommand):
    help = "Seal the destination of every withdrawal again with the first of PANEL_FIELD_KEYS; then the others can go."

    def handle(self, *args: Any, **options: Any) -> None:
        resealed, broken = 0, []
        sealed = Withdrawal.objects.exclude(destination_sealed="").order_by("pk")
        for number in sealed.values_list("pk", flat=True):
            try:
                resealed += seal_anew(number)
            except SealBroken:
                broken.append(str(number))
        self.stdout.write(f"{resealed} destinations sealed with the first field key.")
        if broken:
            raise CommandError(f"No configured field key opens the destination of: {', '.join(broken)}.")
