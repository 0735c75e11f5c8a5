"""Write the money of each day as a table for programs."""

import csv
from argparse import ArgumentParser
from datetime import date, timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from billing.reporting import LONGEST, money_report, report_rows


class Command(BaseCommand):
    help = "Write what came in, was spent, given back and lost on each day, as CSV or in columns."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--from", dest="first", type=date.fromisoformat, help="first day, like 2026-03-01"
        )
        parser.add_argument("--to", dest="last", type=date.fromisoformat, help="last day; today if left out")
        parser.add_argument("--csv", action="store_true", help="commas instead of columns")

    def handle(self, *args: Any, **options: Any) -> None:
        last = options["last"] or timezone.localdate()
        first = options["first"] or last - timedelta(days=29)
        if not timedelta(0) <= last - first < LONGEST:
            raise CommandError(f"from one to {LONGEST.days} days, the first one first")
        rows = list(report_rows(money_report(first, last)))
        if options["csv"]:
            csv.writer(self.stdout, lineterminator="\n").writerows(rows)
            return
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        for row in rows:
            self.stdout.write("  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)))
