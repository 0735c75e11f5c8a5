import sys
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import IntegrityError
from django.views.decorators.debug import sensitive_variables

from accounts.joining import add_person


class Command(BaseCommand):
    help = (
        "Add a person whose address you vouch for, so that no mail is needed to sign in. "
        "The password is read from the standard input, so that no list of commands keeps it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--owner", action="store_true", help="works here, and may do everything")

    @sensitive_variables()
    def handle(self, *, email: str, owner: bool, **options: Any) -> None:
        password = sys.stdin.readline().rstrip("\n")
        if not password:
            raise CommandError("Give the password on the standard input.")
        try:
            validate_email(email)
            add_person(email=email, password=password, is_staff=owner, is_superuser=owner)
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        except IntegrityError as taken:
            raise CommandError(f"Somebody has the address {email} already.") from taken
        self.stdout.write(f"{email} can sign in.")
