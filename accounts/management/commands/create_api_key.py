from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.views.decorators.debug import sensitive_variables

from accounts.api_keys import create_key
from accounts.models import User
from accounts.scopes import API_V2, Scope


class Command(BaseCommand):
    help = "Make an API key for a customer and print it: nothing else, and never again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the customer's e-mail address")
        parser.add_argument("label", help="where the key will be used")
        parser.add_argument(
            "--scope",
            action="append",
            choices=Scope.values,
            help="what it may do, once for each; all that API v2 needs unless told otherwise",
        )
        parser.add_argument(
            "--only-from",
            action="append",
            default=[],
            metavar="NETWORK",
            help="an address or network it works from, once for each; everywhere unless told otherwise",
        )

    @sensitive_variables()
    def handle(
        self, *, email: str, label: str, scope: list[str] | None, only_from: list[str], **options: Any
    ) -> None:
        try:
            customer = User.objects.get_by_natural_key(email)
        except User.DoesNotExist as unknown:
            raise CommandError(f"Nobody has registered as {email}.") from unknown
        try:
            _key, plain = create_key(
                customer=customer,
                label=label,
                scopes=scope or API_V2,
                allowed_networks=only_from,
                now=timezone.now(),
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(plain)
