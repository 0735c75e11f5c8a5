from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from catalog.importing import import_services
from catalog.reports import details_of, summary_of
from providers.gateway import ProviderFault
from providers.gateways import gateway_for
from providers.models import Provider


class Command(BaseCommand):
    help = "Take a provider's services into the catalogue, at its rates plus a mark-up."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("provider", help="its name or number")
        parser.add_argument("--markup", required=True, metavar="PERCENT", help="what is added to its rates")
        parser.add_argument("--keep-markups", action="store_true", help="only new services get the mark-up")
        parser.add_argument(
            "--only", nargs="+", metavar="NUMBER", help="only these of the provider's services"
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")

    def handle(self, *args: object, **options: Any) -> None:
        provider = _provider(options["provider"])
        try:
            offered = gateway_for(provider).services()
        except ProviderFault as fault:
            raise CommandError(
                f"{provider} could not be asked for its services: {fault.words or fault.kind}"
            ) from fault
        try:
            report = import_services(
                provider=provider,
                offered=offered,
                markup_percent=_percent(options["markup"]),
                now=timezone.now(),
                only=set(options["only"]) if options["only"] else None,
                keep_markups=options["keep_markups"],
                dry_run=options["dry_run"],
            )
        except ValidationError as refusal:
            raise CommandError(refusal.messages[0]) from refusal
        if options["dry_run"]:
            self.stdout.write("Nothing is stored; this is what would be done.")
        self.stdout.write(summary_of(report))
        for heading, lines in details_of(report):
            self.stdout.write(f"\n{heading}")
            for line in lines:
                self.stdout.write(f"  {line}")


def _provider(named: str) -> Provider:
    by_name = Provider.objects.filter(name__iexact=named).first()
    provider = by_name or (Provider.objects.filter(pk=named).first() if named.isdecimal() else None)
    if provider is None:
        known = ", ".join(Provider.objects.order_by("name").values_list("name", flat=True)) or "none"
        raise CommandError(f"No provider is called {named!r}. Known: {known}.")
    return provider


def _percent(written: str) -> Decimal:
    try:
        return Decimal(written)
    except InvalidOperation:
        raise CommandError(f"--markup {written} is not a percentage.") from None
