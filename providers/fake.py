"""A provider in memory, for tests: it keeps its own truth about orders and money, and fails when told to."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from providers.gateway import (
    MAX_IDS_PER_CALL,
    Accepted,
    CancelAnswer,
    NewOrder,
    NotSent,
    OfferedService,
    ProviderBalance,
    ProviderFault,
    RefillReport,
    Rejected,
    RejectionKind,
    ReportedState,
    StatusMiss,
    StatusReport,
    Unknown,
    Verdict,
)

WORDS = {
    ReportedState.PENDING: "Pending",
    ReportedState.PROCESSING: "Processing",
    ReportedState.IN_PROGRESS: "In progress",
    ReportedState.COMPLETED: "Completed",
    ReportedState.PARTIAL: "Partial",
    ReportedState.CANCELLED: "Canceled",
}
PER_PACKAGE = {"package", "custom_comments_package"}


@dataclass(slots=True)
class TakenOrder:
    """What the provider itself knows about an order, whatever it answered."""

    order: NewOrder
    charge: Decimal
    report: StatusReport
    cancel_asked: bool = False


@dataclass(slots=True)
class TakenRefill:
    """What the provider itself knows about a refill."""

    order: str
    report: RefillReport


def offered(service: str = "1", **facts: object) -> OfferedService:
    """An ordinary service of followers at 0.90 per 1000, changed by the facts given."""
    plain = OfferedService(
        service=service,
        name="Followers",
        type="default",
        category="First Category",
        rate=Decimal("0.90"),
        min=50,
        max=10_000,
        refill=True,
        cancel=True,
        dripfeed=False,
        description="",
        average_time="",
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


class FakeGateway:
    """Takes every good order unless it is told otherwise; `taken` is the truth to compare the books with."""

    def __init__(
        self,
        *services: OfferedService,
        balance: Decimal = Decimal(1000),
        currency: str = "USD",
        first_id: int = 23501,
    ) -> None:
        self.taken: dict[str, TakenOrder] = {}
        self.refills: dict[str, TakenRefill] = {}
        self.calls: list[str] = []
        self.money = balance
        self._offered = {service.service: service for service in services or (offered(),)}
        self._currency = currency
        self._next_id = first_id
        self._verdicts: deque[tuple[Verdict, bool]] = deque()
        self._refill_verdicts: deque[tuple[Verdict, bool]] = deque()
        self._faults: deque[ProviderFault] = deque()

    def next_add(self, verdict: Verdict, *, order_is_taken: bool = False) -> None:
        """Answer the next order so; it may be taken behind the answer, as when an answer is lost."""
        self._verdicts.append((verdict, order_is_taken))

    def next_refill(self, verdict: Verdict, *, refill_is_taken: bool = False) -> None:
        """Answer the next refill so; it may be taken behind the answer."""
        self._refill_verdicts.append((verdict, refill_is_taken))

    def next_fault(self, fault: ProviderFault) -> None:
        """Fail the next call that is a question."""
        self._faults.append(fault)

    def report(self, external_id: str, state: ReportedState | None, **facts: object) -> None:
        """From now on say this about an order: remains, start_count, charge, currency, words, raw."""
        word = WORDS[state] if state else "Weird"
        said = replace(self.taken[external_id].report, state=state, words=word)
        self.taken[external_id].report = replace(said, **facts)  # type: ignore[arg-type]

    def report_refill(self, refill_id: str, state: ReportedState | None) -> None:
        """From now on say this about a refill."""
        word = WORDS[state] if state else "Weird"
        self.refills[refill_id].report = RefillReport(state, word, word)

    def add_order(self, order: NewOrder) -> Verdict:
        self.calls.append("add")
        if self._verdicts:
            verdict, is_taken = self._verdicts.popleft()
            if is_taken:
                self._take(order)
            return verdict
        refused = self._refusal(order)
        if refused:
            return Rejected(refused, refused.replace("_", " "))
        return Accepted(self._take(order), "")

    def statuses(self, external_ids: Sequence[str]) -> dict[str, StatusReport | StatusMiss]:
        self._call("status", external_ids)
        return {
            one: self.taken[one].report if one in self.taken else StatusMiss("Incorrect order ID")
            for one in external_ids
        }

    def cancel(self, external_ids: Sequence[str]) -> dict[str, CancelAnswer]:
        self._call("cancel", external_ids)
        return {one: self._cancel(one) for one in external_ids}

    def add_refill(self, external_id: str) -> Verdict:
        self.calls.append("refill")
        if self._refill_verdicts:
            verdict, is_taken = self._refill_verdicts.popleft()
            if is_taken:
                self._take_refill(external_id)
            return verdict
        if external_id not in self.taken:
            return Rejected(RejectionKind.NO_REFILL, "Incorrect order ID")
        return Accepted(self._take_refill(external_id), "")

    def refill_statuses(self, refill_ids: Sequence[str]) -> dict[str, RefillReport | StatusMiss]:
        self._call("refill_status", refill_ids)
        return {
            one: self.refills[one].report if one in self.refills else StatusMiss("Refill not found")
            for one in refill_ids
        }

    def balance(self) -> ProviderBalance:
        self._call("balance")
        return ProviderBalance(self.money, self._currency)

    def services(self) -> tuple[OfferedService, ...]:
        self._call("services")
        return tuple(self._offered.values())

    def _call(self, action: str, external_ids: Sequence[str] = ("",)) -> None:
        assert 0 < len(external_ids) <= MAX_IDS_PER_CALL, f"{len(external_ids)} ids in one call"
        self.calls.append(action)
        if self._faults:
            raise self._faults.popleft()

    def _refusal(self, order: NewOrder) -> RejectionKind | None:
        service = self._offered.get(order.service)
        if service is None:
            return RejectionKind.SERVICE_GONE
        if not order.link:
            return RejectionKind.BAD_LINK
        if "comments" in service.type and not order.comments:
            return RejectionKind.BAD_COMMENTS
        if service.type not in PER_PACKAGE and not service.min <= _count(order) <= service.max:
            return RejectionKind.BAD_QUANTITY
        return RejectionKind.FUNDS if self._price(order) > self.money else None

    def _take(self, order: NewOrder) -> str:
        external_id = str(self._next_id)
        self._next_id += 1
        charge = self._price(order)
        self.money -= charge
        report = StatusReport(
            state=ReportedState.PENDING,
            remains=_count(order),
            start_count=None,
            charge=charge,
            currency=self._currency,
            words="Pending",
            raw="",
        )
        self.taken[external_id] = TakenOrder(order, charge, report)
        return external_id

    def _take_refill(self, external_id: str) -> str:
        refill_id = str(len(self.refills) + 1)
        self.refills[refill_id] = TakenRefill(
            external_id, RefillReport(ReportedState.PENDING, "Pending", "Pending")
        )
        return refill_id

    def _price(self, order: NewOrder) -> Decimal:
        service = self._offered.get(order.service)
        if service is None:
            return Decimal(0)
        return service.rate if service.type in PER_PACKAGE else service.rate * _count(order) / 1000

    def _cancel(self, external_id: str) -> CancelAnswer:
        taken = self.taken.get(external_id)
        if taken is None:
            return CancelAnswer(requested=False, words="Incorrect order ID")
        taken.cancel_asked = True
        return CancelAnswer(requested=True, words="1")


def _count(order: NewOrder) -> int:
    return len(order.comments) or order.quantity or 1


LOST_ANSWER = Unknown(why="no complete answer in time", words="")
NO_CONNECTION = NotSent(why="no connection in time")
