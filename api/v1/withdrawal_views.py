"""Money going back: a quote, asking for one, taking it back. It needs the scope for money."""

import re
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from django import forms
from django.forms import ValidationError as BadValue
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.fields import AMOUNT, Amount, AmountIn, Given, Text, Told
from api.v1.filtering import parameters_of, read_query, require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page_of
from api.v1.reading import body_of
from api.v1.repeating import once
from billing.quoting import Quote
from billing.withdrawing import Shown, cancel, quote_for, request_withdrawal

DESTINATION_LETTERS = 300


class AmountAsked(forms.CharField):
    def clean(self, value: Any) -> Any:
        if not re.fullmatch(AMOUNT, str(value or "")):
            raise BadValue(_("Write an amount such as 12.50."), code="invalid")
        return Decimal(value)


class QuoteAsked(forms.Form):
    gross = AmountAsked(max_length=21, help_text=_("What would leave the balance."))


class WithdrawalIn(Given):
    gross = AmountIn(help_text="What leaves the balance.")
    payout = AmountIn(help_text="As quoted; refused (`quote_changed`) when it is another sum by now.")
    bonus_lost = AmountIn(help_text="As quoted.")
    destination = Text(
        max_length=DESTINATION_LETTERS,
        required=False,
        help_text="Where to send what cannot go back the way it came, in your words.",
    )


class QuoteOut(Told):
    gross = Amount()
    fee = Amount()
    payout = Amount(help_text="What you would receive.")
    bonus_lost = Amount(help_text="Bonus that goes with it.")
    due_on = serializers.DateField()


class WithdrawalOut(Told):
    id = serializers.IntegerField()
    state = serializers.CharField(help_text="requested, approved, paying, paid, rejected or cancelled.")
    gross = Amount()
    fee = Amount()
    payout = Amount()
    bonus_lost = Amount()
    terms_version = serializers.IntegerField()
    requested_at = serializers.DateTimeField()
    due_on = serializers.DateField()
    closed_at = serializers.DateTimeField(allow_null=True)


def quote_out(quote: Quote) -> dict[str, Any]:
    told = {
        "gross": quote.gross,
        "fee": quote.fee,
        "payout": quote.payout,
        "bonus_lost": quote.bonus_lost,
        "due_on": quote.due_on,
    }
    return dict(QuoteOut(told).data)


def withdrawal_out(withdrawal: Any) -> dict[str, Any]:
    told = {
        "id": withdrawal.pk,
        "state": str(withdrawal.state),
        "gross": withdrawal.gross,
        "fee": withdrawal.fee,
        "payout": withdrawal.gross - withdrawal.fee,
        "bonus_lost": withdrawal.bonus_lost,
        "terms_version": withdrawal.terms_version_id,
        "requested_at": withdrawal.requested_at,
        "due_on": withdrawal.due_on,
        "closed_at": withdrawal.closed_at,
    }
    return dict(WithdrawalOut(told).data)


class WithdrawalQuote(Door):
    needs = {"GET": Scope.MONEY}

    @described(
        "Ask what a withdrawal would bring",
        "The fee and the bonus that would be lost, as of now. Nothing is held.",
        tag="money",
        operation="withdrawals_quote",
        scope=Scope.MONEY,
        parameters=parameters_of(QuoteAsked.base_fields),
        answers={200: QuoteOut},
        example=examples.QUOTE,
        problems=(400, 422),
    )
    def get(self, request: Request) -> Response:
        gross: Decimal = read_query(QuoteAsked, request)["gross"]
        return Response(quote_out(quote_for(self.customer, gross=gross, now=self.now)))


class Withdrawals(Door):
    needs = {"GET": Scope.MONEY, "POST": Scope.MONEY}

    @described(
        "List withdrawals",
        "Newest first.",
        tag="money",
        operation="withdrawals_list",
        scope=Scope.MONEY,
        parameters=PAGE_PARAMETERS,
        answers={200: page_of("WithdrawalPage", WithdrawalOut)},
        example=examples.page(examples.WITHDRAWAL),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        require_known(request, {"cursor", "limit"})
        return Response(newest_first(self.customer.withdrawals.all(), request, withdrawal_out))

    @described(
        "Ask for a withdrawal",
        "Holds the amount, and the bonus that goes with it, until staff decide. Name what the quote said.",
        tag="money",
        operation="withdrawals_create",
        scope=Scope.MONEY,
        repeats="needed",
        takes=WithdrawalIn,
        takes_example={"gross": "20.00", "payout": "16.00", "bonus_lost": "0.00"},
        answers={201: WithdrawalOut},
        example=examples.WITHDRAWAL,
        problems=(400, 409, 411, 413, 415, 422),
    )
    def post(self, request: Request) -> Response:
        require_known(request, set())

        def work(request_id: str) -> tuple[int, Any]:
            given = WithdrawalIn(data=body_of(request))
            given.is_valid(raise_exception=True)
            asked = given.validated_data
            withdrawal = request_withdrawal(
                customer=self.customer,
                gross=asked["gross"],
                destination=asked.get("destination", ""),
                shown=Shown(payout=asked["payout"], bonus_lost=asked["bonus_lost"]),
                # Unique in the whole panel, so the customer is in it.
                request_id=uuid5(NAMESPACE_URL, f"{self.customer.pk}/{request_id}"),
                now=self.now,
            )
            return 201, withdrawal_out(withdrawal)

        return once(request, customer=self.customer, needed=True, now=self.now, work=work)


class OneWithdrawal(Door):
    needs = {"GET": Scope.MONEY}

    @described(
        "Look at a withdrawal",
        "How far it is.",
        tag="money",
        operation="withdrawals_retrieve",
        scope=Scope.MONEY,
        answers={200: WithdrawalOut},
        example=examples.WITHDRAWAL,
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        return Response(withdrawal_out(get_object_or_404(self.customer.withdrawals, pk=number)))


class WithdrawalCancellation(Door):
    needs = {"POST": Scope.MONEY}

    @described(
        "Take a withdrawal back",
        "While nobody has decided about it. What was held returns to the balance.",
        tag="money",
        operation="withdrawals_cancel",
        scope=Scope.MONEY,
        repeats="possible",
        answers={200: WithdrawalOut},
        example=examples.WITHDRAWAL | {"state": "cancelled"},
        problems=(400, 404, 409, 411, 413, 415, 422),
    )
    def post(self, request: Request, number: int) -> Response:
        require_known(request, set())
        own = get_object_or_404(self.customer.withdrawals, pk=number)

        def work(_request_id: str) -> tuple[int, Any]:
            return 200, withdrawal_out(cancel(own.pk, customer=self.customer, now=self.now))

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)
