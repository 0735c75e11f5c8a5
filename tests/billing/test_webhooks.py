"""Programs are told of money that comes in, whichever way it came."""

from decimal import Decimal

import pytest

from accounts.models import WebhookMessage
from billing.crediting import credit_payment
from billing.methods import Receipt
from tests.accounts.test_webhooks import make_endpoint
from tests.billing.deposits import fresh, start
from tests.factories import after, give

pytestmark = pytest.mark.django_db


def test_money_given_by_hand_is_told_once(alice):
    make_endpoint(alice, "funding.credited")

    funding = give(alice, cash="4.25", bonus="1")

    told = WebhookMessage.objects.get()
    assert (told.event, told.subject) == ("funding.credited", f"funding:{funding.pk}")
    assert (told.data["cash"], told.data["bonus"], told.data["kind"]) == ("4.25", "1.00", "deposit")


def test_a_card_payment_is_told_once_however_often_its_news_comes(alice, settings):
    settings.STRIPE_SECRET_KEY = "sk_test_key"
    payment = start(alice)
    make_endpoint(alice, "funding.credited")
    receipt = Receipt(
        amount=Decimal(50), currency="USD", intent_id="pi_1", charge_id="ch_1", card="", fingerprint=""
    )

    for minutes in (5, 6):
        credit_payment(fresh(payment), receipt, now=after(minutes=minutes))

    told = WebhookMessage.objects.get()
    assert told.subject == f"funding:{fresh(payment).funding_id}"
    assert told.data["cash"] == "50.00"
