"""What the panel may ask of a provider, and every answer it may get, in words that know nothing of HTTP.

An order handed up, or a refill asked for, ends in one of four verdicts. "Not sent" is proof that nothing reached
the provider; "unknown" means it may have, so it is neither sent again nor refunded by a machine. Every other question
either has an answer or raises ProviderFault, which never says anything about an order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Protocol

MAX_IDS_PER_CALL = 100


@dataclass(frozen=True, slots=True)
class NewOrder:
    """All that a provider is told about an order: nothing about the customer is ever among it."""

    service: str
    link: str
    quantity: int | None
    comments: tuple[str, ...] = ()


class RejectionKind(StrEnum):
    """Why a provider clearly said no."""

    BAD_LINK = "bad_link"
    BAD_QUANTITY = "bad_quantity"
    BAD_COMMENTS = "bad_comments"
    SERVICE_GONE = "service_gone"
    BUSY_LINK = "busy_link"
    NO_REFILL = "no_refill"
    FUNDS = "funds"
    MAINTENANCE = "maintenance"
    RATE_LIMIT = "rate_limit"
    BAD_KEY = "bad_key"

    @property
    def is_providers_fault(self) -> bool:
        """The order is good: pause the provider, let the order wait."""
        return self in {
            RejectionKind.FUNDS,
            RejectionKind.MAINTENANCE,
            RejectionKind.RATE_LIMIT,
            RejectionKind.BAD_KEY,
        }

    @property
    def waits_for_link(self) -> bool:
        """Another order or refill runs on this link at the provider: try again when it has ended."""
        return self is RejectionKind.BUSY_LINK

    @property
    def ends_order(self) -> bool:
        """The provider will never take this: cancel and refund the order in full, or reject the refill."""
        return not (self.is_providers_fault or self.waits_for_link)


@dataclass(frozen=True, slots=True)
class Accepted:
    external_id: str
    words: str


@dataclass(frozen=True, slots=True)
class Rejected:
    kind: RejectionKind
    words: str


@dataclass(frozen=True, slots=True)
class NotSent:
    """Proof that not one byte of the order left this machine."""

    why: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The order may or may not be at the provider."""

    why: str
    words: str


Verdict = Accepted | Rejected | NotSent | Unknown


class ReportedState(StrEnum):
    PENDING = "pending"
    PROCESSING = "processing"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    PARTIAL = "partial"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class StatusReport:
    """What a provider says about one order. None is "not said, or not readable", never zero.

    `remains` may be negative (over-delivery) or above the quantity: it is what was said. `charge` is the
    provider's price in `currency`. `words` is the status word as it came, `raw` the whole item.
    """

    state: ReportedState | None
    remains: int | None
    start_count: int | None
    charge: Decimal | None
    currency: str
    words: str
    raw: str
    # What the counter shows now. Few providers say it.
    current_count: int | None = None
    # What the provider says about why, beside the status word.
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RefillReport:
    """What a provider says about one refill: a word of its own, or None for a word never seen."""

    state: ReportedState | None
    words: str
    raw: str


@dataclass(frozen=True, slots=True)
class StatusMiss:
    """No status for this order or refill in an answer that was otherwise fine. Never a reason to refund."""

    words: str


@dataclass(frozen=True, slots=True)
class CancelAnswer:
    """`requested` is a promise, the status tells the outcome. None when the provider did not say."""

    requested: bool | None
    words: str


@dataclass(frozen=True, slots=True)
class ProviderBalance:
    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class OfferedService:
    """A thing on sale at a provider. `rate` is per 1000, of packages per package, in its currency."""

    service: str
    name: str
    type: str
    category: str
    rate: Decimal
    min: int
    max: int
    refill: bool
    cancel: bool
    dripfeed: bool
    description: str
    average_time: str


class FaultKind(StrEnum):
    UNREACHABLE = "unreachable"
    TIMEOUT = "timeout"
    BAD_ANSWER = "bad_answer"
    REFUSED = "refused"


class ProviderFault(Exception):
    """A whole call failed. `rejection` says why a provider refused, when its words are known."""

    def __init__(self, kind: FaultKind, words: str, rejection: RejectionKind | None = None) -> None:
        super().__init__(f"{kind}: {words}")
        self.kind = kind
        self.words = words
        self.rejection = rejection


class Gateway(Protocol):
    """One provider. Every call uses the network, so none may be made inside a transaction."""

    def add_order(self, order: NewOrder) -> Verdict:
        """Hand an order up, once. Never raises for what the network or the provider does."""
        ...

    def statuses(self, external_ids: Sequence[str]) -> dict[str, StatusReport | StatusMiss]:
        """Ask about at most 100 orders; every id asked is in the answer, no other. Raises ProviderFault."""
        ...

    def cancel(self, external_ids: Sequence[str]) -> dict[str, CancelAnswer]:
        """Ask to cancel at most 100 orders; answers as in `statuses`. Raises ProviderFault."""
        ...

    def add_refill(self, external_id: str) -> Verdict:
        """Ask once to bring back what this order lost; accepted with the refill's number. Never raises."""
        ...

    def refill_statuses(self, refill_ids: Sequence[str]) -> dict[str, RefillReport | StatusMiss]:
        """Ask about at most 100 refills; answers as in `statuses`. Raises ProviderFault."""
        ...

    def balance(self) -> ProviderBalance:
        """Ask what is left of our money there. Raises ProviderFault."""
        ...

    def services(self) -> tuple[OfferedService, ...]:
        """Ask for everything on sale there. Raises ProviderFault."""
        ...
