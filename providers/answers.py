"""What stands in a provider's JSON.

Panels agree on the fields but not on the shapes around them; one item that cannot be read spoils no other.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from providers.dialect import RAW_LIMIT, amount, flag, order_id, service_type, state_of, text_of, whole_number
from providers.gateway import (
    CancelAnswer,
    OfferedService,
    ProviderBalance,
    RefillReport,
    StatusMiss,
    StatusReport,
)

NAME_LIMIT = 500
DESCRIPTION_LIMIT = 5000
REASON_FIELDS = ("reason", "cancel_reason", "message", "note", "comment", "details", "error_message")


class Unreadable(Exception):
    """The answer as a whole is not what was asked for."""


def refusal_in(said: object) -> str | None:
    """Return the words of an answer that is nothing but a refusal."""
    if isinstance(said, dict) and "error" in said:
        return text_of(said["error"]) or "error"
    return None


@dataclass(frozen=True)
class Taken:
    """The answer to something handed up: its number there, or the words of a clear no. Neither, or both, is doubt."""

    number: str | None
    refusal: str | None


def order_taken_in(said: object) -> Taken:
    """Raises Unreadable."""
    if not isinstance(said, dict):
        raise Unreadable("not a JSON object")
    if "error" in said and "order" not in said:
        return Taken(None, text_of(said["error"]))
    return Taken(None if "error" in said else order_id(said.get("order")), None)


def refill_taken_in(said: object, asked: str) -> Taken:
    """Read the answer to a refill of the order `asked`: alone, as a list of one, or as a map of one (b6).

    Raises Unreadable, also when the answer is about another order.
    """
    if isinstance(said, list) and len(said) == 1:
        [said] = said
    elif isinstance(said, dict) and said.keys() == {asked}:
        said = said[asked]
    if not isinstance(said, dict):
        raise Unreadable("not a JSON object")
    if "order" in said and order_id(said["order"]) != asked:
        raise Unreadable("an answer about another order")
    given = said.get("refill")
    if isinstance(given, dict) and "error" in given:
        return Taken(None, text_of(given["error"]))
    if "error" in said and "refill" not in said:
        return Taken(None, text_of(said["error"]))
    return Taken(None if "error" in said else order_id(given), None)


def refill_statuses_in(said: object, asked: Sequence[str]) -> dict[str, RefillReport | StatusMiss]:
    """Read a list of refills, or a map of them by number; some say the order's number (b6). Raises Unreadable."""
    if isinstance(said, dict):
        if len(asked) == 1 and "status" in said:
            return {asked[0]: _refill_status(said)}
        return {text_of(one): _refill_status(item) for one, item in said.items()}
    if not isinstance(said, list):
        raise Unreadable("not a list of refills")
    items = [item for item in said if isinstance(item, dict)]
    return {
        one: _refill_status(item)
        for item in items
        if (one := order_id(item.get("refill", item.get("order", item.get("id")))))
    }


def _refill_status(item: object) -> RefillReport | StatusMiss:
    word = item.get("status") if isinstance(item, dict) else item
    if not isinstance(word, str) or (isinstance(item, dict) and "error" in item):
        return StatusMiss(text_of(item))
    state = state_of(word)
    if state is None and not isinstance(item, dict):
        return StatusMiss(text_of(word))  # A bare string is more often an error than a word.
    return RefillReport(state=state, words=text_of(word, 100), raw=text_of(item, RAW_LIMIT))


def statuses_in(said: object, asked: Sequence[str]) -> dict[str, StatusReport | StatusMiss]:
    """Read a map of orders by id. Raises Unreadable for any other shape (4.5)."""
    if said == []:
        return {}  # How PHP spells an empty map.
    if not isinstance(said, dict):
        raise Unreadable("not a map of orders")
    if len(asked) == 1 and "status" in said:
        return {asked[0]: _status(said)}
    return {text_of(one): _status(item) for one, item in said.items()}


