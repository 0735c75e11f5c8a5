from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.refusals import Refusal
from accounts.standing import correct_termination


class Command(BaseCommand):
    help = "Take back a termination that was a mistake of ours. Named and noted; no page can do this."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the terminated account")
        parser.add_argument(
            "--by", required=True, help="the e-mail address of the superuser who answers for it"
        )
        parser.add_argument("--note", required=True, help="what the mistake was; the person reads it")

    def handle(self, *, email: str, by: str, note: str, **options: Any) -> None:
        if not note.strip():
            raise CommandError("Say in --note what the mistake was.")
        try:
            correct_termination(
                customer=_person(email), by=_person(by), why=note.strip()[:200], now=timezone.now()
            )
        except Refusal as refusal:
            raise CommandError(refusal.text) from refusal
        self.stdout.write(f"{email} is active again, and it is on record. Keys of programs stay ended.")


def _person(email: str) -> User:
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist as unknown:
        raise CommandError(f"Nobody has registered as {email}.") from unknown
