"""What a withdrawal takes and brings; the worked examples are told from Jan 1 2025, as orders and payments."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.models import User
from billing.composition import Lot, Rest, composition_for, composition_of
from billing.currencies import AmountNotPayable
from billing.funding import give_funding
from billing.models import Funding
from billing.money import ZERO
from billing.quoting import (
    AmountTooHigh,
    AmountTooLow,
    Quote,
    WithdrawalsDisabled,
    due_day,
    most_withdrawable,
    quote_withdrawal,
)
from terms.parameters import PolicyInvalid
from terms.profiles import profile_named
from tests.factories import publish_terms

K = profile_named("bestsmmkart").policy.withdrawal
A = profile_named("alphasmm").policy.withdrawal


def at(day: int, hour: int = 0, minute: int = 0, second: int = 0) -> datetime:
    return datetime(2025, 1, day, hour, minute, second, tzinfo=UTC)


JANUARY_1 = at(1)


def paid(number: int, cash: str, bonus: str = "0", *, when: datetime = JANUARY_1, terms=K) -> Lot:
    return Lot(number, when, Decimal(cash), Decimal(bonus), terms)


def left(balance: str, *oldest_first: Lot) -> list[Rest]:
    return list(composition_of(Decimal(balance), reversed(oldest_first)))


def quote(gross: str, rests: list[Rest], when: datetime, *, in_force=K) -> Quote:
    return quote_withdrawal(rests, gross=Decimal(gross), in_force=in_force, requested_at=when)


def most(rests: list[Rest], when: datetime, *, in_force=K) -> Decimal:
    return most_withdrawable(rests, in_force=in_force, requested_at=when)


def said(found: Quote) -> tuple[str, ...]:
    """Gross, fee, payout, bonus lost."""
    return tuple(f"{each:.2f}" for each in (found.gross, found.fee, found.payout, found.bonus_lost))


def whole(rests: list[Rest], when: datetime, *, in_force=K) -> Quote:
    return quote(str(most(rests, when, in_force=in_force)), rests, when, in_force=in_force)


@pytest.mark.clause("K-71", "K-73")
@pytest.mark.worked("W-18", "W-19")
@pytest.mark.parametrize(
    ("when", "answer"),
    [
        (at(8, 9, 59, 59), ("68.50", "0.00", "68.50", "5.00")),
        (at(8, 10), ("68.50", "0.00", "68.50", "5.00")),
        (at(8, 10, 0, 1), ("68.50", "13.70", "54.80", "5.00")),
    ],
)
def test_a_payment_is_free_of_a_fee_up_to_exactly_48_hours(when, answer):
    # 100.00 and 5.00 bonus on Jan 6, 10:00; ordered for 31.50.
    rests = left("73.50", paid(1, "100", "5", when=at(6, 10)))

    assert said(whole(rests, when)) == answer


@pytest.mark.clause("K-71")
@pytest.mark.worked("W-20")
def test_old_money_was_spent_first_so_that_what_is_left_is_young():
    rests = left("205", paid(1, "50"), paid(2, "200", "20", when=at(7, 9)))

    assert said(whole(rests, at(8, 12))) == ("185.00", "0.00", "185.00", "20.00")


@pytest.mark.clause("K-73")
@pytest.mark.worked("W-21")
def test_money_free_of_a_fee_leaves_first():
    rests = left("160", paid(1, "50"), paid(2, "100", "10", when=at(7)))

    found = quote("120", rests, at(8))

    assert said(found) == ("120.00", "4.00", "116.00", "10.00")
    assert [(part.lot.funding, part.taken, part.fee_percent) for part in found.parts] == [
        (2, 100, 0),
        (1, 20, 20),
    ]
    assert Decimal(160) - found.gross - found.bonus_lost == 30


@pytest.mark.worked("W-22")
def test_a_refund_makes_money_neither_younger_nor_older():
    rests = left("125.002", paid(1, "50"), paid(2, "100", "10", when=at(7, 9)))

    found = whole(rests, at(8, 9))

    assert said(found) == ("115.00", "3.00", "112.00", "10.00")
    assert Decimal("125.002") - found.gross - found.bonus_lost == Decimal("0.002")


@pytest.mark.worked("W-22b")
def test_a_cancelled_order_costs_no_more_than_if_it_had_never_been():
    # 50 on Jan 1, 100 on Jan 7; orders of 60 and 40; the first one comes back.
    lots = paid(1, "50"), paid(2, "100", when=at(7))

    after_the_refund = whole(left("110", *lots), at(8))

    assert said(after_the_refund) == ("110.00", "2.00", "108.00", "0.00")


@pytest.mark.worked("W-23")
def test_the_fee_is_rounded_half_up_once():
    assert said(whole(left("33.33", paid(1, "33.33")), at(8))) == ("33.33", "6.67", "26.66", "0.00")


def test_a_fee_of_half_a_cent_is_rounded_up_and_two_halves_are_one():
    terms = replace(K, late_fee_percent=Decimal("0.5"))
    one, other = paid(1, "1", terms=terms), paid(2, "1", when=at(2), terms=terms)

    assert quote("1", left("1", one), at(8)).fee == Decimal("0.01")
    assert quote("2", left("2", one, other), at(8)).fee == Decimal("0.01")


@pytest.mark.worked("W-24")
def test_for_40_in_hand_50_of_old_money_must_be_asked_for():
    assert said(quote("50", left("80", paid(1, "80")), at(8))) == ("50.00", "10.00", "40.00", "0.00")


@pytest.mark.clause("K-72")
@pytest.mark.worked("W-25")
def test_waiting_with_a_large_bonus_earns_nothing():
    # 130 x 0.8 = 104 would be more than the 100 that were paid.
    rests = left("130", paid(1, "100", "30"))
    assert said(whole(rests, at(8))) == ("100.00", "20.00", "80.00", "30.00")

    generous = replace(K, bonus_policy="included_late")
    rests = left("130", paid(1, "100", "30", terms=generous))
    assert said(whole(rests, at(8))) == ("125.00", "25.00", "100.00", "5.00")

    policy = profile_named("bestsmmkart").policy.changed({"withdrawal.bonus_policy": "included_late"})
    policy.require_bonus_bounded(highest_bonus_percent=Decimal(25))
    with pytest.raises(PolicyInvalid):
        policy.require_bonus_bounded(highest_bonus_percent=Decimal(30))


@pytest.mark.clause("K-72", "K-73")
def test_a_bonus_makes_up_for_the_fee_at_most_and_then_the_fee_is_rounded_up():
    generous = replace(K, bonus_policy="included_late")
    # 0.816 of the cash is left: 0.204 of the bonus may go with it. A fee of 0.20 would leave 0.82.
    rests = left("9.816", paid(1, "1", "9", terms=generous))

    assert said(whole(rests, at(8))) == ("1.02", "0.21", "0.81", "8.80")


@pytest.mark.clause("K-74")
@pytest.mark.worked("W-26")
@pytest.mark.parametrize("requested", [at(3, 12), at(4), at(5, 23, 59, 59)])
def test_seven_working_days_after_a_weekend_are_over_on_tuesday_week(requested):
    assert due_day(requested, K) == date(2025, 1, 14)


@pytest.mark.clause("K-74")
def test_working_days_are_those_of_the_terms():
    assert due_day(at(6), K) == date(2025, 1, 15)
    assert due_day(at(3), replace(K, holidays=(date(2025, 1, 7),))) == date(2025, 1, 15)
    assert due_day(at(3), replace(K, weekdays=("friday",), working_days=1)) == date(2025, 1, 10)
    assert due_day(at(3), replace(K, working_days=0)) == date(2025, 1, 3)
    # Late in the evening in London it is already Saturday in Kolkata, and Sunday one day later.
    assert due_day(at(5, 18, 29), replace(K, time_zone="Asia/Kolkata", working_days=1)) == date(2025, 1, 6)
    assert due_day(at(5, 18, 30), replace(K, time_zone="Asia/Kolkata", working_days=1)) == date(2025, 1, 7)


@pytest.mark.clause("K-71")
@pytest.mark.worked("W-27")
def test_a_request_made_again_after_two_days_is_late():
    rests = left("100", paid(1, "100", when=at(6)))

    assert quote("100", rests, at(7, 23)).fee == 0
    assert quote("100", rests, at(8, 2)).fee == 20


@pytest.mark.clause("K-72")
def test_the_whole_bonus_that_is_left_is_lost_with_any_part_of_its_payment():
    # 100 + 10, ordered for 30: 80 - 10 = 70.
    rests = left("80", paid(1, "100", "10", when=at(7)))

    assert said(whole(rests, at(8))) == ("70.00", "0.00", "70.00", "10.00")
    assert said(quote("1", rests, at(8))) == ("1.00", "0.00", "1.00", "10.00")


@pytest.mark.clause("K-72")
def test_under_other_terms_only_the_same_share_of_the_bonus_is_lost():
    share = replace(K, bonus_forfeit="pro_rata")
    rests = left("80", paid(1, "100", "10", when=at(7), terms=share))

    assert said(whole(rests, at(8))) == ("70.00", "0.00", "70.00", "7.00")
    assert said(quote("35", rests, at(8))) == ("35.00", "0.00", "35.00", "3.50")


@pytest.mark.worked("V-2")
def test_each_payment_bears_the_fee_of_the_terms_it_was_made_under():
    dearer = replace(K, late_fee_percent=Decimal(30))
    rests = left("200", paid(1, "100"), paid(2, "100", when=at(2), terms=dearer))

    found = quote("150", rests, at(8), in_force=dearer)

    assert said(found) == ("150.00", "35.00", "115.00", "0.00")
    assert [(part.fee, part.net) for part in found.parts] == [(20, 80), (15, 35)]


@pytest.mark.worked("V-3")
def test_a_payment_made_before_there_were_withdrawals_stays_unless_the_panel_gives_the_better_right():
    rests = left("180", paid(1, "100", terms=A), paid(2, "80", when=at(6)))

    assert most(rests, at(7)) == 80
    with pytest.raises(AmountTooHigh) as refused:
        quote("80.01", rests, at(7))
    assert refused.value.text == "At most 80.00 can be withdrawn."

    generous = replace(K, applies_to_older_deposits=True)
    assert said(whole(rests, at(7), in_force=generous)) == ("180.00", "20.00", "160.00", "0.00")


@pytest.mark.clause("A-24", "K-69")
@pytest.mark.worked("V-4")
def test_a_payment_keeps_its_right_when_withdrawals_end():
    rests = left("180", paid(1, "100", terms=A), paid(2, "80", when=at(6)))

    assert said(whole(rests, at(8), in_force=A)) == ("80.00", "0.00", "80.00", "0.00")
    with pytest.raises(WithdrawalsDisabled) as refused:
        quote("1", left("100", paid(1, "100", terms=A)), at(8), in_force=A)
    assert refused.value.clauses == ("A-24",)


@pytest.mark.clause("A-24", "K-69")
def test_without_money_or_with_a_debt_there_is_nothing_to_withdraw():
    for balance in ("0", "-78"):
        assert most(left(balance, paid(1, "100")), at(8)) == 0
        with pytest.raises(AmountTooHigh):
            quote("1", left(balance, paid(1, "100")), at(8))


def test_a_gift_is_never_paid_out():
    for terms in (K, replace(K, bonus_policy="included_late")):
        rests = left("150", paid(1, "100", terms=terms), paid(2, "0", "50", when=at(7), terms=terms))

        found = whole(rests, at(7, 12))

        assert said(found) == ("100.00", "20.00", "80.00", "0.00")


def test_no_less_than_the_least_and_no_part_of_a_cent_can_be_asked_for():
    rests = left("10.009", paid(1, "20", when=at(7)))

    with pytest.raises(AmountTooLow):
        quote("0.99", rests, at(8))
    assert quote("1.00", rests, at(8)).payout == 1
    assert quote("10.00", rests, at(8)).payout == 10
    with pytest.raises(AmountTooHigh):
        quote("10.01", rests, at(8))
    with pytest.raises(AmountNotPayable):
        quote("10.009", rests, at(8))


@pytest.mark.django_db
@pytest.mark.clause("K-71")
@pytest.mark.worked("V-6")
def test_a_payment_under_way_keeps_the_terms_it_was_started_under_and_its_age_counts_from_the_credit(
    alice: User,
):
    third = publish_terms(changes={"withdrawal.late_fee_percent": "10"})
    fourth = publish_terms(changes={"withdrawal.late_fee_percent": "30"})
    before = {rest.lot.funding for rest in composition_for(alice)}
    started_under_third = give_funding(
        customer=alice,
        kind=Funding.Kind.DEPOSIT,
        cash=Decimal(100),
        bonus=ZERO,
        reason="started at 10:00, credited at 10:05",
        given_by=None,
        request_id=uuid4(),
        now=at(6, 10, 5),
        terms_version=third,
    )
    assert started_under_third.terms_version == third

    rests = [rest for rest in composition_for(alice) if rest.lot.funding not in before]
    in_force = fourth.rules.withdrawal

    assert quote("100", rests, at(8, 10, 5), in_force=in_force).fee == 0
    assert quote("100", rests, at(8, 10, 5, 1), in_force=in_force).fee == 10


CENTS = st.integers(min_value=0, max_value=30_000).map(lambda cents: Decimal(cents) / 100)
PERCENT = st.integers(min_value=0, max_value=100).map(Decimal)
STEP = st.one_of(
    st.tuples(st.just("pay"), CENTS, CENTS),
    st.tuples(st.sampled_from(["order", "refund"]), PERCENT, st.just(ZERO)),
    st.tuples(st.just("withdraw"), PERCENT, st.just(ZERO)),
    st.tuples(st.just("wait"), st.integers(min_value=1, max_value=60).map(Decimal), st.just(ZERO)),
)
TERMS = st.builds(
    replace,
    st.just(K),
    late_fee_percent=PERCENT,
    bonus_policy=st.sampled_from(["excluded", "included_late"]),
    bonus_forfeit=st.sampled_from(["full", "pro_rata"]),
)


class Purse:
    """A customer who pays in, orders, gets money back, waits and withdraws, as they like."""

    def __init__(self, terms) -> None:
        self.terms = terms
        self.now = at(1)
        self.lots: list[Lot] = []
        self.balance = self.ordered = self.paid_in = self.paid_out = ZERO

    def pay(self, cash: Decimal, bonus: Decimal) -> None:
        self.lots.append(Lot(len(self.lots), self.now, cash, bonus, self.terms))
        self.balance += cash + bonus
        self.paid_in += cash

    def order(self, percent: Decimal, _nothing: Decimal) -> None:
        amount = round(self.balance * percent / 100, 8)
        self.balance -= amount
        self.ordered += amount

    def refund(self, percent: Decimal, _nothing: Decimal) -> None:
        amount = round(self.ordered * percent / 100, 8)
        self.balance += amount
        self.ordered -= amount

    def wait(self, hours: Decimal, _nothing: Decimal) -> None:
        self.now += timedelta(hours=int(hours))

    def withdraw(self, percent: Decimal, _nothing: Decimal) -> None:
        rests = list(composition_of(self.balance, reversed(self.lots)))
        gross = round(most(rests, self.now) * percent / 100, 2)
        if gross < K.min_amount:
            return
        found = quote(str(gross), rests, self.now)
        self._prove(found, rests)
        for part in found.parts:
            lot = self.lots[part.lot.funding]
            bonus = lot.bonus - part.bonus - part.bonus_lost
            self.lots[lot.funding] = replace(lot, cash=lot.cash - part.cash, bonus=bonus)
        self.balance -= found.gross + found.bonus_lost
        self.paid_out += found.payout

    def _prove(self, found: Quote, rests: list[Rest]) -> None:
        assert sum(part.taken for part in found.parts) == found.gross
        assert ZERO <= found.fee <= found.gross
        assert found.payout <= sum(rest.cash for rest in rests)
        assert ZERO <= found.gross + found.bonus_lost <= self.balance
        left_over = {rest.lot.funding: rest for rest in rests}
        for part in found.parts:
            rest = left_over[part.lot.funding]
            assert part.cash <= rest.cash
            assert ZERO <= part.bonus_lost <= rest.bonus - part.bonus


@given(TERMS, st.lists(STEP, max_size=25))
@example(
    replace(K, bonus_policy="included_late"),
    [
        ("pay", Decimal(100), Decimal(900)),
        ("order", Decimal(10), ZERO),
        ("wait", Decimal(49), ZERO),
        ("withdraw", Decimal(100), ZERO),
        ("refund", Decimal(100), ZERO),
        ("withdraw", Decimal(100), ZERO),
    ],
)
def test_nobody_ever_gets_out_more_than_was_paid_in(terms, steps):
    purse = Purse(terms)
    for what, *amounts in steps:
        getattr(purse, what)(*amounts)
        held = sum(lot.cash + lot.bonus for lot in purse.lots)
        assert purse.balance + purse.ordered == held
        assert purse.paid_out <= purse.paid_in


@given(TERMS, CENTS, CENTS, st.integers(min_value=0, max_value=200), st.integers(min_value=1, max_value=5))
def test_paying_in_and_withdrawing_earns_nothing_whatever_the_bonus_and_the_wait(
    terms, cash, bonus, hours, times
):
    purse = Purse(terms)
    purse.pay(cash, bonus)
    for _each in range(times):
        purse.wait(Decimal(hours), ZERO)
        purse.withdraw(Decimal(100) if times == 1 else Decimal(50), ZERO)

    assert purse.paid_out <= cash
