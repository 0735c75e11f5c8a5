"""What both APIs can do, side by side: the same task as a call of API v2 and as one of the REST API."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from api.guide.snippets import Call, Language, with_query, written

LINK = "https://www.instagram.com/username"
# How a key is named to somebody who has none yet.
NO_KEY = "fp_YOUR_KEY"


@dataclass(frozen=True)
class Task:
    name: str
    title: str | Promise
    says: str | Promise
    classic: tuple[tuple[str, str], ...]
    method: str
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: dict[str, object] | None = None


TASKS = (
    Task(
        "balance",
        _("What you can spend"),
        _("REST also says how much of it is cash and how much bonus, and from which payments."),
        (("action", "balance"),),
        "GET",
        "balance/",
    ),
    Task(
        "services",
        _("What is on sale, at your rates"),
        _("REST can be filtered, and has the guarantee in days. Both answer 304 to a known ETag."),
        (("action", "services"),),
        "GET",
        "services/",
        query=(("platform", "instagram"),),
    ),
    Task(
        "add",
        _("Place an order"),
        _(
            "In both, a key of your own for the order makes it safe to repeat: idempotency_key, or the header "
            "Idempotency-Key."
        ),
        (
            ("action", "add"),
            ("service", "1"),
            ("link", LINK),
            ("quantity", "1000"),
            ("idempotency_key", "order-2031"),
        ),
        "POST",
        "orders/",
        body={"service": 1, "link": LINK, "quantity": 1000},
    ),
    Task(
        "bulk",
        _("Place many orders"),
        _("API v2 takes one order at each call; REST up to 1,000 lines, each with a verdict of its own."),
        (("action", "add"), ("service", "1"), ("link", LINK), ("quantity", "1000")),
        "POST",
        "orders/bulk/",
        body={"lines": [{"service": 1, "link": LINK, "quantity": 1000}]},
    ),
    Task(
        "status",
        _("How an order is getting on"),
        _("REST has our own words for the states, and every event at orders/23501/events/."),
        (("action", "status"), ("order", "23501")),
        "GET",
        "orders/23501/",
    ),
    Task(
        "statuses",
        _("How many orders are getting on"),
        _("API v2 takes up to 100 numbers; REST has filters and pages, and webhooks that save the asking."),
        (("action", "status"), ("orders", "23501,23502")),
        "GET",
        "orders/",
        query=(("state", "in_progress"),),
    ),
    Task(
        "cancel",
        _("Cancel"),
        _("Where the terms of the order allow it; what was held comes back at once."),
        (("action", "cancel"), ("orders", "23501")),
        "POST",
        "orders/23501/cancellation/",
    ),
    Task(
        "refill",
        _("Ask for a refill"),
        _("Each order is judged by the terms it was placed under; a “no” names its clause."),
        (("action", "refill"), ("order", "23501")),
        "POST",
        "refills/",
        body={"order": 23501},
    ),
)
REPEATED_SAFELY = frozenset({"add", "bulk", "refill"})


@dataclass(frozen=True)
class Pair:
    """A task as it is copied: both calls, in one language."""

    task: Task
    classic: str
    rest: str


def pairs_in(language: Language, *, key: str) -> list[Pair]:
    return [
        Pair(task, written(_classic(task), language, key=key), written(_rest(task), language, key=key))
        for task in TASKS
    ]


def key_named_for(user: User | None) -> str:
    """The name of the customer's newest working key, to be completed by its secret part, or a place for one."""
    newest = user.api_keys.filter(revoked_at=None).order_by("-pk").first() if user else None
    return f"fp_{newest.prefix}…" if newest else NO_KEY


def classic_address() -> str:
    return f"{settings.PANEL_URL.rstrip('/')}/api/v2"


def rest_address() -> str:
    return f"{settings.PANEL_URL.rstrip('/')}/api/v1/"


def _classic(task: Task) -> Call:
    return Call("POST", classic_address(), form=task.classic, is_classic=True)


def _rest(task: Task) -> Call:
    return Call(
        task.method,
        with_query(rest_address() + task.path, **dict(task.query)),
        body=task.body,
        repeats=task.name in REPEATED_SAFELY,
    )
