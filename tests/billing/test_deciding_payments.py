from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import Notice
from accounts.standing import NotYours
from billing.crediting import credit_payment
from billing.deciding_payments import (
    NothingReceived,
    NotInReview,
    NotToConfirm,
    accept_review,
    confirm_payment,
    refuse_payment,
    refuse_review,
)
from billing.ledger import balance_of, house_balance
from billing.models import BonusTier, Payment, PaymentState
from billing.routes import AccountKind
from tests.billing.deposits import fresh, opened, start
from tests.billing.test_crediting import RECEIPT
from tests.factories import NOW, after

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def ways(settings):
    settings.STRIPE_SECRET_KEY = "sk_test_key"
    settings.PANEL_BANK_DETAILS = "Bank of Nowhere"


def receipt(**changes):
    from dataclasses import replace

    return replace(RECEIPT, **changes)


def test_a_transfer_that_has_come_is_credited_once_with_its_bonus_and_by_whom_is_kept(alice, sam):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(10))
    payment = start(alice, method="bank")

    confirm_payment(payment, by=sam, now=after(days=2))

    assert balance_of(alice) == Decimal(65)
    assert house_balance(AccountKind.STRIPE) == 0
    assert fresh(payment).confirmed_by == fresh(payment).funding.given_by == sam
    with pytest.raises(NotToConfirm):
        confirm_payment(payment, by=sam, now=after(days=2))
    assert balance_of(alice) == Decimal(65)


def test_a_transfer_that_did_not_come_fails_with_a_reason_and_may_still_come(alice, sam):
    payment = start(alice, method="bank")

    refuse_payment(payment, why="Nothing came in ten days.", by=sam, now=after(days=10))

    assert fresh(payment).state == PaymentState.FAILED
    assert "ten days" in Notice.objects.get(customer=alice).text
    confirm_payment(payment, by=sam, now=after(days=12))
    assert balance_of(alice) == Decimal(60)


def test_a_card_payment_is_not_confirmed_by_hand(alice, sam):
    payment = start(alice)

    for decide in (
        lambda: confirm_payment(payment, by=sam, now=NOW),
        lambda: refuse_payment(payment, why="", by=sam, now=NOW),
    ):
        with pytest.raises(NotToConfirm):
            decide()
    assert balance_of(alice) == 10


def test_nobody_decides_about_a_payment_of_their_own(sam):
    payment = start(sam, method="bank")

    with pytest.raises(NotYours):
        confirm_payment(payment, by=sam, now=NOW)
    with pytest.raises(NotYours):
        refuse_payment(payment, why="", by=sam, now=NOW)


def test_what_really_came_can_be_credited_without_the_bonus_for_more(alice, sam):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(10))
    payment = start(alice)
    credit_payment(payment, receipt(amount=Decimal(40)), now=NOW)

    accept_review(payment, by=sam, now=NOW)

    payment = fresh(payment)
    assert (payment.state, payment.received, payment.funding.bonus) == (PaymentState.PAID, Decimal(40), 0)
    assert balance_of(alice) == Decimal(50)
    with pytest.raises(NotInReview):
        accept_review(payment, by=sam, now=NOW)


def test_another_currency_is_not_credited_and_a_closed_review_is_not_opened_by_a_machine(alice, sam):
    payment = start(alice)
    credit_payment(payment, receipt(currency="EUR"), now=NOW)
    with pytest.raises(NothingReceived):
        accept_review(payment, by=sam, now=NOW)

    refuse_review(payment, why="It came in euros, and goes back.", by=sam, now=NOW)
    credit_payment(payment, receipt(currency="EUR"), now=NOW)
    credit_payment(payment, receipt(), now=NOW)

    assert fresh(payment).state == PaymentState.FAILED
    assert balance_of(alice) == 10
    with pytest.raises(NotInReview):
        refuse_review(payment, why="", by=sam, now=NOW)


def test_staff_confirm_refuse_and_compare_by_buttons(client, alice, sam, stripe_here):
    transfer, card = start(alice, method="bank"), opened(alice)
    stripe_here.control("pay", session=card.session_id)
    client.force_login(sam)

    def press(name, payment, **typed):
        door = reverse("admin:billing_payment_decide", args=[name])
        assert client.get(f"{door}?rows={payment.pk}").status_code == 200
        return client.post(f"{door}?rows={payment.pk}", typed, follow=True)

    assert "on the balance" in press("confirm", transfer).content.decode()
    assert "paid" in press("compare", card).content.decode()
    assert "Nothing was changed" in press("refuse", transfer, note="x").content.decode()

    assert balance_of(alice) == Decimal(110)
    page = client.get(reverse("admin:billing_payment_change", args=[card.pk])).content.decode()
    assert "visa 4242" in page
    assert Payment.objects.filter(state=PaymentState.PAID).count() == 2


def test_a_card_that_pays_for_two_accounts_is_shown_to_staff(client, alice, bob, sam):
    credit_payment(start(alice), RECEIPT, now=NOW)
    second = start(bob)
    credit_payment(second, receipt(intent_id="pi_2", charge_id="ch_2"), now=NOW)
    client.force_login(sam)

    page = client.get(reverse("admin:billing_payment_change", args=[second.pk])).content.decode()

    assert "alice@example.com" in page
