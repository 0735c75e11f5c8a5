"""What orders tell about the people who placed them: links, comments, counts, and words exchanged about refunds.

Erased, an order still says which service, how many and for how much: the books need that. It no longer says for what.
"""

from collections.abc import Iterator

from django.db.models import Prefetch
from django.utils.translation import gettext_lazy as _

from accounts.keeping import ROWS_AT_A_TIME, SUPPLIERS_WORDS, ErasingStep, Portion, Row, columns_of, remove
from accounts.models import User
from orders.models import (
    CaseMessage,
    Claim,
    DripFeed,
    FaultFinding,
    Order,
    OrderEvent,
    RefundCase,
    Sighting,
    SightingSource,
    SpeedUp,
    Submission,
    TargetReached,
    TerminatedOrder,
)
from orders.timeline import timeline
from orders.triggers import ERASABLE

ORDER_COLUMNS = {
    "number": "pk",
    "placed": "placed_at",
    "by": "channel",
    "request": "request_id",
    "terms_version": "terms_version_id",
    "service": "service_name",
    "link": "link",
    "target": "target_key",
    "counter": "counter_key",
    "channel_link": "channel_link",
    "quantity": "quantity",
    "comments": "comments",
    "guarantee_days": "guarantee_days",
    "rate_per_1000": "rate_per_1000",
    "discount_percent": "discount_percent",
    "charge": "charge",
    "coupon": "coupon_code",
    "off_by_coupon": "coupon_amount",
    "refunded": "refunded",
    "under_review": "under_review",
    "denied": "denied",
    "state": "state",
    "fault": "fault",
    "start_count": "start_count",
    "remains": "remains",
    "dropped": "dropped",
    "started": "started_at",
    "closed": "closed_at",
    "drip_feed": "drip_feed_id",
    "run": "run",
}


def _courses(person: User) -> Iterator[Row]:
    events = Prefetch("events", queryset=OrderEvent.objects.order_by("pk"))
    orders = Order.objects.of(person).select_related("reached__sighting", "terms_version").order_by("pk")
    light = orders.defer("service_description", "terms_version__text", "terms_version__wording")
    for order in light.prefetch_related(events).iterator(chunk_size=ROWS_AT_A_TIME):
        for step in timeline(order, order.events.all()):
            yield order.pk, step.at, step.title, step.text, step.refund


PORTIONS = (
    Portion(
        "orders",
        _("What you ordered, what it cost and what became of it."),
        tuple(ORDER_COLUMNS),
        lambda person: columns_of(Order.objects.of(person).order_by("pk"), *ORDER_COLUMNS.values()),
        (Order,),
    ),
    Portion(
        "order_courses",
        _("What happened to each order, in the words that its page uses."),
        ("order", "time", "what", "in_words", "refund"),
        _courses,
        (OrderEvent, TargetReached, TerminatedOrder),
    ),
    Portion(
        "drip_feeds",
        _("Orders that were delivered in runs."),
        ("number", "placed", "runs", "interval_minutes"),
        lambda person: columns_of(
            person.drip_feeds.order_by("pk"), "pk", "placed_at", "runs", "interval_minutes"
        ),
        (DripFeed,),
    ),
    Portion(
        "claims",
        _("Links and counts that your open orders keep to themselves."),
        ("order", "key"),
        lambda person: columns_of(Claim.objects.filter(customer=person).order_by("pk"), "order_id", "key"),
        (Claim,),
    ),
    Portion(
        "refund_cases",
        _("Refunds that waited for our staff, and what was decided."),
        ("number", "order", "opened", "amount", "fault", "clauses", "state", "granted", "note", "decided"),
        lambda person: columns_of(
            RefundCase.objects.filter(order__customer=person).order_by("pk"),
            "pk",
            "order_id",
            "opened_at",
            "amount",
            "fault",
            "clause",
            "state",
            "granted",
            "note",
            "decided_at",
        ),
        (RefundCase,),
    ),
    Portion(
        "case_messages",
        _("What you and our staff wrote to each other about refunds."),
        ("case", "time", "from_staff", "text"),
        lambda person: columns_of(
            CaseMessage.objects.filter(case__order__customer=person).order_by("pk"),
            "case_id",
            "at",
            "from_staff",
            "text",
        ),
        (CaseMessage,),
    ),
    Portion(
        "speed_ups",
        _("Orders that you asked us to hurry, and what we answered."),
        ("order", "time", "text", "state", "answer", "answered"),
        lambda person: columns_of(
            SpeedUp.objects.filter(order__customer=person).order_by("pk"),
            "order_id",
            "asked_at",
            "text",
            "state",
            "answer",
            "answered_at",
        ),
        (SpeedUp,),
    ),
    Portion(
        "sightings",
        _("What your counts showed, whoever looked. What you wrote beside your own looks is with them."),
        ("order", "time", "counter", "count", "condition", "seen_by", "your_note"),
        lambda person: (
            (*seen[:-1], seen[-1] if seen[-2] == SightingSource.CUSTOMER else "")
            for seen in columns_of(
                Sighting.objects.filter(order__customer=person).order_by("pk"),
                "order_id",
                "seen_at",
                "counter_key",
                "count",
                "condition",
                "source",
                "note",
            )
        ),
        (Sighting,),
    ),
)


def _erase_orders(person: User, after: int, limit: int) -> int | None:
    """Blank the next orders, and with each of them everything that was said about it."""
    numbers = list(
        Order.objects.of(person).filter(pk__gt=after).order_by("pk").values_list("pk", flat=True)[:limit]
    )
    Submission.objects.filter(order__in=numbers).update(verdict_words="", why="")
    Order.objects.filter(pk__in=numbers).update(**dict.fromkeys(ERASABLE, ""))
    OrderEvent.objects.filter(order__in=numbers).update(note="", words="")
    Sighting.objects.filter(order__in=numbers).update(counter_key="", note="")
    SpeedUp.objects.filter(order__in=numbers).update(text="", answer="")
    FaultFinding.objects.filter(order__in=numbers).exclude(words="").update(words="")
    RefundCase.objects.filter(order__in=numbers).exclude(note="").update(note="")
    CaseMessage.objects.filter(case__order__in=numbers).exclude(text="").update(text="")
    Claim.objects.filter(order__in=numbers).delete()
    return numbers[-1] if len(numbers) == limit else None


ERASING = (
    ErasingStep(
        "orders",
        _erase_orders,
        (
            Order,
            Submission,
            OrderEvent,
            Sighting,
            SpeedUp,
            FaultFinding,
            RefundCase,
            CaseMessage,
            Claim,
        ),
    ),
    ErasingStep(
        "sightings",
        lambda person, after, limit: remove(
            Sighting.objects.filter(order=None, seen_by=person), after, limit
        ),
        (Sighting,),
    ),
)

NOT_TAKEN_OUT = {
    Submission: SUPPLIERS_WORDS,
    FaultFinding: _(
        "The supplier's words and staff's working notes; what followed from them stands in the refund case."
    ),
}
STAYS = {
    DripFeed: _("Numbers and times only."),
    TargetReached: _("Numbers and times only."),
    TerminatedOrder: _("Numbers and times only."),
}
