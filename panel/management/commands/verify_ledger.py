"""Add everything up again, and say whether books and orders agree."""

import time
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from panel.books import prove_books


class Command(BaseCommand):
    help = "Recompute the ledger from its transfers and compare the orders with it; exit with 1 on any difference."

    def handle(self, *args: Any, **options: Any) -> None:
        started = time.monotonic()
        findings = prove_books(now=timezone.now())
        for name, count in findings.counts.items():
            self.stdout.write(f"{name}: {count}")
        for difference in findings.differences:
            self.stdout.write(self.style.ERROR(str(difference)))
        self.stdout.write(_("checked in %(seconds).2f s") % {"seconds": time.monotonic() - started})
        found = len(findings.differences)
        self.stdout.write(ngettext("%(found)d difference", "%(found)d differences", found) % {"found": found})
        if found:
            raise SystemExit(1)
