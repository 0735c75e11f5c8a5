"""The balance, what moved it, and where its money came from. Reading only."""

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.fields import Amount, Told
from api.v1.filtering import Day, parameters_of, read_query, require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page, page_of, wanted_page
from billing.composition import Rest, composition_for
from billing.ledger import balance_of
from billing.money import ZERO
from billing.routes import TransferKind
from billing.statement import STATEMENT_KINDS, Line, Wanted, statement_page

ATTEMPTS = 3


class LotOut(Told):
    funding = serializers.IntegerField()
    credited_at = serializers.DateTimeField()
    cash = Amount()
    bonus = Amount()


class BalanceOut(Told):
    balance = Amount()
    currency = serializers.CharField()
    cash = Amount(help_text="The part that was paid in.")
    bonus = Amount(help_text="The part that was given; it can be spent but is never paid out.")
    fundings = LotOut(many=True)


class LineOut(Told):
    sequence = serializers.IntegerField()
    at = serializers.DateTimeField()
    kind = serializers.ChoiceField(choices=[(kind.value, kind.label) for kind in STATEMENT_KINDS])
    order = serializers.IntegerField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
    change = Amount(help_text="Negative when it left the balance.")
    balance = Amount(help_text="What it left there.")


class FundingOut(Told):
    id = serializers.IntegerField()
    kind = serializers.CharField()
    cash = Amount()
    bonus = Amount()
    reason = serializers.CharField(allow_blank=True)
    terms_version = serializers.IntegerField(source="terms_version_id")
    credited_at = serializers.DateTimeField()


class StatementFilters(forms.Form):
    kind = forms.ChoiceField(
        required=False,
        choices=[(kind.value, kind.label) for kind in STATEMENT_KINDS],
        help_text=_("Movements of this kind."),
    )
    first_day = Day(required=False, input_formats=["%Y-%m-%d"], help_text=_("From this day on, in UTC."))
    last_day = Day(
        required=False, input_formats=["%Y-%m-%d"], help_text=_("Up to this day, which is included.")
    )


def _consistent(customer: User) -> tuple[Decimal, list[Rest]]:
    """Read the balance and what it consists of as they belong together, though orders are placed meanwhile."""
    balance, rests = ZERO, list[Rest]()
    for _attempt in range(ATTEMPTS):
        balance, rests = balance_of(customer), composition_for(customer)
        if sum((rest.cash + rest.bonus for rest in rests), ZERO) == max(balance, ZERO):
            break
    return balance, rests


def line_out(line: Line) -> dict[str, Any]:
    told = {
        "sequence": line.sequence,
        "at": line.created_at,
        "kind": line.kind.value,
        "order": line.order_number,
        "reason": line.reason,
        "change": line.change,
        "balance": line.balance,
    }
    return dict(LineOut(told).data)


class Balance(Door):
    needs = {"GET": Scope.READ}

    @described(
        "Look at the balance",
        "With what it consists of: the fundings that are not spent yet, newest first.",
        tag="money",
        operation="balance_retrieve",
        scope=Scope.READ,
        answers={200: BalanceOut},
        example=examples.BALANCE,
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        require_known(request, set())
        balance, rests = _consistent(self.customer)
        told = {
            "balance": balance,
            "currency": settings.PANEL_CURRENCY,
            "cash": sum((rest.cash for rest in rests), ZERO),
            "bonus": sum((rest.bonus for rest in rests), ZERO),
            "fundings": [
                {
                    "funding": rest.lot.funding,
                    "credited_at": rest.lot.credited_at,
                    "cash": rest.cash,
                    "bonus": rest.bonus,
                }
                for rest in rests
            ],
        }
        return Response(BalanceOut(told).data)


class Transactions(Door):
    needs = {"GET": Scope.READ}

    @described(
        "List transactions",
        "Every line of the books that moved the balance, with what it left there, newest first.",
        tag="money",
        operation="transactions_list",
        scope=Scope.READ,
        parameters=[*parameters_of(StatementFilters.base_fields), *PAGE_PARAMETERS],
        answers={200: page_of("TransactionPage", LineOut)},
        example=examples.page(examples.TRANSACTION),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        asked = read_query(StatementFilters, request)
        before, limit = wanted_page(request)
        kinds = frozenset({TransferKind(asked["kind"])} if asked["kind"] else ())
        found = statement_page(
            self.customer,
            Wanted(kinds, first_day=asked["first_day"], last_day=asked["last_day"]),
            before=before,
            length=limit,
        )
        last = found.lines[-1].sequence if found.has_older else None
        return Response(page(map(line_out, found.lines), last=last))


class Fundings(Door):
    needs = {"GET": Scope.READ}

    @described(
        "List fundings",
        "Deposits and gifts as they were credited, newest first.",
        tag="money",
        operation="fundings_list",
        scope=Scope.READ,
        parameters=PAGE_PARAMETERS,
        answers={200: page_of("FundingPage", FundingOut)},
        example=examples.page(examples.FUNDING),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        require_known(request, {"cursor", "limit"})
        return Response(
            newest_first(self.customer.fundings.all(), request, lambda funding: FundingOut(funding).data)
        )
