import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.views.decorators.debug import sensitive_variables

from providers.addresses import endpoint_of
from providers.models import Provider


class Command(BaseCommand):
    help = "Add an upstream panel. Its API key is read from the standard input, so that no list of commands keeps it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("url", help="the address of its API v2")
        parser.add_argument("--currency", default="USD")
        parser.add_argument(
            "--allow-private-address", action="store_true", help="it is on this machine or network"
        )

    @sensitive_variables()
    def handle(
        self, *, name: str, url: str, currency: str, allow_private_address: bool, **options: Any
    ) -> None:
        key = sys.stdin.readline().strip()
        if not key:
            raise CommandError("Give the provider's API key on the standard input.")
        provider = Provider(
            name=name, url=url, currency=currency, allow_private_address=allow_private_address
        )
        provider.set_key(key)
        try:
            endpoint_of(url, allow_private=allow_private_address)
            provider.full_clean()
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        provider.save()
        self.stdout.write(f"{provider} is provider {provider.pk}.")
