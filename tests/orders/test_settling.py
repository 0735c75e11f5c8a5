"""Where an order ends, its money is divided exactly, once, whatever is reported how often and in which order."""

from decimal import Decimal
from itertools import permutations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from billing.composition import composition_for
from billing.ledger import balance_of, charge_order, house_balance
from billing.models import Transfer
from billing.routes import AccountKind
from orders.models import Claim, Order, Review
from orders.settling import CORRECTION_WINDOW, Ending, settle
from orders.states import FINAL_STATES, OrderState
from orders.tracking import apply_answer
from providers.gateway import ReportedState, StatusReport
from tests.factories import NOW, after, give, make_customer, make_order, make_service
from tests.orders.stories import differences, events, report, said, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

COMPLETED, PARTIAL, CANCELLED = ReportedState.COMPLETED, ReportedState.PARTIAL, ReportedState.CANCELLED
CLOSED = after(hours=1)


def order_of(customer: User, *, rate: str, quantity: int, **fields: object) -> Order:
    return started(customer, make_service(rate_per_1000=rate), quantity=quantity, **fields)


def refunds(order: Order) -> list[Decimal]:
    kinds = ["refund", "late_refund"]
    return list(
        Transfer.objects.filter(order_number=order.pk, kind__in=kinds)
        .order_by("pk")
        .values_list("amount", flat=True)
    )


# --- Worked examples -----------------------------------------------------------------------------------------


@pytest.mark.clause("A-10", "K-12", "K-66", "K-67")
@pytest.mark.worked("W-05")
@pytest.mark.worked("W-05", "W-07")
@pytest.mark.clause("A-10", "A-29", "K-12", "K-66", "K-67")
@pytest.mark.parametrize(
    ("rate", "quantity", "remains", "refund", "final"),
    [
        ("1.2345", 1234, 567, "0.69996150", "0.82341150"),  # W-05
        ("1.60", 2500, 1000, "1.60", "2.40"),  # W-07: what was debited counts
        ("1.33334", 3000, 1000, "1.33334", "2.66668"),
        ("0.00001", 10, 3, "0.00000003", "0.00000007"),
    ],
)
def test_a_partial_order_costs_what_was_delivered(
    alice: User, rate: str, quantity: int, remains: int, refund: str, final: str
) -> None:
    order = report(order_of(alice, rate=rate, quantity=quantity), PARTIAL, remains)

    assert order.state == OrderState.PARTIAL
    assert order.remains == remains
    assert order.refunded == Decimal(refund)
    assert order.final_charge == order.earned == Decimal(final)
    assert order.held == 0
    assert balance_of(alice) == 100 - Decimal(final)
    assert house_balance(AccountKind.REVENUE) == Decimal(final)


@pytest.mark.clause("K-67")
@pytest.mark.worked("W-06")
@pytest.mark.worked("W-06")
def test_a_discounted_order_gives_back_what_was_really_paid(terms: object) -> None:
    """W-06."""
    alice = make_customer(balance="100", discount_percent=Decimal(15))

    order = report(order_of(alice, rate="2.00", quantity=2500), PARTIAL, 1000)

    assert (order.refunded, order.final_charge) == (Decimal("1.70"), Decimal("2.55"))


@pytest.mark.clause("K-67")
@pytest.mark.worked("W-09")
def order_for_four(customer: User) -> Order:
    """3000 units for 4.00: no rate says so today, but the books must bear a charge that does not divide evenly."""
    like = order_of(customer, rate="1.00", quantity=3000)
    report(like, CANCELLED, at=after(minutes=2))
    order = Order.objects.get(pk=like.pk)
    facts = {"pk": None, "charge": Decimal(4), "state": "in_progress", "refunded": 0, "remains": None}
    facts |= {"request_id": "another", "closed_at": None, "ending": ""}
    for name, value in facts.items():
        setattr(order, name, value)
    order.save(force_insert=True)
    submission = like.submission
    submission.pk, submission.order, submission.external_id = None, order, "4711"
    submission.save(force_insert=True)
    Claim.objects.create(customer=customer, key=order.counter_key, order=order)
    charge_order(customer=customer, order_number=order.pk, amount=order.charge, now=NOW)
    return order


@pytest.mark.worked("W-08", "W-09")
def test_a_second_report_pays_only_the_difference(alice: User) -> None:
    order = report(order_for_four(alice), PARTIAL, 1000)
    assert (order.refunded, order.final_charge) == (Decimal("1.33333333"), Decimal("2.66666667"))

    order = report(order, PARTIAL, 1700, at=after(days=1))

    assert refunds(order) == [Decimal("1.33333333"), Decimal("0.93333334")]
    assert order.final_charge == order.earned == Decimal("1.73333333")


