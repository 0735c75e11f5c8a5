"""Receipts: on a page and as a file, for what was paid, and only for who paid it."""

import re
from decimal import Decimal

import pytest

from billing.models import Funding, Payment
from billing.receipts import receipt_facts, receipt_file
from tests.factories import NOW, give, make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(client, alice):
    client.force_login(alice)
    return client


@pytest.fixture
def paid(alice) -> Funding:
    return give(alice, cash="1523.37", bonus="76.17")


def receipt(funding: Funding, kind: str = "/") -> str:
    return f"/funds/{funding.pk}/receipt{kind}"


def test_a_receipt_says_who_paid_what_when_and_how(browser, paid, settings):
    settings.PANEL_OPERATOR = "Fair & Co <Ltd>\n1 Long Lane\nLondon"

    page = browser.get(receipt(paid)).content.decode()

    for fact in (
        f"F{paid.pk}",
        "March 1, 2026",
        "alice@example.com",
        "for the story",
        "$1,523.37 USD",
        "$76.17 USD",
        "$1,599.54 USD",
        "version 1",
        "Fair &amp; Co &lt;Ltd&gt;<br>1 Long Lane<br>London",
    ):
        assert fact in page, fact


def test_a_payment_keeps_its_own_number_and_names_its_card(alice, paid):
    Payment.objects.create(
        code="P7K2MQ",
        customer=alice,
        request_id=paid.request_id,
        method="stripe",
        amount=paid.cash,
        bonus=paid.bonus,
        terms_version_id=1,
        state="paid",
        started_at=NOW,
        closed_at=NOW,
        received=paid.cash,
        funding=paid,
        card="Visa 4242",
    )
    facts = dict(receipt_facts(Funding.objects.get(pk=paid.pk)))

    assert facts["Number"] == "P7K2MQ"
    assert facts["Paid by"] == "Card or bank debit, Visa 4242"


def test_what_was_taken_back_since_is_said(paid):
    paid.cash_reversed = Decimal(5)

    assert dict(receipt_facts(paid))["Taken back since"] == "$5.00 USD"


def test_a_receipt_is_a_file_to_keep_and_the_same_each_time(browser, paid):
    answer = browser.get(receipt(paid, ".pdf"))

    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == f'inline; filename="receipt-F{paid.pk}.pdf"'
    assert answer.content.startswith(b"%PDF-")
    assert re.sub(rb"/ID.*", b"", answer.content) == re.sub(rb"/ID.*", b"", receipt_file(paid))


@pytest.mark.parametrize("name", ["Füße & Söhne", "لوحة الإعلانات", "הפאנל", "面板 🎉", "x" * 300])
def test_any_name_of_a_panel_can_be_printed(paid, settings, name):
    settings.PANEL_NAME = settings.PANEL_OPERATOR = name

    assert receipt_file(paid).startswith(b"%PDF-")


def test_nobody_sees_anothers_receipt(client, paid):
    client.force_login(make_customer("mallory@example.com"))

    assert client.get(receipt(paid)).status_code == 404
    assert client.get(receipt(paid, ".pdf")).status_code == 404


def test_a_gift_has_no_receipt(browser, alice):
    gift = give(alice, bonus="5")

    assert browser.get(receipt(gift)).status_code == 404
    assert receipt(gift) not in browser.get("/funds/").content.decode()


def test_a_number_that_never_was_has_no_receipt(browser):
    assert browser.get("/funds/99999999999999999999/receipt/").status_code == 404
