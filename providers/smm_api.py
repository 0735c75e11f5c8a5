"""The trade's API v2, spoken as a client: one address, a posted form, JSON back.

An order is handed up once. It counts as accepted or rejected only when the provider said so clearly, and as
not sent only when nothing can have left; everything in between is unknown (4.3).
"""

import logging
from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

from providers.answers import (
    Taken,
    Unreadable,
    balance_in,
    cancels_in,
    order_taken_in,
    refill_statuses_in,
    refill_taken_in,
    refusal_in,
    services_in,
    statuses_in,
)
from providers.dialect import NotJson, parse, text_of
from providers.gateway import (
    MAX_IDS_PER_CALL,
    Accepted,
    CancelAnswer,
    FaultKind,
    NewOrder,
    NotSent,
    OfferedService,
    ProviderBalance,
    ProviderFault,
    RefillReport,
    Rejected,
    RejectionKind,
    StatusMiss,
    StatusReport,
    Unknown,
    Verdict,
)
from providers.rejections import refill_rejection_of, rejection_of
from providers.wire import Answer, NoAnswer, Route, post

T = TypeVar("T")

log = logging.getLogger(__name__)

Field = Literal["service", "link", "quantity", "comments", "order", "orders", "refills"]
"""Nothing else about an order ever leaves (R-16)."""


class SmmApi:
    """One provider that speaks API v2. Without a key (the stored one does not open) nothing is sent."""

    def __init__(self, route: Route, *, key: str | None) -> None:
        self._route = route
        self._key = key

    def __repr__(self) -> str:
        return f"SmmApi({self._route.url!r})"

    def add_order(self, order: NewOrder) -> Verdict:
        fields: dict[Field, str] = {"service": order.service, "link": order.link}
        if order.quantity is not None:
            fields["quantity"] = str(order.quantity)
        if order.comments:
            fields["comments"] = "\n".join(order.comments)
        return self._hand_up("add", fields, order_taken_in, rejection_of)

    def statuses(self, external_ids: Sequence[str]) -> dict[str, StatusReport | StatusMiss]:
        asked = _batch(external_ids)
        fields: dict[Field, str] = {"orders": ",".join(asked)}
        found = self._ask("status", fields, lambda said: statuses_in(said, asked))
        self._report_strangers(found.keys() - set(asked))
        return {one: found.get(one) or StatusMiss("") for one in asked}

    def cancel(self, external_ids: Sequence[str]) -> dict[str, CancelAnswer]:
        asked = _batch(external_ids)
        found = self._ask("cancel", {"orders": ",".join(asked)}, cancels_in)
        self._report_strangers(found.keys() - set(asked))
        return {one: found.get(one) or CancelAnswer(requested=None, words="") for one in asked}

    def add_refill(self, external_id: str) -> Verdict:
        return self._hand_up(
            "refill",
            {"order": external_id},
            lambda said: refill_taken_in(said, external_id),
            refill_rejection_of,
        )

    def refill_statuses(self, refill_ids: Sequence[str]) -> dict[str, RefillReport | StatusMiss]:
        asked = _batch(refill_ids)
        fields: dict[Field, str] = {"refills": ",".join(asked)}
        try:
            found = self._ask("refill_status", fields, lambda said: refill_statuses_in(said, asked))
        except ProviderFault as fault:
            # About one refill, "there is no such refill" is an answer, and the provider is well.
            if len(asked) == 1 and fault.kind is FaultKind.REFUSED and "refill" in fault.words.lower():
                return {asked[0]: StatusMiss(fault.words)}
            raise
        self._report_strangers(found.keys() - set(asked))
        return {one: found.get(one) or StatusMiss("") for one in asked}

    def balance(self) -> ProviderBalance:
        return self._ask("balance", {}, balance_in)

    def services(self) -> tuple[OfferedService, ...]:
        most = self._route.limits.services_bytes
        offered, unreadable = self._ask("services", {}, services_in, max_bytes=most)
        if unreadable:
            log.warning("%r offers %d services that cannot be read", self, unreadable)
        return offered

    def _hand_up(
        self,
        action: str,
        fields: dict[Field, str],
        read: Callable[[object], Taken],
        meaning: Callable[[str], RejectionKind | None],
    ) -> Verdict:
        """Post what must not be posted twice, and say what is certain about it (4.3)."""
        try:
            answer = self._post(action, fields)
        except NoAnswer as failure:
            if failure.may_have_left:
                return Unknown(why=failure.why, words="")
            return NotSent(why=failure.why)
        words = self._words(answer.body)
        if answer.status != 200 and not 400 <= answer.status < 500:
            return Unknown(why=f"HTTP {answer.status}", words=words)
        try:
            taken = read(parse(answer.body))
        except NotJson:
            return Unknown(why="not JSON", words=words)
        except Unreadable as odd:
            return Unknown(why=str(odd), words=words)
        if taken.refusal is not None:
            kind = meaning(taken.refusal)
            return Rejected(kind, words) if kind else Unknown(why="a refusal never seen before", words=words)
        if answer.status == 200 and taken.number:
            return Accepted(taken.number, words)
        return Unknown(why="neither a clear yes nor a clear no", words=words)

    def _ask(
        self,
        action: str,
        fields: dict[Field, str],
        read: Callable[[object], T],
        *,
        max_bytes: int | None = None,
    ) -> T:
        """Ask a question that may be asked again, and read the answer. Raises ProviderFault."""
        try:
            answer = self._post(action, fields, max_bytes=max_bytes)
        except NoAnswer as failure:
            kind = FaultKind.TIMEOUT if failure.timed_out else FaultKind.UNREACHABLE
            raise ProviderFault(kind, failure.why) from failure
        words = self._words(answer.body)
        try:
            said = parse(answer.body)
        except NotJson as error:
            if answer.status == 429:
                raise ProviderFault(FaultKind.REFUSED, "HTTP 429", RejectionKind.RATE_LIMIT) from error
            raise ProviderFault(FaultKind.BAD_ANSWER, f"HTTP {answer.status}, not JSON: {words}") from error
        if (refusal := refusal_in(said)) is not None:
            raise ProviderFault(FaultKind.REFUSED, self._words(refusal), rejection_of(refusal))
        if answer.status != 200:
            raise ProviderFault(FaultKind.BAD_ANSWER, f"HTTP {answer.status}: {words}")
        try:
            return read(said)
        except Unreadable as error:
            raise ProviderFault(FaultKind.BAD_ANSWER, f"{error}: {words}") from error

    def _post(self, action: str, fields: dict[Field, str], *, max_bytes: int | None = None) -> Answer:
        if self._key is None:
            raise NoAnswer("none of the configured keys opens the stored API key", may_have_left=False)
        form = {"key": self._key, "action": action}
        form |= {str(name): value for name, value in fields.items()}
        return post(self._route, form, max_bytes=max_bytes or self._route.limits.answer_bytes)

    def _words(self, said: bytes | str) -> str:
        """Words fit to be stored and read by staff, even from a provider that repeats our key."""
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
        return text_of(text.replace(self._key, "[key]") if self._key else text)

    def _report_strangers(self, external_ids: set[str]) -> None:
        if external_ids:
            log.warning("%r answers for %d orders nobody asked about", self, len(external_ids))


def _batch(external_ids: Sequence[str]) -> list[str]:
    asked = list(dict.fromkeys(external_ids))
    assert 0 < len(asked) <= MAX_IDS_PER_CALL, f"{len(asked)} ids in one call"
    return asked
