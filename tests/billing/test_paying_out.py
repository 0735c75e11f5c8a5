"""Paying out: back to the card where that is possible, the rest by hand; each payout once, whatever is said or lost."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import AccountState, Notice, User
from accounts.standing import change_state
from billing.approving import approve
from billing.ledger import house_balance
from billing.models import Dispute, Payment, Withdrawal
from billing.paying_out import (
    NothingToPay,
    NotPossible,
    OtherAmountDue,
    Returned,
    Silent,
    UnderWay,
    claim_next,
    due_by_hand,
    mark_paid,
    note_failed_refund,
    record_answer,
    send_next,
)
from billing.routes import AccountKind
from billing.ways import refundable, shares_of
from tests.billing.withdrawals import (
    CardsTakeBack,
    asks,
    assert_books_are_right,
    at,
    moved,
    pays,
    pays_by_card,
)
from tests.factories import make_customer, publish_terms

pytestmark = pytest.mark.django_db

JANUARY_8 = at(8)
AN_HOUR_LATER = at(8, 1)


@pytest.fixture
def alice(terms) -> User:
    return make_customer("alice@example.com")


def approved(
    customer: User, sam: User, gross: str | None = None, *, when: datetime = JANUARY_8
) -> Withdrawal:
    return approve(asks(customer, gross, when=when).pk, by=sam, now=when)


def sends(cards: CardsTakeBack, when: datetime = AN_HOUR_LATER) -> bool:
    return send_next(refunds=cards, clock=lambda: when)


def ways(withdrawal: Withdrawal) -> list[tuple[str, str, Decimal]]:
    return list(withdrawal.payouts.order_by("pk").values_list("way", "state", "amount"))


def test_what_came_from_a_card_goes_back_to_it_and_the_rest_by_hand(alice, sam):
    card = pays(alice, "100", "10", when=at(7), card=True)
    pays(alice, "50", when=at(1))
    cards = CardsTakeBack()

    withdrawal = approved(alice, sam, "120")
    assert ways(withdrawal) == [("card_refund", "due", 100), ("by_hand", "due", 16)]

    assert sends(cards)
    assert not sends(cards)
    first = withdrawal.payouts.get(way="card_refund")
    assert cards.returned == {f"withdrawal:{withdrawal.pk}:{first.pk}": 100}
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paying"
    assert first.external_id == f"re_withdrawal:{withdrawal.pk}:{first.pk}"
    assert house_balance(AccountKind.WITHDRAWAL) == 30  # 16 to pay, 4 fee, 10 bonus
    assert_books_are_right()

    mark_paid(withdrawal.pk, amount=Decimal(16), reference="SEPA 17", by=sam, now=at(8, 2))
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.closed_by, withdrawal.payment_reference) == ("paid", sam, "SEPA 17")
    assert [(to, amount) for _what, _from, to, amount in moved(withdrawal)] == [
        ("withdrawal", 120),
        ("withdrawal", 10),
        ("stripe", 100),
        ("manual_deposits", 16),
        ("withdrawal_fee", 4),
        ("bonus_cost", 10),
    ]
    assert house_balance(AccountKind.WITHDRAWAL) == 0
    assert refundable(Payment.objects.get(funding=card)) == 0
    assert_books_are_right()


def test_a_withdrawal_to_cards_only_is_paid_without_anybody(alice, sam):
    pays(alice, "100", when=at(7), card=True)
    withdrawal = approved(alice, sam)

    assert sends(CardsTakeBack())

    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.closed_by) == ("paid", None)
    assert Notice.objects.filter(customer=alice, title="Your withdrawal of $100.00 was paid").count() == 1
    assert_books_are_right()


def test_the_fee_is_shared_out_so_that_all_payouts_together_are_exact(alice, sam):
    pays(alice, "33.33", when=at(1), card=True)
    pays(alice, "33.33", when=at(2), card=True)

    withdrawal = approved(alice, sam)

    # 66.66 less a fee of 13.332, rounded once: 13.33.
    assert (withdrawal.fee, withdrawal.payout) == (Decimal("13.33"), Decimal("53.33"))
    assert [amount for _way, _state, amount in ways(withdrawal)] == [Decimal("26.66"), Decimal("26.67")]


@given(st.lists(st.decimals(min_value=0, max_value=500, places=8), min_size=1, max_size=6))
def test_shares_lose_and_make_nothing(nets):
    for payout in (round(sum(nets), 2), max(round(sum(nets), 2) - Decimal("0.01"), Decimal(0))):
        shares = shares_of(payout, nets)

        assert sum(shares) == payout
        for share, net in zip(shares, nets, strict=True):
            assert share == round(share, 2)
            assert Decimal(0) <= share
            assert abs(share - net) <= Decimal("0.02")


def test_only_what_a_card_still_holds_goes_back_to_it(alice, sam):
    payment = pays_by_card(pays(alice, "100", when=at(7)))
    first = approved(alice, sam, "30")
    assert sends(CardsTakeBack())
    assert refundable(payment) == 70
    first.refresh_from_db()
    assert first.state == "paid"

    Payment.objects.filter(pk=payment.pk).update(refunded=Decimal(25))
    payment.refresh_from_db()
    assert refundable(payment) == 45
    second = approved(alice, sam, "70")
    assert ways(second) == [("card_refund", "due", 45), ("by_hand", "due", 25)]


def test_a_payment_that_was_disputed_once_is_not_refunded_to_its_card(alice, sam):
    payment = pays_by_card(pays(alice, "100", when=at(7)))
    Dispute.objects.create(payment=payment, state="won", amount=100, opened_at=at(7, 1), closed_at=at(7, 2))

    assert ways(approved(alice, sam, "30")) == [("by_hand", "due", 30)]


def test_what_nobody_answered_is_asked_again_under_the_same_key_and_booked_once(alice, sam):
    pays(alice, "100", when=at(7), card=True)
    withdrawal = approved(alice, sam)
    cards = CardsTakeBack(Silent("no answer"), Silent("no answer"))

    assert sends(cards, at(8, 1))
    payout = withdrawal.payouts.get()
    assert (payout.state, payout.words) == ("sending", "no answer")
    assert not sends(cards, at(8, 1, 0, 59))
    assert sends(cards, at(8, 1, 1))
    assert not sends(cards, at(8, 1, 2, 59))
    assert sends(cards, at(8, 1, 3))

    key = f"withdrawal:{withdrawal.pk}:{payout.pk}"
    assert cards.asked == [(key, False), (key, True), (key, True)]
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
    assert house_balance(AccountKind.STRIPE) == 100
    assert_books_are_right()


def test_a_worker_that_dies_while_sending_leaves_nothing_to_guess(alice, sam):
    pays(alice, "100", when=at(7), card=True)
    withdrawal = approved(alice, sam)
    abandoned = claim_next(now=at(8, 1))
    assert abandoned
    assert claim_next(now=at(8, 1)) is None

    cards = CardsTakeBack()
    assert sends(cards, at(8, 2))
    assert cards.asked[0][1], "it is asked what it has done"
    # And the dead worker's answer comes after all.
    record_answer(abandoned, Returned("re_late"), now=at(8, 3))

    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
    assert house_balance(AccountKind.STRIPE) == 100
    assert_books_are_right()


def test_what_the_processor_refuses_is_paid_by_hand(alice, sam):
    pays(alice, "100", when=at(7), card=True)
    withdrawal = approved(alice, sam)

    assert sends(CardsTakeBack(NotPossible("The card was closed.")))

    assert ways(withdrawal) == [("card_refund", "failed", 100), ("by_hand", "due", 100)]
    with pytest.raises(OtherAmountDue) as refused:
        mark_paid(withdrawal.pk, amount=Decimal(99), reference="SEPA 1", by=sam, now=at(8, 2))
    assert refused.value.text == f"By hand, 100.00 of request #{withdrawal.pk} is due. Nothing was changed."
    mark_paid(withdrawal.pk, amount=Decimal(100), reference="SEPA 1", by=sam, now=at(8, 2))
    with pytest.raises(NothingToPay):
        mark_paid(withdrawal.pk, amount=Decimal(100), reference="SEPA 1", by=sam, now=at(8, 3))
    assert house_balance(AccountKind.MANUAL_DEPOSITS) == 0
    assert house_balance(AccountKind.STRIPE) == 0
    assert_books_are_right()


def test_a_refund_under_way_is_asked_about_until_it_has_ended(alice, sam):
    pays(alice, "100", when=at(7), card=True)
    withdrawal = approved(alice, sam)

    assert sends(CardsTakeBack(UnderWay("re_1")))
    payout = withdrawal.payouts.get()
    assert (payout.state, payout.external_id) == ("sending", "re_1")
    assert sends(CardsTakeBack(Returned("re_1")), at(8, 2))
    withdrawal.refresh_from_db()
    assert withdrawal.state == "paid"
    assert_books_are_right()


def test_a_refund_that_fails_days_later_is_owed_by_hand_again(alice, sam):
    pays(alice, "100", when=at(7), card=True)
    withdrawal = approved(alice, sam)
    assert sends(CardsTakeBack(Returned("re_1")))

    for _told_twice in range(2):
        assert note_failed_refund("re_1", "lost_or_stolen_card", now=at(12))
        assert ways(withdrawal) == [("card_refund", "failed", 100), ("by_hand", "due", 100)]
        assert house_balance(AccountKind.STRIPE) == 0
        assert due_by_hand(withdrawal) == 100
        assert_books_are_right()
    assert not note_failed_refund("re_unknown", "expired", now=at(12))

    mark_paid(withdrawal.pk, amount=Decimal(100), reference="SEPA 2", by=sam, now=at(13))
    assert house_balance(AccountKind.WITHDRAWAL) == 0
    assert house_balance(AccountKind.MANUAL_DEPOSITS) == 0
    assert_books_are_right()


def test_nothing_is_sent_for_an_account_that_is_frozen_or_disputed(alice, sam):
    payment = pays_by_card(pays(alice, "100", when=at(7)))
    withdrawal = approved(alice, sam)
    dispute = Dispute.objects.create(payment=payment, state="inquiry", amount=100, opened_at=at(8))
    assert not sends(CardsTakeBack())
    Dispute.objects.filter(pk=dispute.pk).update(state="closed")
    change_state(customer=alice, to=AccountState.FROZEN, why="A dispute.", by=None, now=at(8))
    assert not sends(CardsTakeBack())
    withdrawal.refresh_from_db()
    assert withdrawal.state == "approved"

    change_state(customer=alice, to=AccountState.ACTIVE, why="It was withdrawn.", by=None, now=at(8, 2))
    assert sends(CardsTakeBack(), at(8) + timedelta(hours=3))


def test_a_fee_of_all_leaves_nothing_to_pay(terms, alice, sam):
    publish_terms(changes={"withdrawal.late_fee_percent": "100"})
    pays(alice, "50", when=at(1))

    withdrawal = approved(alice, sam)

    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.payouts.count()) == ("paid", 0)
    assert house_balance(AccountKind.WITHDRAWAL_FEE) == 50
    assert_books_are_right()
