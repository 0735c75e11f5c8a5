from decimal import Decimal, InvalidOperation
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from billing.funding import give_funding
from billing.ledger import balance_of
from billing.models import Funding
from billing.money import plain_amount


class Command(BaseCommand):
    help = "Give a customer a deposit that was paid outside the panel, or goodwill."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the customer's e-mail address")
        parser.add_argument("amount", help="what was paid, or with --goodwill what is given")
        parser.add_argument("reason", help="the customer reads it on the statement")
        parser.add_argument("--bonus", default="0", help="a bonus beside a deposit")
        parser.add_argument("--goodwill", action="store_true", help="a gift: never paid out")

    def handle(
        self, *, email: str, amount: str, reason: str, bonus: str, goodwill: bool, **options: Any
    ) -> None:
        try:
            customer = User.objects.get_by_natural_key(email)
        except User.DoesNotExist as unknown:
            raise CommandError(f"Nobody has registered as {email}.") from unknown
        paid, beside = _amount(amount), _amount(bonus)
        if not paid and not beside:
            raise CommandError("Say how much to give.")
        if goodwill and beside:
            raise CommandError("Goodwill has no bonus beside it.")
        try:
            give_funding(
                customer=customer,
                kind=Funding.Kind.GOODWILL if goodwill else Funding.Kind.DEPOSIT,
                cash=Decimal(0) if goodwill else paid,
                bonus=paid if goodwill else beside,
                reason=reason,
                given_by=None,
                request_id=uuid4(),
                now=timezone.now(),
            )
        except ValidationError as refusal:
            raise CommandError(" ".join(refusal.messages)) from refusal
        self.stdout.write(f"{customer} has {plain_amount(balance_of(customer))} now.")


def _amount(written: str) -> Decimal:
    try:
        amount = Decimal(written)
    except InvalidOperation:
        raise CommandError(f"{written} is not an amount.") from None
    if not amount.is_finite() or amount < 0:
        raise CommandError(f"{written} is not an amount to give.")
    return amount
