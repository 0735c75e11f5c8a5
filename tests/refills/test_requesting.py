"""Asking for a refill: what is answered at once, what is refused at once, and what is never stored."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AccountState, Notice
from accounts.standing import AccountFrozen, change_state
from orders.models import Channel, Claim, Condition, Order, SightingSource
from orders.shares import ShareTooSmall
from providers.gateway import ReportedState
from refills.answering import OlderFirst
from refills.eligibility import (
    BelowStart,
    Grant,
    NoDrop,
    NoGuarantee,
    NotDeliveredYet,
    NothingDelivered,
    Unknown,
    WindowOver,
)
from refills.models import Refill, RefillEvent, RefillSubmission
from refills.requesting import (
    AlreadyAsked,
    TooManyAtOnce,
    preview,
    request_many,
    request_refill,
)
from refills.states import RefillState, WaitsFor
from tests.factories import NOW, make_service
from tests.orders.stories import at_once, report, taken
from tests.refills.stories import NEXT_DAY, asked, delivered, happened, refilled, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]

SECOND = timedelta(seconds=1)


@pytest.mark.clause("K-30", "K-56", "K-57")
@pytest.mark.parametrize(
    ("count", "becomes"),
    [
        (12_500, (RefillState.REFUSED, None, "no_drop")),
        (12_000, (RefillState.REFUSED, None, "no_drop")),
        (11_999, (RefillState.QUEUED, 1, "")),
        (10_600, (RefillState.QUEUED, 1400, "")),
        (10_000, (RefillState.QUEUED, 2000, "")),
        (9_999, (RefillState.REFUSED, None, "below_start")),
    ],
)
def test_a_count_seen_lately_answers_at_once(alice, count, becomes):
    order = delivered(alice)
    shows(order, count)

    refill = asked(order)

    assert refilled(refill) == becomes
    assert (refill.count, refill.guaranteed, refill.counted_by) == (count, 12_000, "provider")
    assert refill.counted_at == NEXT_DAY


@pytest.mark.clause("K-30")
def test_a_granted_refill_is_owed_to_the_provider_and_holds_the_counter(alice):
    order = delivered(alice, make_service(provider_refills=True))
    shows(order, 10_600)

    refill = asked(order)

    assert refill.waits_for == WaitsFor.PROVIDER
    assert refill.target == 12_000
    assert RefillSubmission.objects.get(refill=refill).provider == order.submission.provider
    assert Claim.objects.get(key=order.counter_key).refill_number == refill.pk
    assert happened(refill) == ["asked", "granted"]
    [notice] = Notice.objects.filter(kind="refill")
    assert "1,400" in notice.text


def test_where_the_provider_has_no_refill_staff_owe_it(alice):
    order = delivered(alice, make_service(provider_refills=False))
    shows(order, 10_600)

    refill = asked(order)

    assert (refill.state, refill.waits_for) == (RefillState.QUEUED, WaitsFor.STAFF)
    assert not RefillSubmission.objects.exists()


@pytest.mark.worked("W-28")
@pytest.mark.clause("K-30")
def test_of_a_partial_order_the_delivered_part_is_guaranteed(alice):
    order = delivered(alice, remains=500)
    shows(order, 11_200)

    assert asked(order).amount == 300


@pytest.mark.worked("W-29")
@pytest.mark.clause("K-41", "K-62", "K-34")
@pytest.mark.parametrize(
    ("metric", "link"),
    [
        ("followers", "https://www.instagram.com/alice.studio/"),
        ("likes", "https://www.instagram.com/p/CxYz12345Ab/"),
    ],
)
def test_growth_from_elsewhere_counts_whatever_is_counted(alice, metric, link):
    order = delivered(alice, make_service(metric=metric), start=1000, quantity=500, link=link)
    shows(order, 1450)

    assert asked(order).amount == 50


@pytest.mark.worked("W-30")
@pytest.mark.clause("K-09", "K-56")
def test_the_last_second_of_the_guarantee(alice):
    order = delivered(alice)
    last = NOW + timedelta(days=30)
    shows(order, 10_600, at=last)

    with pytest.raises(WindowOver):
        asked(order, at=last + SECOND)
    assert not Refill.objects.exists()
    assert not RefillEvent.objects.exists()
    assert asked(order, at=last).amount == 1400


@pytest.mark.clause("K-10", "K-54", "K-80")
def test_what_was_sold_without_refill_stays_without_although_the_service_changes(alice):
    service = make_service(guarantee_days=None)
    order = delivered(alice, service)
    service.guarantee_days = 30
    service.save()
    shows(order, 10_600)

    with pytest.raises(NoGuarantee):
        asked(order)
    assert not Refill.objects.exists()


@pytest.mark.clause("K-09")
def test_an_open_order_has_to_end_first(alice):
    order = report(taken(alice), ReportedState.IN_PROGRESS, start_count=10)

    with pytest.raises(NotDeliveredYet):
        asked(order)


def test_of_a_cancelled_order_nothing_can_drop(alice):
    order = report(taken(alice), ReportedState.CANCELLED, 1234)

    with pytest.raises(NothingDelivered):
        asked(order)


def test_a_frozen_account_may_not_ask(alice):
    order = delivered(alice)
    change_state(customer=alice, to=AccountState.FROZEN, why="dispute", by=None, now=NOW)

    with pytest.raises(AccountFrozen):
        asked(order)


@pytest.mark.worked("W-31")
@pytest.mark.clause("K-36")
def test_exactly_ten_percent_is_enough_and_one_less_is_refused_without_any_count(alice):
    enough = delivered(alice, start=20_000, quantity=2000)
    little = delivered(alice, start=20_000, quantity=1999, link="https://www.instagram.com/other/")
    shows(enough, 21_000)

    assert asked(enough).amount == 1000
    assert refilled(asked(little)) == (RefillState.REFUSED, None, "share_too_small")


@pytest.mark.worked("W-32")
@pytest.mark.clause("K-36", "K-37")
def test_five_thousand_on_two_hundred_thousand_is_told_before_asking(alice):
    order = delivered(alice, start=200_000, quantity=5000)

    answer = preview(order, now=NEXT_DAY)

    assert isinstance(answer, ShareTooSmall)
    assert "2.5 %" in answer.text


@pytest.mark.worked("W-33")
@pytest.mark.clause("K-36")
def test_the_share_is_of_the_start_count(alice):
    order = delivered(alice, start=1000, quantity=100)
    shows(order, 1050)

    assert asked(order).amount == 50


@pytest.mark.worked("W-34", "W-35")
@pytest.mark.clause("K-38")
def test_orders_of_the_same_service_add_up_to_the_share(alice):
    service = make_service(rate_per_1000="0.1")
    orders = [
        delivered(alice, service, start=200_000 + 5000 * k, quantity=5000, at=NOW + timedelta(hours=3 * k))
        for k in range(5)
    ]
    shows(orders[4], 224_000)
    shows(orders[3], 224_000)

    assert refilled(asked(orders[3])) == (RefillState.REFUSED, None, "share_too_small")
    assert asked(orders[4]).amount == 1000


def two_orders(customer):
    """O1 and O2 one after the other: 1,000 to 1,500, then to 2,000."""
    service = make_service()
    first = delivered(customer, service, start=1000, quantity=500)
    second = delivered(customer, service, start=1500, quantity=500, at=NOW + timedelta(hours=3))
    return first, second


@pytest.mark.worked("W-36")
@pytest.mark.clause("K-31")
def test_each_of_many_is_judged_by_itself(alice):
    first, second = two_orders(alice)
    shows(first, 1800)

    answers = request_many([second, first], channel=Channel.BROWSER, now=NEXT_DAY)

    assert [answer.order for answer in answers] == [first, second]
    assert [refilled(answer.refill) for answer in answers] == [
        (RefillState.REFUSED, None, "no_drop"),
        (RefillState.QUEUED, 200, ""),
    ]


@pytest.mark.worked("W-37")
@pytest.mark.clause("K-57")
def test_below_its_start_the_younger_order_is_told_of_the_older_one(alice):
    first, second = two_orders(alice)
    shows(first, 1400)

    answer = preview(second, now=NEXT_DAY)
    refill = asked(second)

    assert isinstance(answer, OlderFirst)
    assert refill.reason == "below_start"
    assert f"#{first.pk}" in refill.answer
    assert preview(first, now=NEXT_DAY) == Grant(100, target=1500)


@pytest.mark.worked("W-38")
@pytest.mark.clause("K-57")
def test_below_both_starts_no_order_is_named(alice):
    first, second = two_orders(alice)
    shows(first, 900)

    answers = [preview(order, now=NEXT_DAY) for order in (first, second)]

    assert [type(answer) for answer in answers] == [BelowStart, BelowStart]


@pytest.mark.clause("K-31")
def test_one_that_fails_stops_no_other(alice):
    open_order = taken(alice, link="https://www.instagram.com/elsewhere/")
    dropped = delivered(alice)
    unsold = delivered(alice, make_service(guarantee_days=None), link="https://www.instagram.com/third/")
    shows(dropped, 11_000)

    answers = request_many([unsold, dropped, open_order], channel=Channel.API, now=NEXT_DAY)

    assert [type(answer.refusal) for answer in answers] == [NotDeliveredYet, type(None), NoGuarantee]
    assert answers[1].refill.amount == 1000


@pytest.mark.clause("K-31")
def test_at_most_a_hundred_at_once(alice):
    order = delivered(alice)

    with pytest.raises(TooManyAtOnce):
        request_many([order] * 101, channel=Channel.API, now=NEXT_DAY)


def test_an_order_has_one_open_refill(alice):
    order = delivered(alice)
    shows(order, 11_000)
    refill = asked(order)

    with pytest.raises(AlreadyAsked) as caught:
        asked(order)

    assert f"#{refill.pk}" in caught.value.text
    assert isinstance(preview(order, now=NEXT_DAY), AlreadyAsked)


def test_asked_eight_times_at_once_there_is_one(alice):
    order = delivered(alice)
    shows(order, 11_000)

    outcomes = at_once(8, lambda number: asked(Order.objects.get(pk=order.pk)))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["AlreadyAsked"] * 7 + ["Refill"]
    assert Refill.objects.count() == 1
    assert RefillEvent.objects.filter(what="granted").count() == 1


@pytest.mark.clause("A-34")
def test_two_orders_on_one_counter_asked_at_once_run_one_after_the_other(alice):
    first, second = two_orders(alice)
    shows(first, 1500)
    shows(second, 1400)

    at_once(2, lambda number: asked(Order.objects.get(pk=(first.pk, second.pk)[number])))

    states = sorted(Refill.objects.values_list("state", flat=True))
    # Whoever came first: the younger one is below its start, or waits for the older one.
    assert states in (["queued", "refused"], ["queued", "waiting"])


@pytest.mark.clause("K-09", "K-56")
def test_what_was_seen_too_long_ago_tells_how_much_but_never_no(alice):
    order = delivered(alice)
    shows(order, 10_600, at=NOW + timedelta(hours=2))

    assert preview(order, now=NEXT_DAY) == Grant(1400, target=12_000)

    shows(order, 12_000, at=NOW + timedelta(hours=3))
    assert preview(order, now=NEXT_DAY) == Unknown("count")
    shows(order, 12_000, at=NEXT_DAY)
    assert isinstance(preview(order, now=NEXT_DAY), NoDrop)


def test_the_customers_own_word_decides_nothing(alice):
    order = delivered(alice)
    shows(order, 10_600, source=SightingSource.CUSTOMER, by=alice)

    refill = asked(order, stated_count=Decimal(10_600))

    assert refill.state == RefillState.REQUESTED
    assert refill.stated_count == 10_600
    assert refill.amount is None


@pytest.mark.clause("K-27", "K-28", "K-29")
@pytest.mark.parametrize(
    ("condition", "code"),
    [
        (Condition.NOT_FOUND, "link_not_working"),
        (Condition.PRIVATE, "private"),
        (Condition.HIDDEN, "private"),
    ],
)
def test_what_is_gone_or_not_public_is_refused_and_may_be_asked_again(alice, condition, code):
    order = delivered(alice)
    shows(order, None, condition=condition)

    assert refilled(asked(order)) == (RefillState.REFUSED, None, code)
    later = NEXT_DAY + timedelta(hours=1)
    shows(order, 11_000, at=later)
    assert asked(order, at=later).amount == 1000


@pytest.mark.clause("K-59")
@pytest.mark.parametrize(
    ("service_hours", "days"),
    [(72, 3), (1, 2)],
)
def test_it_should_start_within_the_services_time_or_two_days(alice, service_hours, days):
    order = delivered(alice, make_service(stated_start=f"0-{service_hours} hours"))
    shows(order, 11_000)

    assert asked(order).start_due_at == NEXT_DAY + timedelta(days=days)


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("K-59")
def test_without_a_floor_it_is_the_services_time(alice):
    order = delivered(alice, make_service(stated_start="0-1 hours"))
    shows(order, 11_000)

    assert asked(order).start_due_at == NEXT_DAY + timedelta(hours=1)


@pytest.mark.clause("K-58")
def test_no_refill_moves_money(alice):
    order = delivered(alice)
    shows(order, 9_999)
    before = order.charge, order.refunded

    asked(order)

    order.refresh_from_db()
    assert (order.charge, order.refunded) == before


def test_a_start_that_only_we_saw_counts_when_the_provider_names_none(alice):
    order = delivered(alice, start=None)
    shows(order, 10_000, at=order.placed_at, source=SightingSource.CHECK)
    shows(order, 11_000)

    assert asked(order).amount == 1000


def test_without_any_start_a_person_looks(alice):
    order = delivered(alice, start=None)
    shows(order, 11_000)

    refill = asked(order)

    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.STAFF)
    assert happened(refill) == ["asked", "unknown_start_count"]


def test_somebody_elses_order_is_refilled_for_its_own_customer(alice, bob):
    order = delivered(bob)
    shows(order, 11_000)

    refill = request_refill(order, channel=Channel.API, now=NEXT_DAY)

    assert refill.customer == bob
    assert not Refill.objects.of(alice).exists()
