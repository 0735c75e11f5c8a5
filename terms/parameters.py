"""What a parameter of the terms is: a typed value with bounds, a sentence for staff, and its clauses.

Values are kept as JSON. Reading is strict, so that no version can be published with a number that no rule
would understand. Money and percentages are strings there, because they are never floats.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import UnionType
from typing import Any, Literal, get_args, get_origin

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal

DECIMAL = re.compile(r"\d{1,9}(\.\d{1,4})?")


class PolicyInvalid(Refusal):
    code = "policy_invalid"
    sentence = _("%(parameter)s: %(problem)s")

    def __init__(self, *, parameter: str, problem: str | Promise) -> None:
        super().__init__(parameter=parameter, problem=problem)
        self.parameter, self.problem = parameter, problem


@dataclass(frozen=True)
class Parameter:
    """One entry of the catalogue. The bounds hold for each number; for text they bound its length."""

    name: str
    kind: Any
    about: str | Promise
    source: str
    low: int | None
    high: int | None
    in_text: bool


def parameter(
    about: str | Promise,
    source: str = "",
    *,
    low: int | None = None,
    high: int | None = None,
    in_text: bool = True,
) -> Any:
    """A dataclass field for a parameter. Without a source the rule is the panel's own."""
    return field(metadata={"about": about, "source": source, "low": low, "high": high, "in_text": in_text})


def read(parameter: Parameter, raw: object) -> object:
    """Return the value that JSON holds; raise PolicyInvalid when it is of the wrong type or out of bounds."""
    try:
        value = _read(parameter.kind, raw)
    except (TypeError, ValueError):
        problem = _("%(value)r is not of the kind %(kind)s.") % {
            "value": raw,
            "kind": kind_words(parameter.kind),
        }
        raise PolicyInvalid(parameter=parameter.name, problem=problem) from None
    if not _within(value, parameter):
        problem = _("%(value)s is not between %(low)s and %(high)s.") % {
            "value": raw,
            "low": parameter.low,
            "high": parameter.high,
        }
        raise PolicyInvalid(parameter=parameter.name, problem=problem)
    return value


def write(value: object) -> object:
    """The JSON form of a value."""
    match value:
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case frozenset():
            return sorted(value)
        case tuple():
            return [write(item) for item in value]
        case _:
            return value


def kind_words(kind: Any) -> str:
    """Name a kind for staff: `whole number`, `one of warn, block, off`."""
    if get_origin(kind) is Literal:
        return str(_("one of %(words)s") % {"words": ", ".join(get_args(kind))})
    if get_origin(kind) in {tuple, frozenset}:
        return str(_("list of %(kind)s") % {"kind": kind_words(get_args(kind)[0])})
    if isinstance(kind, UnionType):
        return str(_("nothing, or %(kind)s") % {"kind": kind_words(get_args(kind)[0])})
    return str(WORDS[kind])


WORDS: dict[type, str | Promise] = {
    bool: _("yes or no"),
    int: _("whole number"),
    Decimal: _("decimal number as text"),
    str: _("text"),
    date: _("date as YYYY-MM-DD"),
}


def _read(kind: Any, raw: Any) -> object:
    origin = get_origin(kind)
    if origin is None:
        return PLAIN[kind](raw)
    if origin is Literal:
        return _require(raw, isinstance(raw, str) and raw in get_args(kind))
    if origin is UnionType:
        return None if raw is None else _read(get_args(kind)[0], raw)
    return _read_list(kind, _require(raw, isinstance(raw, list)))


def _read_list(kind: Any, raw: list[Any]) -> object:
    kinds = get_args(kind)
    if get_origin(kind) is frozenset:
        items = frozenset(_read(kinds[0], item) for item in raw)
        return _require(items, len(items) == len(raw))
    if kinds[-1] is Ellipsis:
        return tuple(_read(kinds[0], item) for item in raw)
    return tuple(_read(each, item) for each, item in zip(kinds, raw, strict=True))


def _read_decimal(raw: Any) -> Decimal:
    return Decimal(_require(raw, isinstance(raw, str) and DECIMAL.fullmatch(raw)))


PLAIN: dict[type, Callable[[Any], object]] = {
    bool: lambda raw: _require(raw, isinstance(raw, bool)),
    int: lambda raw: _require(raw, isinstance(raw, int) and not isinstance(raw, bool)),
    Decimal: _read_decimal,
    str: lambda raw: _require(raw, isinstance(raw, str)),
    date: lambda raw: date.fromisoformat(_require(raw, isinstance(raw, str))),
}


def _require(raw: Any, is_right: object) -> Any:
    if not is_right:
        raise ValueError(raw)
    return raw


def _within(value: object, parameter: Parameter) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(_within(item, parameter) for item in value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal | str):
        return True
    size = len(value) if isinstance(value, str) else value
    low, high = parameter.low, parameter.high
    return (low is None or size >= low) and (high is None or size <= high)
