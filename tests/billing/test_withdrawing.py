"""Asking for a withdrawal: what is held, from which payments, and what goes back; W-18…W-27, V-2…V-4 to their end."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.api_keys import create_key
from accounts.closing import closing_refusal
from accounts.models import AccountState, Notice, NoticeKind, User, WebhookEvent, WebhookMessage
from accounts.safety import tell_change
from accounts.scopes import Scope
from accounts.standing import AccountFrozen, change_state
from billing.approving import approve, reject
from billing.holding import DisputeOpen, WithdrawalDecided
from billing.ledger import balance_of, house_balance
from billing.models import Dispute, Withdrawal
from billing.offering import offer_for
from billing.quoting import AmountTooHigh, WithdrawalsDisabled
from billing.routes import AccountKind
from billing.withdrawing import (
    DestinationMissing,
    QuoteChanged,
    Shown,
    WithdrawalOpen,
    WithdrawalPaused,
    WithdrawalRequestReused,
    cancel,
    quote_for,
    stop_withdrawals,
)
from tests.accounts.test_webhooks import make_endpoint
from tests.billing.withdrawals import (
    asks,
    assert_books_are_right,
    at,
    comes_back,
    is_paid_by_hand,
    moved,
    orders,
    pays,
    pays_by_card,
    said,
)
from tests.factories import make_customer, publish_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def alice(terms) -> User:
    """Without money yet: each story pays in its own."""
    return make_customer("alice@example.com")


@pytest.mark.clause("K-71", "K-72", "K-73")
@pytest.mark.worked("W-18", "W-19")
@pytest.mark.parametrize(
    ("when", "answer"),
    [
        (at(8, 9, 59), ("68.50", "0.00", "68.50", "5.00", "0")),  # 47:59
        (at(8, 10), ("68.50", "0.00", "68.50", "5.00", "0")),  # 48:00:00
        (at(8, 10, 0, 1), ("68.50", "13.70", "54.80", "5.00", "0")),  # 48:00:01
    ],
)
def test_a_payment_leaves_without_a_fee_up_to_exactly_48_hours(alice, sam, when, answer):
    funding = pays(alice, "100", "5", when=at(6, 10))
    orders(alice, "31.50", when=at(6, 11))

    withdrawal = asks(alice, when=when)

    assert said(withdrawal) == answer
    fee = Decimal(answer[1])
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.payment_reference) == ("paid", "SEPA 17")
    funding.refresh_from_db()
    assert (funding.cash_withdrawn, funding.bonus_forfeited) == (Decimal("68.50"), 5)
    assert [(what, to, amount) for what, _from, to, amount in moved(withdrawal)] == [
        ("hold", "withdrawal", Decimal("68.50")),
        ("bonus", "withdrawal", 5),
        (f"payout:{withdrawal.payouts.get().pk}", "manual_deposits", Decimal("68.50") - fee),
        *([("fee", "withdrawal_fee", fee)] if fee else []),
        ("bonus_kept", "bonus_cost", 5),
    ]
    assert house_balance(AccountKind.WITHDRAWAL) == 0
    assert house_balance(AccountKind.BONUS_COST) == 0
    assert_books_are_right()


@pytest.mark.worked("W-20")
def test_old_money_was_spent_first_so_that_all_that_is_left_leaves_without_a_fee(alice, sam):
    pays(alice, "50", when=at(1))
    orders(alice, "20", when=at(2))
    pays(alice, "200", "20", when=at(7, 9))
    orders(alice, "45", when=at(7, 10))
    assert balance_of(alice) == 205

    withdrawal = asks(alice, when=at(8, 12))

    assert said(withdrawal) == ("185.00", "0.00", "185.00", "20.00", "0")
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    assert_books_are_right()


@pytest.mark.worked("W-21")
def test_a_request_takes_the_free_money_first_and_then_the_late(alice, sam):
    old, young = pays(alice, "50", when=at(1)), pays(alice, "100", "10", when=at(7))

    withdrawal = asks(alice, "120", when=at(8))

    assert said(withdrawal) == ("120.00", "4.00", "116.00", "10.00", "30")
    parts = withdrawal.parts.order_by("pk").values_list("funding", "cash", "bonus_lost", "fee_percent")
    assert list(parts) == [(young.pk, 100, 10, 0), (old.pk, 20, 0, 20)]
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    assert house_balance(AccountKind.WITHDRAWAL_FEE) == 4
    assert_books_are_right()


@pytest.mark.worked("W-22")
def test_a_partial_refund_is_withdrawn_with_what_it_came_back_to_and_less_than_a_cent_stays(alice, sam):
    pays(alice, "50", when=at(1))
    pays(alice, "100", "10", when=at(7, 9))
    number = orders(alice, "60", when=at(7, 10))
    comes_back(alice, number, "25.002", when=at(7, 11))

    withdrawal = asks(alice, when=at(8, 9))

    assert said(withdrawal) == ("115.00", "3.00", "112.00", "10.00", "0.002")
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    assert said(withdrawal)[-1] == "0.002"
    assert_books_are_right()


@pytest.mark.worked("W-22b")
def test_a_cancelled_order_leaves_as_if_it_had_never_been(alice, sam):
    pays(alice, "50", when=at(1))
    pays(alice, "100", when=at(7))
    first = orders(alice, "60", when=at(7, 1))
    orders(alice, "40", when=at(7, 2))
    comes_back(alice, first, "60", when=at(7, 3))

    withdrawal = asks(alice, when=at(8))

    assert said(withdrawal) == ("110.00", "2.00", "108.00", "0.00", "0")
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    assert_books_are_right()


@pytest.mark.worked("W-23")
def test_the_fee_is_rounded_once_and_the_payout_is_whole_cents(alice, sam):
    pays(alice, "33.33", when=at(1))

    withdrawal = asks(alice, when=at(8))

    assert said(withdrawal) == ("33.33", "6.67", "26.66", "0.00", "0")
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    assert withdrawal.payouts.get().amount == Decimal("26.66")
    assert_books_are_right()


@pytest.mark.worked("W-24", "W-25")
def test_late_money_bears_the_fee_out_of_what_is_asked_for_and_a_bonus_earns_nothing(alice):
    pays(alice, "100", "30", when=at(1))

    withdrawal = asks(alice, "50", when=at(8))

    # 40 in hand; and of the 130 on the balance the bonus is lost, so that nobody wins by waiting.
    assert said(withdrawal) == ("50.00", "10.00", "40.00", "30.00", "50")
    assert_books_are_right()


@pytest.mark.clause("K-74")
@pytest.mark.worked("W-26")
@pytest.mark.parametrize("when", [at(3, 12), at(4)])
def test_the_due_day_is_kept_with_the_request(alice, when):
    pays(alice, "100", when=at(1))

    assert f"{asks(alice, when=when).due_on}" == "2025-01-14"


@pytest.mark.clause("K-70", "K-71")
@pytest.mark.worked("W-27")
def test_a_rejected_request_goes_back_and_the_payment_has_kept_ageing(alice, sam):
    funding = pays(alice, "100", "10", when=at(6))
    first = asks(alice, when=at(7, 23))
    assert said(first) == ("100.00", "0.00", "100.00", "10.00", "0")

    reject(first.pk, by=sam, note="Please use it for orders first.", now=at(8, 2))

    assert balance_of(alice) == 110
    assert [(what, to) for what, _from, to, _amount in moved(first)] == [
        ("hold", "withdrawal"),
        ("bonus", "withdrawal"),
        ("back", "customer"),
        ("bonus_back", "customer"),
    ]
    funding.refresh_from_db()
    assert (funding.cash_withdrawn, funding.bonus_forfeited) == (0, 0)
    first.refresh_from_db()
    assert (first.state, first.note) == ("rejected", "Please use it for orders first.")
    assert_books_are_right()

    assert said(asks(alice, when=at(8, 2))) == ("100.00", "20.00", "80.00", "10.00", "0")


@pytest.mark.worked("V-2")
def test_each_payment_bears_the_fee_of_its_own_terms(alice, sam):
    pays(alice, "100", when=at(1))
    publish_terms(changes={"withdrawal.late_fee_percent": "30"})
    pays(alice, "100", when=at(2))

    withdrawal = asks(alice, "150", when=at(8))

    assert said(withdrawal) == ("150.00", "35.00", "115.00", "0.00", "50")
    is_paid_by_hand(withdrawal, by=sam, when=at(9))
    assert_books_are_right()


@pytest.mark.profile("alphasmm")
@pytest.mark.worked("V-3")
def test_payments_from_before_there_were_withdrawals_stay_unless_the_better_right_is_given(alice, sam):
    pays(alice, "100", when=at(1))
    publish_terms("bestsmmkart")
    pays(alice, "80", when=at(6))

    with pytest.raises(AmountTooHigh):
        asks(alice, "80.01", when=at(7), shown=Shown(Decimal("80.01"), Decimal(0)))
    first = asks(alice, when=at(7))
    assert said(first) == ("80.00", "0.00", "80.00", "0.00", "100")
    cancel(first.pk, customer=alice, now=at(7, 1))

    publish_terms("bestsmmkart", changes={"withdrawal.applies_to_older_deposits": True})
    second = asks(alice, when=at(7, 2))
    assert said(second) == ("180.00", "20.00", "160.00", "0.00", "0")
    is_paid_by_hand(second, by=sam, when=at(9))
    assert_books_are_right()


@pytest.mark.clause("A-24", "K-69")
@pytest.mark.worked("V-4")
def test_when_withdrawals_end_a_request_goes_on_and_older_payments_keep_their_right(alice, sam):
    pays(alice, "100", when=at(6))
    first = asks(alice, "60", when=at(7))

    publish_terms("alphasmm")
    is_paid_by_hand(first, by=sam, when=at(9))
    assert said(first) == ("60.00", "0.00", "60.00", "0.00", "40")
    pays(alice, "500", when=at(9))

    offer = offer_for(alice, now=at(9))
    assert offer
    assert offer.most == 40
    assert offer.ended_at is not None
    second = asks(alice, when=at(9))
    # Older than two days by now.
    assert said(second) == ("40.00", "8.00", "32.00", "0.00", "500")
    is_paid_by_hand(second, by=sam, when=at(10))
    with pytest.raises(WithdrawalsDisabled):
        quote_for(alice, gross=Decimal(1), now=at(10))
    assert offer_for(alice, now=at(10)) is None
    assert_books_are_right()


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-24", "K-69")
def test_where_the_terms_know_no_withdrawals_nothing_leaves(alice):
    pays(alice, "100", when=at(6))

    with pytest.raises(WithdrawalsDisabled) as refused:
        asks(alice, "80", when=at(7), shown=Shown(Decimal(80), Decimal(0)))

    assert (refused.value.code, refused.value.clauses) == ("withdrawals_disabled", ("A-24",))
    assert balance_of(alice) == 100
    assert not Withdrawal.objects.exists()


def test_the_same_request_sent_twice_asks_once_and_another_under_its_number_is_refused(alice, bob):
    pays(alice, "100", when=at(6))
    number = uuid4()

    first = asks(alice, "60", when=at(7), request_id=number)
    again = asks(alice, "60", when=at(7), request_id=number, shown=Shown(Decimal(60), Decimal(0)))

    assert again == first
    assert balance_of(alice) == 40
    with pytest.raises(WithdrawalRequestReused):
        asks(alice, "61", when=at(7), request_id=number, shown=Shown(Decimal(61), Decimal(0)))
    pays(bob, "100", when=at(6))
    with pytest.raises(WithdrawalRequestReused):
        asks(bob, "60", when=at(7), request_id=number)


def test_one_request_at_a_time(alice):
    pays(alice, "100", when=at(6))
    first = asks(alice, "60", when=at(7))

    with pytest.raises(WithdrawalOpen) as refused:
        asks(alice, "40", when=at(7))

    assert refused.value.code == "withdrawal_open"
    assert refused.value.text == f"Request #{first.pk} is still open."
    cancel(first.pk, customer=alice, now=at(7, 1))
    assert asks(alice, "40", when=at(7, 2)).gross == 40


def test_what_was_shown_must_still_be_true(alice):
    pays(alice, "100", "5", when=at(6))
    before = quote_for(alice, gross=Decimal(80), now=at(8))
    shown = Shown(before.payout, before.bonus_lost)

    with pytest.raises(QuoteChanged) as refused:
        asks(alice, "80", when=at(8, 0, 0, 1), shown=shown)

    assert "64.00, with a bonus of 5.00 lost" in refused.value.text
    with pytest.raises(QuoteChanged):
        asks(alice, "80", when=at(8), shown=Shown(before.payout, Decimal(0)))
    assert balance_of(alice) == 105
    assert asks(alice, "80", when=at(8), shown=shown).payout == 80


def test_what_goes_by_hand_needs_a_destination_and_that_is_stored_sealed(alice):
    funding = pays(alice, "100", when=at(6))
    with pytest.raises(DestinationMissing) as refused:
        asks(alice, "80", when=at(7), destination="  ")
    assert refused.value.text == "80.00 cannot go back the way it came. Please say where to send it."

    withdrawal = asks(alice, "80", when=at(7))
    assert withdrawal.destination_sealed
    assert "DE89" not in withdrawal.destination_sealed

    cancel(withdrawal.pk, customer=alice, now=at(7, 1))
    withdrawal.refresh_from_db()
    assert withdrawal.destination_sealed == ""
    pays_by_card(funding)
    assert asks(alice, "80", when=at(7, 2), destination="").destination_sealed == ""


@pytest.mark.clause("A-26", "K-76")
def test_nothing_can_be_asked_for_while_a_dispute_is_open_or_the_account_is_frozen(alice):
    payment = pays_by_card(pays(alice, "100", when=at(6)))
    dispute = Dispute.objects.create(payment=payment, state="inquiry", amount=100, opened_at=at(7))
    for state in ("inquiry", "open"):
        Dispute.objects.filter(pk=dispute.pk).update(state=state)
        with pytest.raises(DisputeOpen):
            asks(alice, "80", when=at(7))
    Dispute.objects.filter(pk=dispute.pk).update(state="won")

    change_state(customer=alice, to=AccountState.FROZEN, why="A dispute.", by=None, now=at(7))
    with pytest.raises(AccountFrozen):
        asks(alice, "80", when=at(7))
    assert balance_of(alice) == 100


@pytest.mark.clause("A-38")
@pytest.mark.parametrize(
    "change", ["password_changed", "password_reset", "email_changed", "email_deleted", "email_added"]
)
def test_nothing_leaves_for_24_hours_after_the_way_in_was_changed(alice, change):
    pays(alice, "100", when=at(6))
    tell_change(alice, change, now=at(7, 12))

    notice = Notice.objects.get(customer=alice)
    assert "No money leaves your account for the next 24 hours." in notice.text
    with pytest.raises(WithdrawalPaused) as refused:
        asks(alice, "80", when=at(8, 11, 59, 59))
    assert "Jan. 8, 2025" in refused.value.text
    assert asks(alice, "80", when=at(8, 12)).gross == 80


def test_a_new_key_that_may_move_money_pauses_it(alice):
    pays(alice, "100", when=at(6))
    create_key(customer=alice, label="Withdraws", now=at(7), scopes=[Scope.MONEY])

    with pytest.raises(WithdrawalPaused):
        asks(alice, "80", when=at(7, 23, 59, 59))
    assert asks(alice, "80", when=at(8)).gross == 80


def test_a_key_that_may_move_none_pauses_nothing_and_no_hours_are_no_pause(alice, settings):
    pays(alice, "100", when=at(6))
    create_key(customer=alice, label="Reads only", now=at(7))
    settings.PANEL_WITHDRAWAL_PAUSE_HOURS = 0
    tell_change(alice, "password_changed", now=at(7))

    assert not Notice.objects.filter(customer=alice, text__contains="No money leaves").exists()
    assert asks(alice, "80", when=at(7)).gross == 80


def test_the_customer_takes_a_request_back_until_somebody_has_decided(alice, sam):
    pays(alice, "100", "10", when=at(6))
    withdrawal = asks(alice, "80", when=at(7))

    cancel(withdrawal.pk, customer=alice, now=at(7, 1))

    assert balance_of(alice) == 110
    withdrawal.refresh_from_db()
    assert (withdrawal.state, withdrawal.closed_by) == ("cancelled", alice)
    with pytest.raises(WithdrawalDecided):
        cancel(withdrawal.pk, customer=alice, now=at(7, 2))
    assert balance_of(alice) == 110
    assert_books_are_right()


@pytest.mark.clause("A-26", "K-76")
def test_a_dispute_stops_what_nobody_has_begun_to_pay_out(alice, sam):

    pays(alice, "100", "10", when=at(6))
    requested = asks(alice, "80", when=at(7))
    assert [each.pk for each in stop_withdrawals(alice, "A payment is disputed.", at(7, 1))] == [requested.pk]
    assert balance_of(alice) == 110
    requested.refresh_from_db()
    assert (requested.state, requested.note) == ("rejected", "A payment is disputed.")

    approved = asks(alice, "80", when=at(7, 2))
    approve(approved.pk, by=sam, now=at(7, 3))
    stop_withdrawals(alice, "A payment is disputed.", at(7, 4))
    approved.refresh_from_db()
    assert approved.state == "rejected"
    assert set(approved.payouts.values_list("state", flat=True)) == {"failed"}
    assert balance_of(alice) == 110

    leaving = asks(alice, "80", when=at(7, 5))
    is_paid_by_hand(leaving, by=sam, when=at(7, 6))
    assert stop_withdrawals(alice, "A payment is disputed.", at(7, 7)) == []
    assert_books_are_right()


def test_an_account_is_not_closed_while_a_withdrawal_is_open(alice):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, when=at(7))

    refusal = closing_refusal(alice)
    assert refusal
    assert refusal.code == "withdrawal_open"

    cancel(withdrawal.pk, customer=alice, now=at(7, 1))
    assert closing_refusal(alice) is None


def test_the_customer_is_told_at_each_step(alice, sam):
    pays(alice, "100", when=at(6))
    withdrawal = asks(alice, when=at(7))
    is_paid_by_hand(withdrawal, by=sam, when=at(8))

    told = Notice.objects.filter(customer=alice, kind=NoticeKind.MONEY).order_by("pk")
    assert [notice.title for notice in told] == [
        "You asked to withdraw $100.00",
        "Your withdrawal of $100.00 was approved",
        "Your withdrawal of $100.00 was paid",
    ]
    assert {notice.url for notice in told} == {f"/funds/withdrawals/{withdrawal.pk}/"}
    assert told[0].text == "Our staff decide about it, as a rule until Jan. 16, 2025; it may take longer."
    assert told[2].text.endswith("Reference: SEPA 17")


def test_a_customers_program_is_told_of_every_state(alice, sam):
    make_endpoint(alice, "withdrawal.updated")
    alice.refresh_from_db()
    pays(alice, "100", "5", when=at(6))
    first = asks(alice, "60", when=at(7))
    is_paid_by_hand(first, by=sam, when=at(8))
    second = asks(alice, "20", when=at(8))
    reject(second.pk, by=sam, note="Use it first.", now=at(8))

    told = WebhookMessage.objects.filter(event=WebhookEvent.WITHDRAWAL_UPDATED).order_by("pk")
    assert [(message.subject, message.data["state"]) for message in told] == [
        *((f"withdrawal:{first.pk}", state) for state in ("requested", "approved", "paying", "paid")),
        *((f"withdrawal:{second.pk}", state) for state in ("requested", "rejected")),
    ]
    assert told[3].data == {
        "id": first.pk,
        "state": "paid",
        "currency": "USD",
        "gross": "60.00",
        "fee": "0.00",
        "payout": "60.00",
        "bonus_lost": "5.00",
        "note": "",
        "reference": "SEPA 17",
        "requested_at": "2025-01-07T00:00:00+00:00",
        "due_on": "2025-01-16",
        "closed_at": "2025-01-08T00:00:00+00:00",
    }
    assert told[5].data["note"] == "Use it first."
