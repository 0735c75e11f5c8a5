"""Refills: ask for one, and see how it goes."""

from typing import Any

from django.db.models import QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from api.v1 import examples
from api.v1.describing import described
from api.v1.doors import Door
from api.v1.fields import Given, Told, Whole
from api.v1.filtering import RefillFilters, filtered, filters_as_parameters, require_known
from api.v1.pages import PAGE_PARAMETERS, newest_first, page_of
from api.v1.reading import body_of
from api.v1.repeating import once
from orders.models import Channel, Order
from refills.models import Refill
from refills.requesting import request_refill
from refills.states import RefillState


class RefillIn(Given):
    order = Whole(help_text="Number of the order whose loss is to be made up for.")


class RefillOut(Told):
    id = serializers.IntegerField()
    order = serializers.IntegerField()
    state = serializers.ChoiceField(choices=RefillState.choices)
    asked_at = serializers.DateTimeField()
    start_due_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)
    count = serializers.CharField(allow_null=True, help_text="What the counter showed when it was decided.")
    guaranteed_count = serializers.IntegerField(allow_null=True)
    amount = serializers.IntegerField(allow_null=True, help_text="Units to bring back.")
    reason = serializers.CharField(
        allow_blank=True, help_text="A code: why it was refused, or what it waits for."
    )
    answer = serializers.CharField(allow_blank=True)
    clauses = serializers.ListField(child=serializers.CharField())


def refill_out(refill: Refill) -> dict[str, Any]:
    told = {
        "id": refill.pk,
        "order": refill.order_id,
        "state": refill.state,
        "asked_at": refill.asked_at,
        "start_due_at": refill.start_due_at,
        "closed_at": refill.closed_at,
        "count": None if refill.count is None else f"{refill.count:.1f}".removesuffix(".0"),
        "guaranteed_count": refill.guaranteed,
        "amount": refill.amount,
        "reason": refill.reason,
        "answer": refill.answer,
        "clauses": [part.strip() for part in refill.clause.split(",") if part.strip()],
    }
    return dict(RefillOut(told).data)


def own_refills(door: Door) -> QuerySet[Refill]:
    return Refill.objects.of(door.customer)


class Refills(Door):
    needs = {"GET": Scope.READ, "POST": Scope.REFILL}

    @described(
        "List refills",
        "Newest first.",
        tag="refills",
        operation="refills_list",
        scope=Scope.READ,
        parameters=[*filters_as_parameters(RefillFilters), *PAGE_PARAMETERS],
        answers={200: page_of("RefillPage", RefillOut)},
        example=examples.page(examples.REFILL),
        problems=(400,),
    )
    def get(self, request: Request) -> Response:
        return Response(
            newest_first(filtered(RefillFilters, own_refills(self), request), request, refill_out)
        )

    @described(
        "Ask for a refill",
        "The order's own terms decide, at once where they can and otherwise with a fresh count. A refill that a count "
        "refuses at once is kept, in state `refused`, with its reason.",
        tag="refills",
        operation="refills_create",
        scope=Scope.REFILL,
        repeats="possible",
        takes=RefillIn,
        takes_example={"order": 4711},
        answers={201: RefillOut},
        example=examples.REFILL,
        problems=(400, 409, 411, 413, 415, 422),
    )
    def post(self, request: Request) -> Response:
        require_known(request, set())

        def work(_request_id: str) -> tuple[int, Any]:
            given = RefillIn(data=body_of(request))
            given.is_valid(raise_exception=True)
            order = Order.objects.of(self.customer).filter(pk=given.validated_data["order"]).first()
            if order is None:
                raise Http404
            return 201, refill_out(request_refill(order, channel=Channel.API, now=self.now))

        return once(request, customer=self.customer, needed=False, now=self.now, work=work)


class OneRefill(Door):
    needs = {"GET": Scope.READ}

    @described(
        "Look at a refill",
        "How it goes, what it was decided by, and why not.",
        tag="refills",
        operation="refills_retrieve",
        scope=Scope.READ,
        answers={200: RefillOut},
        example=examples.REFILL,
        problems=(400, 404),
    )
    def get(self, request: Request, number: int) -> Response:
        require_known(request, set())
        return Response(refill_out(get_object_or_404(own_refills(self), pk=number)))
