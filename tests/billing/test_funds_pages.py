from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from accounts.models import AccountState
from accounts.standing import change_state
from billing.ledger import balance_of
from billing.models import BonusTier, Coupon, Payment, PaymentState
from terms.versions import version_in_force
from tests.billing.deposits import fresh, opened, start
from tests.factories import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def page(client, alice, stripe_here, settings):
    settings.PANEL_BANK_DETAILS = "Bank of Nowhere\nIBAN XX00"
    client.force_login(alice)
    return client


def typed(**fields):
    defaults = {
        "amount": "50",
        "method": "stripe",
        "promise": "on",
        "terms_number": version_in_force().number,
        "request_id": str(uuid4()),
    }
    return {name: value for name, value in (defaults | fields).items() if value is not None}


@pytest.mark.clause("A-23", "A-24", "A-25", "K-26", "K-68", "K-69", "K-75")
def test_the_page_says_before_paying_what_a_payment_means(page):
    text = page.get("/funds/add/").content.decode()

    assert "cannot be taken back" in text
    assert "The balance is there to order with" in text
    assert "will not dispute it" in text
    assert "#K-75" in text
    assert "Card or bank debit" in text
    assert "Bank transfer" in text


def test_a_form_that_is_right_leads_to_where_it_is_paid_and_back(page, alice, stripe_here):
    answer = page.post("/funds/add/", typed())

    payment = Payment.objects.get()
    assert answer.status_code == 302
    assert answer["Location"] == payment.page_url
    stripe_here.press(payment.session_id, "pay", card="4242 4242 4242 4242")

    back = page.get(f"/funds/{payment.code}/?back=1", follow=True)

    assert back.redirect_chain == [(f"/funds/{payment.code}/", 302)]
    assert "were added to your balance" in back.content.decode()
    assert balance_of(alice) == 60


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"amount": "1"}, "Add at least"),
        ({"amount": "99999"}, "Add at most"),
        ({"amount": "5.001"}, "decimals"),
        ({"amount": "much"}, "number"),
        ({"amount": "NaN"}, "number"),
        ({"promise": None}, "will not dispute this payment"),
        ({"coupon": "NONE"}, "no such coupon"),
        ({"method": "pigeon"}, "not offered"),
        ({"terms_number": "99"}, "terms changed"),
        ({"request_id": "x"}, "UUID"),
    ],
)
def test_a_form_that_is_not_right_is_shown_again_with_the_reason(page, fields, said):
    answer = page.post("/funds/add/", typed(**fields))

    assert answer.status_code == 200
    if said != "UUID":
        assert said in answer.content.decode()
    assert not Payment.objects.exists()


def test_the_bonus_is_shown_while_typing(page):
    BonusTier.objects.create(at_least=Decimal(50), percent=Decimal(10))
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20))

    plain = page.post("/funds/add/quote/", typed()).content.decode()
    with_coupon = page.post("/funds/add/quote/", typed(coupon="welcome")).content.decode()
    empty = page.post("/funds/add/quote/", {"amount": ""}).content.decode()

    assert "$5.00" in plain
    assert "$65.00" in plain
    assert "$10.00" in with_coupon
    assert "Worth $10.00" in with_coupon
    assert "required" not in empty
    assert not Payment.objects.exists()


def test_a_bank_transfer_shows_where_to_send_the_money_and_under_which_number(page):
    page.post("/funds/add/", typed(method="bank"))

    payment = Payment.objects.get()
    text = page.get(f"/funds/{payment.code}/").content.decode()
    assert "IBAN XX00" in text
    assert payment.code in text


def test_a_processor_that_does_not_answer_is_said_and_can_be_tried_again(page, stripe_here):
    stripe_here.control("set_fault", fault="error", times=100)
    page.post("/funds/add/", typed())
    payment = Payment.objects.get()
    assert "did not answer" in page.get(f"/funds/{payment.code}/").content.decode()

    stripe_here.control("clear_faults")
    answer = page.post(f"/funds/{payment.code}/open/")

    assert answer["Location"] == fresh(payment).page_url != ""


@pytest.mark.parametrize("state", ["started", "processing", "paid", "failed", "expired", "review"])
def test_each_state_has_its_words(page, alice, state):
    from billing.crediting import credit_payment
    from billing.ending import fail_payment
    from tests.billing.test_crediting import RECEIPT

    payment = start(alice)
    if state == "paid":
        credit_payment(payment, RECEIPT, now=NOW)
    elif state in {"failed", "expired"}:
        fail_payment(payment, to=PaymentState(state), why="Your card was declined.", now=NOW)
    else:
        Payment.objects.update(state=state, page_url="https://checkout.stripe.com/x")

    whole = page.get(f"/funds/{payment.code}/")
    polled = page.get(f"/funds/{payment.code}/", headers={"HX-Request": "true"})

    assert f"state-{state}" in whole.content.decode()
    assert "every 3s" in whole.content.decode() or state not in {"started", "processing"}
    assert b"<html" not in polled.content


def test_another_customers_payment_is_not_found(page, bob):
    payment = start(bob)

    assert page.get(f"/funds/{payment.code}/").status_code == 404
    assert page.get(f"/funds/{payment.code}/?back=1").status_code == 404
    assert page.post(f"/funds/{payment.code}/open/").status_code == 404


@pytest.mark.clause("A-23", "K-26", "K-68")
def test_a_credited_payment_has_no_way_back_on_its_page(page, alice, stripe_here):
    payment = opened(alice)
    stripe_here.control("pay", session=payment.session_id)

    text = page.get(f"/funds/{payment.code}/?back=1", follow=True).content.decode()

    assert "cannot be taken back" in text
    course = text[text.index('id="course"') : text.index('id="agreed"')]
    assert "<form" not in course


@pytest.mark.clause("A-26", "K-76")
def test_a_frozen_account_reads_why_it_adds_nothing(page, alice):
    change_state(customer=alice, to=AccountState.FROZEN, why="a dispute", by=None, now=NOW)
    page.force_login(alice)

    shown, sent = page.get("/funds/add/"), page.post("/funds/add/", typed())

    assert (shown.status_code, sent.status_code) == (403, 403)
    assert "A payment dispute is open" in shown.content.decode()
    assert not Payment.objects.exists()


def test_a_panel_without_any_method_says_so(page, settings):
    settings.STRIPE_SECRET_KEY = ""
    settings.PANEL_BANK_DETAILS = ""

    assert "No way to pay" in page.get("/funds/add/").content.decode()


def test_pages_take_only_what_they_are_for(page):
    assert page.get(reverse("funds_quote")).status_code == 405
    assert page.get(reverse("payment_open", args=["X"])).status_code == 405
    assert page.post(reverse("payment_detail", args=["X"])).status_code == 405
