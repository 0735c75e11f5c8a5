"""Which version of the terms governs what: each thing keeps the version it was made under, to its end."""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

import pytest

from accounts.models import User
from accounts.refusals import Refusal
from billing.composition import composition_for
from billing.ledger import balance_of
from billing.quoting import quote_withdrawal
from orders.cancelling import cancel_order, cancel_refusal
from orders.claims import OverlapNotConfirmed, SimilarBusy
from orders.faults import mark_fault
from orders.models import Fault, Order, RefundCase
from orders.outlooks import outlook_of
from orders.timeline import guaranteed_until
from providers.gateway import ReportedState
from terms.profiles import PROFILES
from terms.versions import version_in_force
from tests.factories import after, give, make_order, make_service, publish_terms
from tests.orders.stories import report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

OTHER = "https://www.instagram.com/other.studio/"


@pytest.mark.clause("A-05", "K-36", "K-49")
@pytest.mark.worked("V-1")
def test_an_order_of_january_is_judged_with_10_percent_and_one_after_the_change_with_15(alice: User) -> None:
    earlier = started(alice, quantity=2000)
    report(earlier, ReportedState.COMPLETED, 0, start_count=20_000)
    publish_terms(changes={"refill.min_share_percent": "15"})
    later = started(alice, quantity=2000, link=OTHER)
    report(later, ReportedState.COMPLETED, 0, start_count=20_000)

    assert outlook_of(fresh(earlier)).share.is_enough
    assert not outlook_of(fresh(later)).share.is_enough


def fresh(order: Order) -> Order:
    return Order.objects.select_related("terms_version", "customer", "service").get(pk=order.pk)


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-05", "A-28", "K-49")
def test_whether_an_order_may_be_cancelled_is_said_by_its_own_terms(alice: User) -> None:
    allowed = make_order(alice)
    publish_terms("bestsmmkart")
    refused = make_order(alice, link=OTHER)

    cancel_order(fresh(allowed), now=after(minutes=1))

    assert cancel_refusal(fresh(refused)) is not None
    assert balance_of(alice) == 100 - refused.charge


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-05", "A-33", "K-21")
def test_what_stands_in_the_way_of_a_new_order_is_said_by_the_new_orders_terms(alice: User) -> None:
    first = make_order(alice)
    with pytest.raises(OverlapNotConfirmed):
        make_order(alice, first.service)

    publish_terms("bestsmmkart")
    with pytest.raises(SimilarBusy):
        make_order(alice, first.service, overlap_ticked=True)

    publish_terms("alphasmm")
    assert make_order(alice, first.service, overlap_ticked=True).overlaps


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-11", "K-79", "A-05")
def test_what_a_customers_fault_costs_is_said_by_the_orders_terms(alice: User, sam: User) -> None:
    earlier = started(alice, make_service(rate_per_1000="2"), quantity=1000)
    publish_terms(changes={"refund.fault_default": "none"})
    later = started(alice, make_service(rate_per_1000="2"), quantity=1000, link=OTHER)

    for order in (earlier, later):
        mark_fault(order.pk, fault=Fault.BAD_LINK, note="it leads nowhere", by=sam, now=after(minutes=2))
        report(order, ReportedState.PARTIAL, 600)

    cases = RefundCase.objects.order_by("order").values_list("amount", "proposal")
    assert list(cases) == [(Decimal("1.2"), "review"), (Decimal("1.2"), "none")]


DECISIONS: dict[str, Callable[[Order], object]] = {
    "may it be cancelled": lambda order: _said(cancel_refusal(order)),
    "until when is it guaranteed": guaranteed_until,
    "is its share large enough": lambda order: getattr(outlook_of(order), "text", None),
    "under which terms": lambda order: order.terms_version.rules,
}


def _said(refusal: Refusal | None) -> tuple[str, tuple[str, ...]] | None:
    return refusal and (refusal.text, refusal.clauses)


def decisions_about(customer: User, *orders: Order, at: datetime) -> list[object]:
    """Everything that is decided about what exists, in words and numbers."""
    decided = [decide(fresh(order)) for order in orders for decide in DECISIONS.values()]
    rests = composition_for(customer)
    in_force = version_in_force().rules.withdrawal
    quote = quote_withdrawal(rests, gross=Decimal(40), in_force=in_force, requested_at=at)
    return [*decided, [(part.lot.funding, part.fee, part.bonus_lost) for part in quote.parts]]


@pytest.mark.clause("A-05", "K-49")
@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"order.customer_cancel_from": ["pending"]},
        {"order.customer_cancel_from": []},
        {"refill.min_share_percent": "90", "refill.share_base": "higher_of_both"},
        {"refill.window_anchor": "ordered_at"},
        {"withdrawal.free_window_hours": 0, "withdrawal.late_fee_percent": "100"},
        {"withdrawal.bonus_forfeit": "pro_rata"},
        {"withdrawal.enabled": False},
        {"withdrawal.enabled": True, "withdrawal.applies_to_older_deposits": True},
    ],
    ids=str,
)
def test_publishing_changes_no_decision_about_anything_that_exists(
    alice: User, profile: str, changes: dict[str, object]
) -> None:
    give(alice, cash="50", bonus="5", now=after(hours=1))
    running = taken(alice, link=OTHER)
    closed = started(alice, quantity=500, link="https://www.instagram.com/third.studio/")
    report(closed, ReportedState.COMPLETED, 0, start_count=1000, at=after(hours=2))
    pending = make_order(alice)
    at = after(hours=60)
    before = decisions_about(alice, pending, running, closed, at=at)

    publish_terms(profile, changes)

    assert decisions_about(alice, pending, running, closed, at=at) == before