@pytest.mark.worked("W-13")
def test_a_refund_of_what_a_bonus_paid_goes_back_to_the_bonus(terms: object) -> None:
    alice = make_customer()
    give(alice, cash="18", bonus="12")

    order = report(order_of(alice, rate="30.00", quantity=1000), PARTIAL, 400)

    assert (order.refunded, balance_of(alice)) == (12, 12)
    assert [(rest.cash, rest.bonus) for rest in composition_for(alice)] == [(0, 12)]


@pytest.mark.clause("K-52")
@pytest.mark.worked("W-11")
@pytest.mark.worked("W-11")
def test_a_price_that_changed_after_the_order_does_not_touch_its_refund(alice: User) -> None:
    """W-11."""
    order = order_of(alice, rate="2.00", quantity=1000)
    order.service.rate_per_1000 = Decimal(3)
    order.service.save()

    order = report(order, PARTIAL, 400)

    assert (order.refunded, order.final_charge) == (Decimal("0.80"), Decimal("1.20"))


@pytest.mark.worked("W-12")
@pytest.mark.worked("W-12")
def test_over_delivery_costs_the_full_charge_and_no_more(alice: User) -> None:
    """W-12."""
    order = report(order_of(alice, rate="2.00", quantity=1000), COMPLETED, -40)

    assert (order.state, order.refunded, order.earned) == (OrderState.COMPLETED, 0, 2)


@pytest.mark.clause("A-10", "A-29", "K-66")
def test_a_cancelled_order_gives_everything_back(alice: User) -> None:
    order = report(order_of(alice, rate="2.00", quantity=1000), CANCELLED)

    assert (order.refunded, order.earned, order.remains) == (2, 0, 1000)
    assert balance_of(alice) == 100
    assert house_balance(AccountKind.REVENUE) == 0


# --- Any order of reports, any number of times ---------------------------------------------------------------

REPORTS = {
    "completed": (said(COMPLETED, 0), 0),
    "partial, a rest of 300": (said(PARTIAL, 300), 300),
    "partial, a rest of 700": (said(PARTIAL, 700), 700),
    "cancelled": (said(CANCELLED), 1000),
    "in progress": (said(ReportedState.IN_PROGRESS, 500), 0),
}


def expect(order: Order, reports: list[tuple[StatusReport, int]], charge: Decimal) -> None:
    """The end is the largest rest that was reported, and every step up to it was paid once."""
    order.refresh_from_db()
    targets = [rest * charge / 1000 for _report, rest in reports]
    steps = [
        target - max(targets[:i], default=Decimal(0))
        for i, target in enumerate(targets)
        if target > max(targets[:i], default=Decimal(0))
    ]
    assert order.refunded == max(targets)
    assert refunds(order) == steps
    assert order.refunded + order.earned == charge
    largest = max(rest for _report, rest in reports)
    assert order.remains == largest
    assert order.state == (
        OrderState.COMPLETED
        if largest == 0
        else OrderState.CANCELLED
        if largest == 1000
        else OrderState.PARTIAL
    )


@pytest.mark.clause("A-10", "K-66")
def test_reports_in_every_order_end_at_the_largest_refund(alice: User) -> None:
    order = taken(alice, make_service(rate_per_1000="0.5"), quantity=1000)

    for number, sequence in enumerate(permutations(REPORTS.values())):
        # Every sixth of them is said twice over. Then all is undone, for the next.
        reports = [*sequence] * (1 if number % 6 else 2)
        untouched = transaction.savepoint()
        for step, (answer, _rest) in enumerate(reports):
            apply_answer(order.pk, answer, now=after(minutes=step))
        expect(order, reports, Decimal("0.5"))
        assert house_balance(AccountKind.HELD) == 0
        assert number % 20 or differences() == []
        transaction.savepoint_rollback(untouched)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rests=st.lists(st.integers(-10, 1100), min_size=1, max_size=5))
def test_any_rests_reported_as_partial_keep_the_charge_whole(alice: User, rests: list[int]) -> None:
    service = make_service(rate_per_1000="0.33333")
    order = taken(alice, service, quantity=1000, link=f"https://www.instagram.com/alice{service.pk}/")

    for rest in rests:
        before = Order.objects.get(pk=order.pk).refunded
        report(order, PARTIAL, rest)
        assert before <= order.refunded <= order.charge
        assert order.refunded + order.earned == order.charge

    largest = min(max(0, *rests), 1000)
    assert order.refunded == (order.charge * largest / 1000).quantize(Decimal("0.00000001"))


# --- Late corrections ----------------------------------------------------------------------------------------


def closed(customer: User, end: ReportedState = COMPLETED, remains: int | None = 0) -> Order:
    return report(order_of(customer, rate="2.00", quantity=1000), end, remains, at=CLOSED)


