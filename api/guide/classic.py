"""What the human page about API v2 tells: actions, fields and errors, from the same tables that the API answers by."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from api.words import (
    INCORRECT_ORDER,
    INCORRECT_REQUEST,
    INVALID_KEY,
    NO_REFILL,
    REFILL_NOT_FOUND,
    TOO_MANY_ORDERS,
    TOO_MANY_REFILLS,
    WORDS,
)

PROTOCOL_ERRORS = (
    INVALID_KEY,
    INCORRECT_REQUEST,
    INCORRECT_ORDER,
    TOO_MANY_ORDERS,
    TOO_MANY_REFILLS,
    NO_REFILL,
    REFILL_NOT_FOUND,
)
EXAMPLE_VALUES = {"min_quantity": 50, "max_quantity": 10_000, "parameter": "keywords"}


@dataclass(frozen=True)
class Action:
    name: str
    fields: str
    says: str | Promise
    answer: str


@dataclass(frozen=True)
class Field:
    name: str
    wanted: str | Promise
    says: str | Promise


@dataclass(frozen=True)
class ErrorRow:
    words: str
    codes: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()


ACTIONS = (
    Action(
        "services",
        "",
        _("Everything on sale, at your own rates: per 1000, for a package per package."),
        '[{"service": 1, "name": "Followers", "type": "Default", "category": "Instagram", "rate": "0.90", '
        '"min": "50", "max": "10000", "refill": true, "cancel": false, "dripfeed": true, "desc": ""}]',
    ),
    Action(
        "add",
        "service, link, …",
        _("Place an order. The call is your agreement to the terms in force."),
        '{"order": 23501, "terms_version": 1}',
    ),
    Action(
        "status",
        "order",
        _("One order: what it costs now, after refunds, and how far it is."),
        '{"charge": "0.27819", "start_count": "3572", "status": "Partial", "remains": "157", "currency": "USD"}',
    ),
    Action(
        "status",
        "orders",
        _("Up to 100 orders, separated by commas: an object with one entry for each."),
        '{"1": {"charge": "0.27819", …}, "10": {"error": "Incorrect order ID"}}',
    ),
    Action(
        "cancel",
        "orders",
        _("Cancel up to 100 orders where the terms allow it. 1 says that the cancel was accepted."),
        '[{"order": 9, "cancel": {"error": "Incorrect order ID"}}, {"order": 2, "cancel": 1}]',
    ),
    Action(
        "balance",
        "",
        _("What you can spend."),
        '{"balance": "100.84292", "currency": "USD"}',
    ),
    Action(
        "refill",
        "order",
        _(
            "Ask for what has dropped of one order. You get the number of the refill, or why the order's terms "
            "know none."
        ),
        '{"refill": "1"}',
    ),
    Action(
        "refill",
        "orders",
        _("Ask for up to 100 orders, separated by commas: each is judged by itself, the oldest first."),
        '[{"order": 1, "refill": 1}, {"order": 3, "refill": {"error": "Incorrect order ID"}}]',
    ),
    Action(
        "refill_status",
        "refill",
        _("How a refill goes: Pending, In progress, Completed or Rejected."),
        '{"status": "Completed"}',
    ),
    Action(
        "refill_status",
        "refills",
        _("Up to 100 refills, separated by commas."),
        '[{"refill": 1, "status": "Completed"}, {"refill": 3, "status": {"error": "Refill not found"}}]',
    ),
)

ORDER_FIELDS = (
    Field("service", _("always"), _("The number from the list of services.")),
    Field("link", _("always"), _("The public link of the profile, post, video or page.")),
    Field("quantity", _("type Default"), _("How many units, in digits only.")),
    Field(
        "comments", _("type Custom Comments"), _("One comment on each line; the quantity is their number.")
    ),
    Field(
        "runs, interval",
        _("optional, type Default"),
        _(
            "Drip-feed: the quantity so many times (2 to 1,000), every so many minutes (1 to 10,080). All runs are "
            "charged at once. The one number that you get stands for all of them; no run begins before the one "
            "ahead of it has ended."
        ),
    ),
    Field(
        "keywords, usernames, posts, …",
        _("never"),
        _(
            "What belongs to types that this panel does not sell, or to another type than the service has, is refused "
            "by its name: it would be ignored. Empty and 0 mean that there is none."
        ),
    ),
    Field(
        "channel",
        _("optional"),
        _("With watch hours of a video: its channel, which then bears one such order at a time."),
    ),
    Field(
        "idempotency_key",
        _("optional"),
        _(
            "Up to 100 characters of your own for this order. The same key again returns the first order and "
            "charges nothing, so a call without an answer can be repeated. Without a key every call is a new order."
        ),
    ),
    Field(
        "coupon",
        _("optional"),
        _(
            "A code that takes a sum off, once for each customer. The order is refused when it cannot be used."
        ),
    ),
    Field("max_charge", _("optional"), _("The order is refused when it would cost more.")),
    Field(
        "terms_version",
        _("optional"),
        _("The version of the terms you agree to. The order is refused when another one is in force."),
    ),
)


def error_rows() -> list[ErrorRow]:
    """Every error, one row for each string of the trade; reasons that share a string share its row."""
    codes: dict[str, list[str]] = {words: [] for words in PROTOCOL_ERRORS}
    clauses: dict[str, list[str]] = {}
    for kind, words in WORDS.items():
        shown = words % EXAMPLE_VALUES
        codes.setdefault(shown, []).append(kind.code)
        clauses.setdefault(shown, []).extend(part.strip() for part in kind.clause.split(",") if part.strip())
    return [
        ErrorRow(words, tuple(dict.fromkeys(named)), tuple(dict.fromkeys(clauses.get(words, ()))))
        for words, named in codes.items()
    ]
