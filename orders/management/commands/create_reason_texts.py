"""Fill the table that says what providers mean when they say why they did not deliver."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _

from orders.reason_texts import make_reason_texts


class Command(BaseCommand):
    help = "Add the usual reason texts of providers where they are missing. What staff changed stays."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(_("added: %(count)d") % {"count": make_reason_texts()})