def test_a_correction_on_the_thirtieth_day_is_still_paid(alice: User) -> None:
    order = report(closed(alice), PARTIAL, 400, at=CLOSED + CORRECTION_WINDOW)

    assert (order.state, order.refunded, order.earned) == (
        OrderState.PARTIAL,
        Decimal("0.8"),
        Decimal("1.2"),
    )
    assert order.closed_at == CLOSED
    assert Transfer.objects.get(kind="late_refund").amount == Decimal("0.8")
    assert house_balance(AccountKind.REVENUE) == Decimal("1.2")


def test_a_correction_one_second_later_is_shown_to_staff_and_not_paid(alice: User) -> None:
    too_late = CLOSED + CORRECTION_WINDOW + (after(seconds=1) - NOW)
    order = report(closed(alice), PARTIAL, 400, at=too_late)

    assert (order.state, order.refunded, order.review) == (OrderState.COMPLETED, 0, Review.CONTRADICTION)
    assert events(order)[-1] == "completed"


def test_a_flag_that_staff_have_not_looked_at_is_not_covered_by_another(alice: User) -> None:
    order = closed(alice, COMPLETED, 51)
    assert order.review == Review.SHORT_DELIVERY

    report(order, PARTIAL, 400, at=after(days=60))

    assert order.review == Review.SHORT_DELIVERY


@pytest.mark.parametrize(("end", "remains"), [(COMPLETED, 0), (PARTIAL, 300), (PARTIAL, 0), (CANCELLED, 399)])
def test_a_correction_in_our_favour_only_raises_a_flag(alice: User, end: ReportedState, remains: int) -> None:
    order = closed(alice, PARTIAL, 400)
    balance, told = balance_of(alice), events(order)

    order = report(order, end, remains, at=after(hours=2))

    assert (order.state, order.remains, order.refunded) == (OrderState.PARTIAL, 400, Decimal("0.8"))
    assert order.review == Review.LATE_LOSS
    assert (balance_of(alice), events(order)) == (balance, told)
    # Saying it again does not change the flag either.
    assert report(order, end, remains, at=after(hours=3)).review == Review.LATE_LOSS


def test_a_cancelled_order_said_to_be_running_again_keeps_its_end(alice: User) -> None:
    order = report(closed(alice, CANCELLED, 1000), ReportedState.IN_PROGRESS, 10, at=after(hours=2))

    assert (order.state, order.remains, order.review) == (OrderState.CANCELLED, 1000, "")


def test_a_partial_order_that_is_cancelled_later_gives_back_the_rest(alice: User) -> None:
    order = report(closed(alice, PARTIAL, 400), CANCELLED, at=after(days=2))

    assert (order.state, order.refunded) == (OrderState.CANCELLED, 2)
    assert refunds(order) == [Decimal("0.8"), Decimal("1.2")]
    assert balance_of(alice) == 100


# --- By the hand of staff ------------------------------------------------------------------------------------


def test_staff_may_correct_after_thirty_days_and_are_written_down(alice: User, sam: User) -> None:
    order = closed(alice)
    ending = Ending(OrderState.PARTIAL, 400, "staff_correction", actor=sam, note="provider admitted it")

    assert settle(order, ending, now=after(days=90)) == Decimal("0.8")

    event = order.events.latest("pk")
    assert (event.what, event.actor, event.note) == ("staff_correction", sam, "provider admitted it")
    assert (event.from_state, event.to_state, event.remains) == ("completed", "partial", 400)
    assert event.refund == Decimal("0.8")
    transfer = Transfer.objects.get(kind="late_refund")
    assert (transfer.actor, transfer.note) == (sam, "provider admitted it")


def test_even_staff_do_not_lead_a_partial_order_to_completed(alice: User, sam: User) -> None:
    order = closed(alice, PARTIAL, 400)
    ending = Ending(OrderState.COMPLETED, 600, "staff_correction", actor=sam)

    assert settle(order, ending, now=after(days=1)) == 0
    assert (order.state, order.review) == (OrderState.PARTIAL, Review.CONTRADICTION)


def test_settling_leads_to_an_end_only(alice: User) -> None:
    order = taken(alice)

    with pytest.raises(AssertionError):
        settle(order, Ending(OrderState.IN_PROGRESS, 1, "no end"), now=NOW)


@pytest.mark.django_db(transaction=True)
def test_settling_needs_the_transaction_that_locked_the_order(alice: User) -> None:
    order = make_order(alice)

    with pytest.raises(AssertionError):
        settle(order, Ending(OrderState.CANCELLED, order.quantity, "gave_up"), now=NOW)

    assert differences() == []


def test_a_final_order_holds_nothing_and_an_open_one_holds_its_charge(alice: User) -> None:
    orders = {
        state: started(alice, make_service(), link=f"https://www.instagram.com/alice{index}/")
        for index, state in enumerate(ReportedState)
    }

    for said_state, order in orders.items():
        report(order, said_state, 100)
        assert order.held == (0 if order.state in FINAL_STATES else order.charge)
