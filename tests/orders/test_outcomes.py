"""The table of what a provider says and what follows, row by row (R-3, R-4)."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orders.models import Review
from orders.outcomes import Outcome, outcome_of, undelivered_amount
from orders.states import FINAL_STATES, OrderState
from providers.gateway import ReportedState, StatusReport
from tests.orders.stories import said

Q = 1000
PENDING, PROCESSING, IN_PROGRESS = (
    ReportedState.PENDING,
    ReportedState.PROCESSING,
    ReportedState.IN_PROGRESS,
)
COMPLETED, PARTIAL, CANCELLED = ReportedState.COMPLETED, ReportedState.PARTIAL, ReportedState.CANCELLED
FREE, PAID = Decimal(0), Decimal("0.01")


@pytest.mark.clause("A-10", "A-18", "K-12")
@pytest.mark.parametrize(
    ("report", "outcome"),
    [
        (said(PENDING), Outcome(OrderState.PROCESSING)),
        (said(PENDING, Q), Outcome(OrderState.PROCESSING, Q)),
        (said(PROCESSING, 10), Outcome(OrderState.PROCESSING, 10)),
        (said(IN_PROGRESS), Outcome(OrderState.IN_PROGRESS)),
        (said(IN_PROGRESS, 400), Outcome(OrderState.IN_PROGRESS, 400)),
        (said(COMPLETED), Outcome(OrderState.COMPLETED, 0)),
        (said(COMPLETED, 0), Outcome(OrderState.COMPLETED, 0)),
        (said(COMPLETED, 50), Outcome(OrderState.COMPLETED, 0)),
        (said(COMPLETED, 51), Outcome(OrderState.COMPLETED, 0, Review.SHORT_DELIVERY)),
        (said(PARTIAL, 1), Outcome(OrderState.PARTIAL, 1)),
        (said(PARTIAL, Q - 1), Outcome(OrderState.PARTIAL, Q - 1)),
        (said(PARTIAL, Q), Outcome(OrderState.CANCELLED, Q)),
        (said(PARTIAL, 0), Outcome(OrderState.COMPLETED, 0, Review.CONTRADICTION)),
        (said(PARTIAL), Outcome(None, review=Review.NO_NUMBER)),
        (said(CANCELLED), Outcome(OrderState.CANCELLED, Q)),
        (said(CANCELLED, Q), Outcome(OrderState.CANCELLED, Q)),
        (said(CANCELLED, 1), Outcome(OrderState.PARTIAL, 1)),
        (said(CANCELLED, Q - 1), Outcome(OrderState.PARTIAL, Q - 1)),
        (said(CANCELLED, 0, charge=FREE), Outcome(OrderState.CANCELLED, Q)),
        (said(CANCELLED, 0, charge=PAID), Outcome(None, review=Review.CONTRADICTION)),
        (said(CANCELLED, 0), Outcome(None, review=Review.CONTRADICTION)),
        (said(None), Outcome(None, review=Review.UNKNOWN_WORD)),
        (said(None, 0), Outcome(None, review=Review.UNKNOWN_WORD)),
        # Over-delivery, and more left than was ordered.
        (said(IN_PROGRESS, -40), Outcome(OrderState.IN_PROGRESS, 0)),
        (said(COMPLETED, -40), Outcome(OrderState.COMPLETED, 0)),
        (said(PARTIAL, -40), Outcome(OrderState.COMPLETED, 0, Review.CONTRADICTION)),
        (said(PARTIAL, Q + 1), Outcome(OrderState.CANCELLED, Q)),
        (said(CANCELLED, Q + 1), Outcome(OrderState.CANCELLED, Q)),
        (said(IN_PROGRESS, Q + 1), Outcome(OrderState.IN_PROGRESS, Q)),
    ],
)
def test_what_the_provider_says_leads_where_the_table_says(report: StatusReport, outcome: Outcome) -> None:
    assert outcome_of(report, quantity=Q) == outcome


reports = st.builds(
    said,
    st.one_of(st.none(), st.sampled_from(ReportedState)),
    st.one_of(st.none(), st.integers(-(10**17), 10**17)),
    charge=st.one_of(st.none(), st.decimals(0, 1000, places=4)),
)
quantities = st.integers(1, 10**9)
# As large as the money columns allow.
charges = st.integers(1, 10**20 - 1).map(lambda units: Decimal(units).scaleb(-8))


@given(report=reports, quantity=quantities)
def test_an_end_always_has_a_rest_that_was_ordered(report: StatusReport, quantity: int) -> None:
    outcome = outcome_of(report, quantity=quantity)

    if outcome.state in FINAL_STATES:
        assert outcome.remains is not None
        assert 0 <= outcome.remains <= quantity
        assert (outcome.state == OrderState.COMPLETED) == (outcome.remains == 0)
        assert (outcome.state == OrderState.CANCELLED) == (outcome.remains == quantity)
    elif outcome.state is None:
        assert outcome.review != Review.NONE


@pytest.mark.clause("K-67")
@given(charge=charges, quantity=quantities, data=st.data())
def test_what_was_not_delivered_is_worth_its_exact_share(
    charge: Decimal, quantity: int, data: st.DataObject
) -> None:
    remains = data.draw(st.integers(0, quantity))

    amount = undelivered_amount(charge=charge, remains=remains, quantity=quantity)

    assert 0 <= amount <= charge
    in_units = Fraction(charge) * 10**8 * remains / quantity
    assert Fraction(amount) * 10**8 == int(in_units + Fraction(1, 2)), "half up, to 8 places"


@given(charge=charges, quantity=quantities, data=st.data())
def test_a_larger_rest_is_never_worth_less(charge: Decimal, quantity: int, data: st.DataObject) -> None:
    smaller, larger = sorted([data.draw(st.integers(0, quantity)), data.draw(st.integers(0, quantity))])

    assert undelivered_amount(charge=charge, remains=smaller, quantity=quantity) <= undelivered_amount(
        charge=charge, remains=larger, quantity=quantity
    )


@pytest.mark.clause("K-67")
@pytest.mark.worked("W-05", "W-06", "W-08", "W-09", "W-11")
@pytest.mark.parametrize(
    ("charge", "quantity", "remains", "refund"),
    [
        ("1.52337300", 1234, 567, "0.69996150"),  # W-05
        ("4.25", 2500, 1000, "1.70"),  # W-06
        ("4.00", 3000, 1000, "1.33333333"),  # W-08
        ("4.00", 3000, 1700, "2.26666667"),  # W-09
        ("2.00", 1000, 400, "0.80"),  # W-11
        ("0.00000001", 2, 1, "0.00000001"),
        ("0.00000001", 3, 1, "0"),
        # More digits than ordinary decimal arithmetic keeps: half of it must still be rounded up.
        ("820251077940.12218665", 246_148_794, 123_074_397, "410125538970.06109333"),
        ("999999999999.99999999", 999_999_999, 999_999_999, "999999999999.99999999"),
    ],
)
def test_worked_examples_of_a_refund(charge: str, quantity: int, remains: int, refund: str) -> None:
    amount = undelivered_amount(charge=Decimal(charge), remains=remains, quantity=quantity)

    assert amount == Decimal(refund)


def test_a_rest_beyond_the_order_is_a_bug_not_a_refund() -> None:
    with pytest.raises(AssertionError):
        undelivered_amount(charge=Decimal(1), remains=11, quantity=10)
