"""How the trade says no: the exact English strings that programs written for API v2 compare with.

They are part of the protocol, so they are never translated. What explains itself stands beside them: code, message
and clause of our own refusal.
"""

from django.utils.translation import gettext_lazy as _

from accounts.api_keys import AddressNotAllowed, KeyExpired, ScopeMissing
from accounts.rate_limits import RateLimited
from accounts.refusals import Refusal
from accounts.standing import AccountClosed, AccountFrozen, AccountSuspended, AccountTerminated
from billing.ledger import InsufficientBalance
from orders.asking import RequestReused
from orders.cancelling import NotCancellable
from orders.claims import LinkBusy, RefillRunning, SimilarBusy
from orders.counting import AccountPrivate
from orders.drafting import (
    BadChannel,
    CommentsMissing,
    CommentsTooLong,
    QuantityMissing,
    QuantityOutOfStep,
    QuantityTooHigh,
    QuantityTooLow,
    ServiceNotOnSale,
)
from orders.dripping import DripFeedNotOffered, IntervalOutOfRange, PlanTooLong, RunsOutOfRange
from orders.drops import UnrefilledDrop
from orders.links import BadLink
from orders.placing import PriceChanged
from orders.shares import ShareTooSmall
from orders.states import OrderState
from refills.eligibility import (
    BelowStart,
    GuaranteeEnded,
    HoursReached,
    LinkNotWorking,
    NoDrop,
    NoGuarantee,
    NotDeliveredYet,
    NothingDelivered,
    NotPublic,
    TooSoonAgain,
    WindowOver,
)
from refills.models import Refill
from refills.requesting import AlreadyAsked
from refills.states import RefillState
from refills.waiting import OtherRunning
from terms.acceptance import TermsChanged, TermsNotPinned
from terms.versions import NoTerms

INVALID_KEY = "Invalid API key"
NO_ACCESS = "API access disabled"
INCORRECT_REQUEST = "Incorrect request"
INCORRECT_ORDER = "Incorrect order ID"
TOO_MANY_ORDERS = "Maximum 100 orders"
TOO_MANY_REFILLS = "Maximum 100 refills"
NO_REFILL = "You are not eligible to send refill request."
REFILL_NOT_FOUND = "Refill not found"
BROKEN = "Internal error"
NOTHING_CHARGED = "Internal error. Nothing was charged."
OUTCOME_UNKNOWN = "Internal error. Look at your orders before you order again."

STATUS = {
    OrderState.PENDING: "Pending",
    OrderState.PROCESSING: "Processing",
    OrderState.IN_PROGRESS: "In progress",
    OrderState.COMPLETED: "Completed",
    OrderState.PARTIAL: "Partial",
    OrderState.CANCELLED: "Canceled",
}

# "Pending" until something is being brought back, whosever turn it is.
REFILL_STATUS = {
    RefillState.REQUESTED: "Pending",
    RefillState.NEEDS_INFO: "Pending",
    RefillState.WAITING: "Pending",
    RefillState.QUEUED: "Pending",
    RefillState.SENT: "Pending",
    RefillState.IN_PROGRESS: "In progress",
    RefillState.COMPLETED: "Completed",
    RefillState.REFUSED: "Rejected",
    RefillState.REJECTED: "Rejected",
}


class Declined(Exception):
    """A call that is answered with nothing but these words of the trade."""


class LinkMissing(Refusal):
    code = "link_missing"
    clause = "A-22"
    sentence = _("The link is missing.")


class QuantityUnreadable(Refusal):
    code = "quantity_unreadable"
    clause = "A-31, K-23"
    sentence = _("The quantity must be a whole number, written in digits only.")


class RunsUnreadable(Refusal):
    code = "runs_unreadable"
    sentence = _("Runs and interval must be whole numbers, written in digits only.")


class IdempotencyKeyTooLong(Refusal):
    code = "idempotency_key_too_long"
    sentence = _("idempotency_key has at most %(most)s characters.")


class MaxChargeUnreadable(Refusal):
    code = "max_charge_unreadable"
    sentence = _("max_charge must be an amount such as 12.50, with at most 8 decimal places.")


