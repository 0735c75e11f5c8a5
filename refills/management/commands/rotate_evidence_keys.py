from typing import Any

from django.core.management.base import BaseCommand, CommandError

from providers.secrets import SealBroken
from refills.forgetting import kept, seal_anew
from refills.vault import PictureLost


class Command(BaseCommand):
    help = "Seal every screenshot again with the first of PANEL_FIELD_KEYS; then the others can go."

    def handle(self, *args: Any, **options: Any) -> None:
        resealed, broken = 0, []
        for number in kept().order_by("pk").values_list("pk", flat=True).iterator():
            try:
                resealed += seal_anew(number)
            except (SealBroken, PictureLost):
                broken.append(str(number))
        self.stdout.write(f"{resealed} screenshots sealed with the first field key.")
        if broken:
            raise CommandError(
                f"No configured field key opens these screenshots, or they are lost: {', '.join(broken)}."
            )
