"""The half of bin/torture that needs the database: `torture prepare`, `compare`, `doubt`, `resolve`."""

import json
from argparse import ArgumentParser
from collections import Counter
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.api_keys import create_key
from accounts.joining import confirm_address
from accounts.models import User
from billing.funding import give_funding
from billing.models import Funding
from orders import submitting
from orders.models import Order
from panel.demo.comparing import compare
from panel.demo.evidence import resolve_by_evidence
from panel.demo.loading import SAM, our_sandbox
from providers.dispatch import LEASE
from providers.models import Provider

NO_LIMIT = 1_000_000


class Command(BaseCommand):
    help = (
        "Prepare a torture run, compare our books with the sandbox's, resolve what is uncertain. Prints JSON."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("step", choices=["prepare", "compare", "doubt", "resolve"])
        parser.add_argument("--balance", type=Decimal, default=Decimal(0), help="of the customer prepared")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError("Torture is not for production.")
        steps = {
            "prepare": self._prepare,
            "compare": self._compare,
            "doubt": self._doubt,
            "resolve": self._resolve,
        }
        self.stdout.write(json.dumps(steps[options["step"]](options["balance"])))

    def _prepare(self, balance: Decimal) -> dict[str, Any]:
        """Make a customer with money and a key. A torture is no ordinary hour: the brakes are released first."""
        Provider.objects.update(
            parallel_calls=32, brake_orders_per_hour=NO_LIMIT, brake_refund_per_hour=NO_LIMIT
        )
        now = timezone.now()
        customer = User.objects.create_user(f"torture-{uuid4().hex[:8]}@demo.example")
        confirm_address(customer)
        give_funding(
            customer=customer,
            kind=Funding.Kind.DEPOSIT,
            cash=balance,
            bonus=Decimal(0),
            reason="for the torture",
            given_by=None,
            request_id=uuid4(),
            now=now,
        )
        _key, plain = create_key(customer=customer, label="torture", now=now)
        return {"api_key": str(plain)}

    def _compare(self, _balance: Decimal) -> dict[str, Any]:
        return compare(our_sandbox()).to_json()

    def _doubt(self, _balance: Decimal) -> dict[str, Any]:
        """Take everything that killed workers had claimed from them now. Only when nobody is sending."""
        Order.objects.open().filter(check_at__isnull=False).update(check_at=timezone.now())
        return {"doubted": submitting.doubt_abandoned(now=timezone.now() + LEASE)}

    def _resolve(self, _balance: Decimal) -> dict[str, Any]:
        sam = User.objects.get(email=SAM)
        return dict(Counter(resolve_by_evidence(our_sandbox(), by=sam, now=timezone.now(), send_again=False)))