class TermsVersionUnreadable(Refusal):
    code = "terms_version_unreadable"
    sentence = _("terms_version must be the number of a version of the terms.")


class ParameterNotTaken(Refusal):
    code = "parameter_not_taken"
    sentence = _(
        "“%(parameter)s” is for services of type %(types)s. This service is of type %(type)s and would ignore it."
    )


# Filled in with the refusal's own values.
WORDS: dict[type[Refusal], str] = {
    AccountFrozen: "Account suspended",
    AccountSuspended: "Account suspended",
    AccountTerminated: "Account suspended",
    AccountClosed: "Account suspended",
    AddressNotAllowed: NO_ACCESS,
    KeyExpired: INVALID_KEY,
    ScopeMissing: NO_ACCESS,
    RateLimited: "Rate limit exceeded",
    ParameterNotTaken: "Incorrect %(parameter)s",
    ServiceNotOnSale: "Incorrect service ID",
    LinkMissing: "Link is required",
    BadLink: "Incorrect link",
    AccountPrivate: "Incorrect link",
    BadChannel: "Incorrect channel",
    QuantityTooLow: "Quantity less than minimal %(min_quantity)s",
    QuantityTooHigh: "Quantity more than maximum %(max_quantity)s",
    QuantityOutOfStep: "Incorrect quantity",
    QuantityMissing: "Incorrect quantity",
    QuantityUnreadable: "Incorrect quantity",
    CommentsMissing: "Incorrect comments",
    CommentsTooLong: "Incorrect comments",
    DripFeedNotOffered: "Dripfeed is not supported by this service",
    RunsOutOfRange: "Incorrect runs",
    IntervalOutOfRange: "Incorrect interval",
    PlanTooLong: "Incorrect runs or interval",
    RunsUnreadable: "Incorrect runs or interval",
    LinkBusy: "You have active order with this link. Please wait until order being completed.",
    SimilarBusy: "You have active order with this link. Please wait until order being completed.",
    RefillRunning: "You have active order with this link. Please wait until order being completed.",
    UnrefilledDrop: "You have active order with this link. Please wait until order being completed.",
    InsufficientBalance: "Not enough funds on balance",
    NotCancellable: "You are not eligible to cancel this order.",
    PriceChanged: "Price is above max_charge",
    MaxChargeUnreadable: "Incorrect max_charge",
    RequestReused: "idempotency_key was used for another order",
    IdempotencyKeyTooLong: "Incorrect idempotency_key",
    TermsChanged: "Incorrect terms_version",
    TermsVersionUnreadable: "Incorrect terms_version",
    TermsNotPinned: "terms_version is required",
    NoTerms: "Orders are not accepted at the moment",
    NoGuarantee: NO_REFILL,
    NotDeliveredYet: NO_REFILL,
    NothingDelivered: NO_REFILL,
    WindowOver: NO_REFILL,
    GuaranteeEnded: NO_REFILL,
    TooSoonAgain: NO_REFILL,
    AlreadyAsked: NO_REFILL,
    OtherRunning: NO_REFILL,
    LinkNotWorking: NO_REFILL,
    NotPublic: NO_REFILL,
    ShareTooSmall: NO_REFILL,
    BelowStart: NO_REFILL,
    NoDrop: NO_REFILL,
    HoursReached: NO_REFILL,
}


def words_of(refusal: Refusal) -> str:
    words = next((WORDS[kind] for kind in type(refusal).__mro__ if kind in WORDS), INCORRECT_REQUEST)
    return words % (refusal.params or {})


def explained(refusal: Refusal) -> dict[str, str]:
    """Return the trade's string with our code, sentence and clauses beside it."""
    return {
        "error": words_of(refusal),
        "code": refusal.code,
        "message": refusal.text,
        "clause": refusal.clause,
    }


def reason_of(refill: Refill) -> dict[str, str]:
    """Return why a refill was refused, or what it waits for, as it is kept with it."""
    return {"code": refill.reason, "message": refill.answer, "clause": refill.clause}
