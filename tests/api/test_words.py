"""Every refusal has words of the trade, and our own client of the trade understands them."""

import pytest
from django.utils import translation

from accounts.api_keys import EndIsPast, NoScope, NotReplaceable
from accounts.refusals import Refusal
from accounts.standing import NoSuchChange, NotYours
from api.words import INVALID_KEY, NO_REFILL, WORDS, explained
from orders.claims import OverlapNotConfirmed
from orders.drafting import ChannelMissing, QuantityTooLow
from orders.placing import PublicNotConfirmed
from providers.gateway import RejectionKind
from providers.rejections import refill_rejection_of, rejection_of
from refills.requesting import TooManyAtOnce
from refills.waiting import BehindOrder
from terms.acceptance import TermsNotAccepted

# Only a browser meets these: a program ticks by calling, and decides about nobody.
NEVER_BY_PROGRAM = {
    OverlapNotConfirmed,
    ChannelMissing,
    PublicNotConfirmed,
    TermsNotAccepted,
    NoSuchChange,
    NotYours,
    # The page where keys are made.
    EndIsPast,
    NoScope,
    NotReplaceable,
    # The API counts before it looks, and a refill that waits is no refusal.
    TooManyAtOnce,
    BehindOrder,
}


def test_every_refusal_of_an_order_or_a_refill_has_words_of_the_trade():
    rooms = {
        "accounts.api_keys",
        "accounts.rate_limits",
        "accounts.standing",
        "orders.asking",
        "orders.dripping",
        "orders.placing",
        "orders.drafting",
        "orders.links",
        "orders.claims",
        "orders.drops",
        "orders.counting",
        "orders.cancelling",
        "orders.shares",
        "refills.eligibility",
        "refills.requesting",
        "refills.waiting",
        "terms.acceptance",
        "terms.versions",
        "billing.ledger",
        "api.words",
    }
    refusals = {kind for kind in Refusal.__subclasses__() if kind.__module__ in rooms}

    assert refusals - NEVER_BY_PROGRAM == set(WORDS)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("service_not_on_sale", RejectionKind.SERVICE_GONE),
        ("link_missing", RejectionKind.BAD_LINK),
        ("bad_link", RejectionKind.BAD_LINK),
        ("private", RejectionKind.BAD_LINK),
        ("quantity_range", RejectionKind.BAD_QUANTITY),
        ("quantity_step", RejectionKind.BAD_QUANTITY),
        ("quantity_missing", RejectionKind.BAD_QUANTITY),
        ("quantity_unreadable", RejectionKind.BAD_QUANTITY),
        ("comments_missing", RejectionKind.BAD_COMMENTS),
        ("comments_too_long", RejectionKind.BAD_COMMENTS),
        ("link_busy", RejectionKind.BUSY_LINK),
        ("similar_busy", RejectionKind.BUSY_LINK),
        ("unrefilled_drop", RejectionKind.BUSY_LINK),
        ("insufficient_balance", RejectionKind.FUNDS),
        ("account_suspended", RejectionKind.BAD_KEY),
        ("account_frozen", RejectionKind.BAD_KEY),
    ],
)
def test_a_panel_that_resells_ours_understands_us(code, kind):
    limits = {"min_quantity": 50, "max_quantity": 10_000}

    orders = {refusal: words for refusal, words in WORDS.items() if words != NO_REFILL}
    said = [words % limits for refusal, words in orders.items() if refusal.code == code]

    assert said
    assert {rejection_of(words) for words in said} == {kind}


def test_a_panel_that_resells_ours_understands_a_wrong_key():
    assert rejection_of(INVALID_KEY) is RejectionKind.BAD_KEY


def test_a_panel_that_resells_ours_understands_that_there_is_no_refill():
    assert refill_rejection_of(NO_REFILL) is RejectionKind.NO_REFILL


@pytest.mark.parametrize("language", ["en", "de", "ar"])
def test_the_words_of_the_trade_are_the_same_in_every_language(language):
    refusal = QuantityTooLow(min="1.000", max="9.000", min_quantity=1000, max_quantity=9000, quantity="5")

    with translation.override(language):
        assert explained(refusal)["error"] == "Quantity less than minimal 1000"
