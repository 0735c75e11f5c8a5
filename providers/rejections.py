"""What a provider's refusal means.

Panels of one family answer in two spellings, an English sentence or the raw key of its translation; others
have sentences of their own. Words that were never seen before mean nothing until a person has read them.
"""

import re

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


def rejection_of(words: str) -> RejectionKind | None:
    """Return what a refusal means by key, sentence or fragment, or None when its words are not known (b7)."""
    said = re.sub(r"\s+", " ", words).strip().lower()
    if kind := KEYS.get(said) or SENTENCES.get(said.rstrip(".!")):
        return kind
    for kind, fragments in FRAGMENTS.items():
        if any(fragment in said for fragment in fragments):
            return kind
    return None