def _status(item: object) -> StatusReport | StatusMiss:
    if not isinstance(item, dict) or "error" in item or not isinstance(item.get("status"), str):
        said = item.get("error", item) if isinstance(item, dict) else item
        return StatusMiss(text_of(said))
    return StatusReport(
        state=state_of(item["status"]),
        remains=whole_number(item.get("remains")),
        start_count=whole_number(item.get("start_count", item.get("start_counter"))),
        charge=amount(item.get("charge")),
        currency=text_of(item.get("currency"), 10).upper(),
        words=text_of(item["status"], 100),
        raw=text_of(item, RAW_LIMIT),
        reason=_reason(item),
        current_count=whole_number(item.get("current_count", item.get("current_counter"))),
    )


def _reason(item: Mapping[str, Any]) -> str:
    """Why it went as it did, from the fields in which panels say so. Never from all fields: links are among them."""
    said = [text_of(item[name]) for name in REASON_FIELDS if isinstance(item.get(name), str)]
    return text_of(" / ".join(filter(None, said)))


def cancels_in(said: object) -> dict[str, CancelAnswer]:
    """Read a list of cancels, or a map of them by order id (b6). Raises Unreadable."""
    if isinstance(said, dict):
        return {text_of(one): _cancel(item) for one, item in said.items() if isinstance(item, dict)}
    if not isinstance(said, list):
        raise Unreadable("not a list of cancels")
    items = [item for item in said if isinstance(item, dict)]
    return {one: _cancel(item) for item in items if (one := order_id(item.get("order")))}


def _cancel(item: Mapping[str, Any]) -> CancelAnswer:
    outcome = item.get("cancel")
    words = text_of(item)
    if "error" in item or (isinstance(outcome, dict) and "error" in outcome) or outcome in (0, "0", False):
        return CancelAnswer(requested=False, words=words)
    promised = outcome == "requested" or (whole_number(outcome) or 0) > 0 or outcome is True
    return CancelAnswer(requested=True if promised else None, words=words)


def balance_in(said: object) -> ProviderBalance:
    """Raises Unreadable."""
    left = amount(said.get("balance")) if isinstance(said, dict) else None
    if not isinstance(said, dict) or left is None:
        raise Unreadable("no balance in the answer")
    return ProviderBalance(left, text_of(said.get("currency"), 10).upper())


def services_in(said: object) -> tuple[tuple[OfferedService, ...], int]:
    """Return the services and how many items are not among them; of two with one id the first counts.

    Raises Unreadable.
    """
    if isinstance(said, dict):
        said = said.get("services", said.get("data"))
    if said == "Empty Data":
        said = []
    if not isinstance(said, list):
        raise Unreadable("no list of services in the answer")
    offered: dict[str, OfferedService] = {}
    for item in said:
        service = _service(item) if isinstance(item, dict) else None
        if service is not None:
            offered.setdefault(service.service, service)
    return tuple(offered.values()), len(said) - len(offered)


def _service(item: Mapping[str, Any]) -> OfferedService | None:
    number = text_of(item.get("service"), 40) if not isinstance(item.get("service"), bool) else ""
    rate, least, most = amount(item.get("rate")), whole_number(item.get("min")), whole_number(item.get("max"))
    if not number or not item.get("name") or rate is None or rate < 0:
        return None
    if least is None or most is None or least < 1 or most < least:
        return None
    return OfferedService(
        service=number,
        name=text_of(item["name"], NAME_LIMIT),
        type=service_type(item.get("type")),
        category=text_of(item.get("category"), NAME_LIMIT),
        rate=rate,
        min=least,
        max=most,
        refill=flag(item.get("refill")),
        cancel=flag(item.get("cancel")),
        dripfeed=flag(item.get("dripfeed")),
        description=text_of(item.get("description", item.get("desc")), DESCRIPTION_LIMIT),
        average_time=text_of(item.get("average_time"), 100),
    )
