from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from billing.composition import composition_for
from billing.ledger import balance_of, house_balance
from billing.models import Payment, Transfer
from billing.reversing import settle_losses, settle_refunds
from billing.routes import AccountKind
from billing.verification import verify_books
from tests.billing.movements import charge
from tests.billing.payments import paid
from tests.factories import NOW, after, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def carol(terms) -> User:
    return make_customer("carol@example.com")


def lose(payment: Payment, *, refunded: str = "0", disputed: str = "0") -> Decimal:
    return settle_losses(payment, refunded=Decimal(refunded), disputed=Decimal(disputed), now=after(hours=1))


def lines(customer: User) -> list[tuple[str, str]]:
    """What moved the balance after the money came."""
    moves = Transfer.objects.filter(customer=customer, created_at__gt=NOW).order_by("sequence")
    return [(move.kind, f"{move.amount.normalize():f}") for move in moves]


def test_a_chargeback_takes_the_money_and_its_bonus_also_below_zero(carol: User) -> None:
    payment = paid(carol)
    charge(carol, amount="78")

    moved = lose(payment, disputed="100")

    assert moved == -110
    assert balance_of(carol) == -78
    assert lines(carol) == [("chargeback", "100"), ("bonus_reversal", "10")]
    assert house_balance(AccountKind.MANUAL_DEPOSITS) == 0
    assert verify_books().differences == []


@pytest.mark.worked("W-44")
@pytest.mark.clause("A-26", "K-76")
def test_a_dispute_of_a_part_takes_that_part_of_the_bonus(carol: User) -> None:
    payment = paid(carol)

    lose(payment, disputed="40")

    assert lines(carol) == [("chargeback", "40"), ("bonus_reversal", "4")]
    assert balance_of(carol) == 66
    assert [(rest.cash, rest.bonus) for rest in composition_for(carol)] == [(60, 6)]


def test_the_bonus_is_taken_to_eight_places_half_up(carol: User) -> None:
    payment = paid(carol, "64", "0.01")

    # 0.01 x 0.02 / 64 = 0.000003125
    lose(payment, disputed="0.02")

    payment.funding.refresh_from_db()
    assert payment.funding.bonus_reversed == Decimal("0.00000313")


def test_bonus_that_a_withdrawal_has_cost_is_not_taken_again(carol: User) -> None:
    payment = paid(carol)
    type(payment.funding).objects.filter(pk=payment.funding_id).update(bonus_forfeited=7)

    lose(payment, disputed="100")

    payment.funding.refresh_from_db()
    assert payment.funding.bonus_reversed == 3


def test_the_same_report_twice_moves_nothing(carol: User) -> None:
    payment = paid(carol)

    lose(payment, refunded="40")
    assert lose(payment, refunded="40") == 0

    assert lines(carol) == [("payment_refund", "40"), ("bonus_reversal", "4")]


def test_what_comes_back_is_booked_the_opposite_way_exactly(carol: User) -> None:
    payment = paid(carol)
    charge(carol, amount="33.33333333")
    before = composition_for(carol)

    lose(payment, disputed="33.33")
    moved = lose(payment, disputed="0")

    assert moved == Decimal("36.663")
    assert lines(carol)[-2:] == [("reinstatement", "33.33"), ("bonus_return", "3.333")]
    assert composition_for(carol) == before


def test_up_down_and_up_to_the_same_total_again_is_booked_each_time(carol: User) -> None:
    payment = paid(carol)
    for total in ("40", "0", "40", "0", "40"):
        lose(payment, disputed=total)

    assert balance_of(carol) == 66
    references = Transfer.objects.filter(customer=carol, kind="chargeback").values_list(
        "reference", flat=True
    )
    assert sorted(references) == [
        f"payment:{payment.code}:chargeback:40:1",
        f"payment:{payment.code}:chargeback:40:5",
        f"payment:{payment.code}:chargeback:40:9",
    ]


def test_a_refunded_payment_that_is_disputed_as_well_was_paid_back_twice(carol: User) -> None:
    payment = paid(carol)

    lose(payment, refunded="100")
    lose(payment, refunded="100", disputed="100")

    # The cash twice, the bonus once.
    assert balance_of(carol) == -100
    assert payment.lost == 200
    payment.funding.refresh_from_db()
    assert (payment.funding.cash_reversed, payment.funding.bonus_reversed) == (100, 10)
    lose(payment, refunded="100", disputed="0")
    assert balance_of(carol) == 0


def test_a_refund_keeps_what_a_dispute_has_drawn(carol: User) -> None:
    payment = paid(carol)
    payment.disputes.create(state="open", amount=30, drawn=30, opened_at=NOW)

    settle_refunds(payment, refunded=Decimal(20), now=after(hours=1))

    assert (payment.refunded, payment.disputed) == (20, 30)
    assert balance_of(carol) == 55


def test_a_payment_that_was_never_credited_moves_nothing(carol: User) -> None:
    payment = paid(carol)
    uncredited = Payment.objects.create(
        customer=carol,
        code="P-none",
        request_id="7d3c8ab6-5b70-4b0f-8f0e-0d8b5a1c5a11",
        method="stripe",
        amount=50,
        terms_version=payment.terms_version,
        state="review",
        started_at=NOW,
    )

    assert lose(uncredited, disputed="50") == 0
    assert balance_of(carol) == 110


def test_a_loss_that_nobody_booked_is_found(carol: User) -> None:
    payment = paid(carol)
    lose(payment, disputed="40")
    assert verify_books().differences == []

    Payment.objects.filter(pk=payment.pk).update(disputed=41)

    assert [str(found) for found in verify_books().differences] == [
        f"every payment and its funding lost what was booked: payment {payment.code}: "
        "expected 40.00000000 lost, 4.00000000 of the bonus, found 41.00000000 lost, 4.00000000 of the bonus"
    ]


TOTALS = st.decimals(min_value=0, max_value=100, places=2)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=40)
@given(
    reports=st.lists(st.tuples(TOTALS, TOTALS), min_size=1, max_size=6),
    bonus=st.decimals(min_value=0, max_value=33, places=2),
)
def test_any_number_and_order_of_reports_ends_as_the_last_one_alone(carol: User, reports, bonus) -> None:
    many, once = paid(carol, "100", str(bonus)), paid(carol, "100", str(bonus))
    before = balance_of(carol)

    for refunded, disputed in reports:
        settle_losses(many, refunded=refunded, disputed=disputed, now=after(hours=1))
    after_many = balance_of(carol) - before
    settle_losses(once, refunded=refunded, disputed=disputed, now=after(hours=2))

    assert after_many == balance_of(carol) - before - after_many
    many.funding.refresh_from_db()
    once.funding.refresh_from_db()
    assert many.funding.cash_reversed == once.funding.cash_reversed
    assert many.funding.bonus_reversed == once.funding.bonus_reversed
    assert (many.refunded, many.disputed) == (once.refunded, once.disputed) == reports[-1]
