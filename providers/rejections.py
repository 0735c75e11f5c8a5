"""What a provider's refusal means.

Panels of one family answer in two spellings, an English sentence or the raw key of its translation; others
have sentences of their own. Words that were never seen before mean nothing until a person has read them.
"""

import re
from collections.abc import Mapping

from providers.gateway import RejectionKind

KEYS = {
    "error.incorrect_service_id": RejectionKind.SERVICE_GONE,
    "neworder.error.service_inactive": RejectionKind.SERVICE_GONE,
    "neworder.error.service_not_found": RejectionKind.SERVICE_GONE,
    "neworder.error.link": RejectionKind.BAD_LINK,
    "neworder.error.invalid_link": RejectionKind.BAD_LINK,
    "neworder.error.link_not_found": RejectionKind.BAD_LINK,
    "neworder.error.link_duplicate": RejectionKind.BUSY_LINK,
    "neworder.error.min_quantity": RejectionKind.BAD_QUANTITY,
    "neworder.error.max_quantity": RejectionKind.BAD_QUANTITY,
    "neworder.error.comment": RejectionKind.BAD_COMMENTS,
    "neworder.error.not_enough_funds": RejectionKind.FUNDS,
    "neworder.error.insufficient_balance": RejectionKind.FUNDS,
    "neworder.error.too_many_orders": RejectionKind.RATE_LIMIT,
    "neworder.error.account_banned": RejectionKind.BAD_KEY,
}

SENTENCES = {
    "invalid api key": RejectionKind.BAD_KEY,
    "missing key": RejectionKind.BAD_KEY,
    "account suspended": RejectionKind.BAD_KEY,
    "your account is not active": RejectionKind.BAD_KEY,
    "api access disabled": RejectionKind.BAD_KEY,
    "rate limit exceeded": RejectionKind.RATE_LIMIT,
    "too many requests": RejectionKind.RATE_LIMIT,
    "not enough funds on balance": RejectionKind.FUNDS,
    "insufficient balance": RejectionKind.FUNDS,
    "incorrect service id": RejectionKind.SERVICE_GONE,
    "invalid service id": RejectionKind.SERVICE_GONE,
    "service id does not exists": RejectionKind.SERVICE_GONE,
    "incorrect link": RejectionKind.BAD_LINK,
    "link is required": RejectionKind.BAD_LINK,
    "bad link": RejectionKind.BAD_LINK,
    "incorrect quantity": RejectionKind.BAD_QUANTITY,
    "quantity is required": RejectionKind.BAD_QUANTITY,
    "incorrect comments": RejectionKind.BAD_COMMENTS,
    "comments is required": RejectionKind.BAD_COMMENTS,
    "an identical order was just placed": RejectionKind.BUSY_LINK,
    # The provider no longer understands how this service is ordered, so no order of it can go through.
    "incorrect request": RejectionKind.SERVICE_GONE,
    "this action is invalid": RejectionKind.SERVICE_GONE,
    "invalid action": RejectionKind.SERVICE_GONE,
    "the action field is required": RejectionKind.SERVICE_GONE,
    "there are missing required parameters": RejectionKind.SERVICE_GONE,
}

# In this order: words about a busy link also speak of a link, words about money may also name the service.
FRAGMENTS = {
    RejectionKind.BUSY_LINK: ("order with this link", "identical order"),
    RejectionKind.BAD_KEY: ("api key", "api is disabled", "account is not active", "account suspended"),
    RejectionKind.FUNDS: (
        "not enough funds",
        "not enough balance",
        "insufficient funds",
        "insufficient balance",
    ),
    RejectionKind.RATE_LIMIT: ("rate limit", "too many requests", "slow down"),
    RejectionKind.MAINTENANCE: ("maintenance",),
    RejectionKind.BAD_QUANTITY: (
        "quantity less than",
        "quantity more than",
        "quantity must",
        "minimum quantity",
        "maximum quantity",
        "quantity is required",
    ),
    RejectionKind.BAD_COMMENTS: (
        "incorrect comment",
        "invalid comment",
        "comments is req",
        "comments are req",
    ),
    RejectionKind.BAD_LINK: ("incorrect link", "invalid link", "bad link", "link is required"),
    RejectionKind.SERVICE_GONE: (
        "incorrect service",
        "invalid service",
        "service not found",
        "service is disabled",
        "service is inactive",
        "service id does not exist",
        "missing required parameters",
    ),
}

# What is said to a refill. Busy first: a refill that is running is also one that is not possible now.
REFILL_FRAGMENTS = {
    RejectionKind.BUSY_LINK: (
        "refill already",
        "refill is already",
        "refill in progress",
        "refill is in progress",
        "refill request is pending",
        "refill was already requested",
    ),
    RejectionKind.NO_REFILL: (
        "not eligible",
        "incorrect order id",
        "incorrect_order_id",
        "invalid order id",
        "order not found",
        "refill not available",
        "refill is not available",
        "refill not possible",
        "refill is not possible",
        "refill is disabled",
        "refill disabled",
        "refill period",
        "not support refill",
        "cannot be refilled",
        "can not be refilled",
        "can't be refilled",
    ),
}


def refill_rejection_of(words: str) -> RejectionKind | None:
    """Return what a refusal of a refill means, or None when its words are not known (b6, b7)."""
    return _fragment_in(_plain(words), REFILL_FRAGMENTS) or rejection_of(words)


def rejection_of(words: str) -> RejectionKind | None:
    """Return what a refusal means by key, sentence or fragment, or None when its words are not known (b7)."""
    said = _plain(words)
    if kind := KEYS.get(said) or SENTENCES.get(said.rstrip(".!")):
        return kind
    return _fragment_in(said, FRAGMENTS)


def _plain(words: str) -> str:
    return re.sub(r"\s+", " ", words).strip().lower()


def _fragment_in(said: str, table: Mapping[RejectionKind, tuple[str, ...]]) -> RejectionKind | None:
    for kind, fragments in table.items():
        if any(fragment in said for fragment in fragments):
            return kind
    return None
