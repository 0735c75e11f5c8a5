"""Orders as they come in and go out."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as translate
from rest_framework import serializers

from accounts.refusals import Refusal
from api.adding import warnings_of
from api.v1.fields import LARGEST_NUMBER, Amount, AmountIn, Given, Text, Told, Whole
from api.v1.problems import of_refusal
from billing.deciding_disputes import Termination
from orders.drafting import MAX_COMMENTS_LENGTH
from orders.models import Order
from orders.states import OrderState
from orders.timeline import Step, guaranteed_until

MOST_LINES = 1000
LINK_LETTERS = 2048


class LineIn(Given):
    """One order. Which fields a service needs depends on its kind."""

    service = Whole(help_text="Number of the service.")
    link = Text(
        max_length=LINK_LETTERS, help_text="A public link, or what the service's description asks for."
    )
    quantity = Whole(
        required=False, help_text="For services of kind `default`, and no other; of one run, with runs."
    )
    comments = serializers.ListField(
        child=Text(max_length=MAX_COMMENTS_LENGTH),
        required=False,
        allow_empty=False,
        max_length=10_000,
        help_text="For services of kind `custom_comments`, and no other: one text for each.",
    )
    channel = Text(
        max_length=LINK_LETTERS, required=False, help_text="The channel of a video, with watch hours."
    )
    runs = Whole(required=False, help_text="Drip-feed: how many times. Needs `interval_minutes`.")
    interval_minutes = Whole(required=False, help_text="From the start of one run to the start of the next.")
    max_charge = AmountIn(
        required=False, help_text="The order is refused (`price_changed`) when it would cost more than this."
    )

    def validate_comments(self, comments: list[str]) -> list[str]:
        if any(len(comment.splitlines()) > 1 for comment in comments):
            raise serializers.ValidationError(translate("A comment is one line."))
        return comments


class OrderIn(LineIn):
    terms_version = Whole(
        required=False,
        max_value=2**31 - 1,
        help_text="Refused (`terms_changed`) when another version is in force.",
    )


class Anything(serializers.Field[Any, Any, Any, Any]):
    """Read later, line by line."""

    def to_internal_value(self, data: Any) -> Any:
        return data


class BulkIn(Given):
    lines = serializers.ListField(child=Anything(), allow_empty=False, max_length=MOST_LINES)
    terms_version = Whole(required=False, max_value=2**31 - 1)


class BulkInShape(Given):
    """For the OpenAPI file: what each line has to look like. In a list a wrong line gets its verdict."""

    lines = serializers.ListField(child=LineIn(), allow_empty=False, max_length=MOST_LINES)
    terms_version = Whole(required=False, max_value=2**31 - 1)


class RunOut(Told):
    id = serializers.IntegerField(help_text="Number of the drip-feed.", max_value=LARGEST_NUMBER)
    run = serializers.IntegerField()
    runs = serializers.IntegerField()
    interval_minutes = serializers.IntegerField()


class OrderOut(Told):
    id = serializers.IntegerField()
    state = serializers.ChoiceField(choices=OrderState.choices)
    service = serializers.IntegerField()
    service_name = serializers.CharField()
    link = serializers.CharField()
    quantity = serializers.IntegerField()
    rate_per_1000 = Amount()
    charge = Amount(help_text="What was charged.")
    refunded = Amount(help_text="What came back of it.")
    final_charge = Amount(help_text="What the order costs after refunds.")
    under_review = Amount(help_text="What may come back, but waits for a person.")
    currency = serializers.CharField()
    start_count = serializers.IntegerField(allow_null=True)
    delivered = serializers.IntegerField()
    remains = serializers.IntegerField(allow_null=True)
    overlaps = serializers.BooleanField(help_text="Whether another order was open on the same count.")
    guarantee_days = serializers.IntegerField(allow_null=True)
    guaranteed_until = serializers.DateTimeField(allow_null=True)
    terms_version = serializers.IntegerField()
    drip_feed = RunOut(allow_null=True)
    placed_at = serializers.DateTimeField()
    started_at = serializers.DateTimeField(allow_null=True)
    closed_at = serializers.DateTimeField(allow_null=True)


class PlacedOut(OrderOut):
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="What to know of an order that was taken all the same."
    )


class EventOut(Told):
    at = serializers.DateTimeField()
    state = serializers.CharField(help_text="The state that it led to, or left the order in.")
    title = serializers.CharField()
    text = serializers.CharField()
    refund = Amount(help_text="What came back by it.")
    clauses = serializers.ListField(child=serializers.CharField())


def order_out(order: Order, terminations: Sequence[Termination] | None = None) -> dict[str, Any]:
    drip_feed = order.drip_feed
    told = {
        "id": order.pk,
        "state": order.state,
        "service": order.service_id,
        "service_name": order.service_name,
        "link": order.link,
        "quantity": order.quantity,
        "rate_per_1000": order.rate_per_1000,
        "charge": order.charge,
        "refunded": order.refunded,
        "final_charge": order.final_charge,
        "under_review": order.under_review,
        "currency": settings.PANEL_CURRENCY,
        "start_count": order.start_count,
        "delivered": order.delivered,
        "remains": order.remains,
        "overlaps": order.overlaps,
        "guarantee_days": order.guarantee_days,
        "guaranteed_until": guaranteed_until(order, terminations),
        "terms_version": order.terms_version_id,
        "drip_feed": drip_feed
        and {
            "id": drip_feed.pk,
            "run": order.run,
            "runs": drip_feed.runs,
            "interval_minutes": drip_feed.interval_minutes,
        },
        "placed_at": order.placed_at,
        "started_at": order.started_at,
        "closed_at": order.closed_at,
    }
    return dict(OrderOut(told).data)


def placed_out(order: Order) -> dict[str, Any]:
    return order_out(order) | {"warnings": [str(warning) for warning in warnings_of(order)]}


def event_out(step: Step) -> dict[str, Any]:
    return dict(
        EventOut(
            {
                "at": step.at,
                "state": str(step.state),
                "title": step.title,
                "text": step.text,
                "refund": step.refund,
                "clauses": step.clauses,
            }
        ).data
    )


class RefusedOut(Told):
    code = serializers.CharField()
    detail = serializers.CharField()
    clauses = serializers.ListField(child=serializers.CharField())
    params = serializers.DictField()


class VerdictOut(Told):
    """What became of one line: the number of its order, or why there is none."""

    line = serializers.IntegerField(help_text="From 1, as they were sent.")
    order = serializers.IntegerField(allow_null=True)
    charge = Amount(allow_null=True)
    refusal = RefusedOut(allow_null=True)


class BulkOut(Told):
    placed = serializers.IntegerField()
    refused = serializers.IntegerField()
    charge = Amount(help_text="All placed lines together.")
    verdicts = VerdictOut(many=True)


def refused_out(refusal: Refusal) -> dict[str, Any]:
    problem = of_refusal(refusal)
    return {
        "code": problem.code,
        "detail": problem.detail,
        "clauses": list(problem.clauses),
        "params": problem.params,
    }
