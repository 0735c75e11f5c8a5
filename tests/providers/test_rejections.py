import pytest

from providers.gateway import RejectionKind
from providers.rejections import KEYS, SENTENCES, rejection_of

SAID = {
    RejectionKind.BAD_KEY: [
        "Invalid API key",
        "Invalid API Key",
        "Invalid api key",
        "Missing key",
        "Account suspended",
        "API access disabled",
        "Your account is not active",
        "API is disabled for this user or user not found. Please check.",
        "neworder.error.account_banned",
    ],
    RejectionKind.RATE_LIMIT: [
        "Rate limit exceeded",
        "Rate limit exceeded. Slow down.",
        "Too many requests",
        "neworder.error.too_many_orders",
    ],
    RejectionKind.FUNDS: [
        "Not enough funds on balance",
        "not enough funds on balance.",
        "Insufficient balance",
        "neworder.error.not_enough_funds",
        "neworder.error.insufficient_balance",
    ],
    RejectionKind.SERVICE_GONE: [
        "Incorrect service ID",
        "Invalid Service Id",
        "Invalid service ID",
        "Service ID does not exists",
        "error.incorrect_service_id",
        "neworder.error.service_inactive",
        "neworder.error.service_not_found",
        "Incorrect request",
        "This action is invalid",
        "Invalid action",
        "The action field is required",
        "There are missing required parameters. Please check your API Manual",
    ],
    RejectionKind.BAD_LINK: [
        "Incorrect link",
        "Link is required",
        "Bad Link",
        "neworder.error.link",
        "neworder.error.invalid_link",
        "neworder.error.link_not_found",
    ],
    RejectionKind.BAD_QUANTITY: [
        "Quantity less than minimal 50",
        "Quantity more than maximum 10000",
        "Quantity must to be greater than or equal to minimum amount 50",
        "Quantity must to be less than or equal to maximum amount 10000",
        "Minimum quantity is 50",
        "Incorrect quantity",
        "Quantity is required",
        "neworder.error.min_quantity",
        "neworder.error.max_quantity",
    ],
    RejectionKind.BAD_COMMENTS: ["Incorrect comments", "Comments is required", "neworder.error.comment"],
    RejectionKind.BUSY_LINK: [
        "You have active order with this link. Please wait until order being completed.",
        "you have active order  with this link",
        "neworder.error.link_duplicate",
        "An identical order was just placed",
    ],
    RejectionKind.MAINTENANCE: ["Panel is under maintenance, come back later"],
}


@pytest.mark.parametrize(
    ("words", "kind"), [(words, kind) for kind, all_words in SAID.items() for words in all_words]
)
def test_a_refusal_seen_in_the_trade_is_understood(words: str, kind: RejectionKind) -> None:
    assert rejection_of(words) is kind
    assert rejection_of(f"  {words.upper()} ") is kind


@pytest.mark.parametrize(
    "words",
    [
        "",
        "error",
        "Error",
        "neworder.error",
        "Something went wrong",
        "Request timeout, check your orders",
        "Order placed",
        "null",
    ],
)
def test_words_never_seen_mean_nothing(words: str) -> None:
    assert rejection_of(words) is None


def test_every_kind_has_words_that_lead_to_it() -> None:
    assert set(SAID) == set(RejectionKind) - {RejectionKind.NO_REFILL}
    assert {*KEYS.values(), *SENTENCES.values()} <= set(RejectionKind)


@pytest.mark.parametrize("kind", RejectionKind)
def test_a_rejection_has_exactly_one_consequence(kind: RejectionKind) -> None:
    assert [kind.is_providers_fault, kind.waits_for_link, kind.ends_order].count(True) == 1


def test_the_providers_own_faults_keep_the_order_waiting() -> None:
    assert {kind for kind in RejectionKind if kind.is_providers_fault} == {
        RejectionKind.FUNDS,
        RejectionKind.MAINTENANCE,
        RejectionKind.RATE_LIMIT,
        RejectionKind.BAD_KEY,
    }
