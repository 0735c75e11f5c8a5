from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from orders.estimating import refresh_whole_estimate, services_with_ended_orders


class Command(BaseCommand):
    help = (
        "Compute the estimates of services anew from their last orders, as after a change of the sample size."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("services", nargs="*", type=int, metavar="NUMBER", help="only these services")

    def handle(self, *args: object, **options: Any) -> None:
        numbers = options["services"] or services_with_ended_orders()
        for number in numbers:
            refresh_whole_estimate(number, now=timezone.now())
        self.stdout.write(f"{len(numbers)} estimates computed.")
