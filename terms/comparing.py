"""What changed between two versions of the terms: the numbers, old and new, and the text, clause by clause.

Computed from what is stored, never written by hand, so that the notice of a change cannot leave anything out.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from difflib import SequenceMatcher
from typing import Literal, get_args, get_origin

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from terms.parameters import Parameter
from terms.policy import PARAMETERS, Policy
from terms.wording import Clause, Section, sections_of

# Two paragraphs are the same one, rewritten, when at least this much of their words is common.
ALIKE = 0.5
WORD = re.compile(r"\s*\S+")

Kind = Literal["same", "added", "removed"]


@dataclass(frozen=True)
class ParameterChange:
    """One parameter with its values in words."""

    parameter: Parameter
    old: str
    new: str


@dataclass(frozen=True)
class Piece:
    """Some words of a clause that both texts have, or only one of them."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class ClauseChange:
    """One clause: added, removed, or with changed words between words that stayed."""

    kind: Literal["added", "removed", "changed"]
    ids: tuple[str, ...]
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class SectionChange:
    title: str
    clauses: tuple[ClauseChange, ...]


@dataclass(frozen=True)
class Changes:
    parameters: tuple[ParameterChange, ...]
    sections: tuple[SectionChange, ...]

    def __bool__(self) -> bool:
        return bool(self.parameters or self.sections)


def changes_between(old: Policy, old_text: str, new: Policy, new_text: str) -> Changes:
    """Return everything that differs between two sets of terms (R-12, A-05, A-06, K-49, K-50)."""
    return Changes(tuple(parameter_changes(old, new)), tuple(text_changes(old_text, new_text)))


def parameter_changes(old: Policy, new: Policy) -> Iterator[ParameterChange]:
    """Return the parameters whose values differ, in the order of the catalogue (A-05, K-49)."""
    for name, parameter in PARAMETERS.items():
        before, after = old.value_of(name), new.value_of(name)
        if before != after:
            yield ParameterChange(parameter, in_words(parameter, before), in_words(parameter, after))


def in_words(parameter: Parameter, value: object) -> str:
    """Return a parameter's value for people: `yes`, `tick if changed`, `24 to 72`."""
    if isinstance(value, tuple) and parameter.name == "delivery.usual_hours":
        return _("%(first)s to %(last)s") % {"first": value[0], "last": value[1]}
    words = _words(value) or _("nothing")
    return words.replace("_", " ") if _is_chosen(parameter.kind) else words


def text_changes(old: str, new: str) -> Iterator[SectionChange]:
    """Return the sections in which clauses were added, removed or rewritten (A-06, K-50)."""
    before = {section.key: section for section in sections_of(old)}
    after = {section.key: section for section in sections_of(new)}
    for key in [*after, *(key for key in before if key not in after)]:
        section = after.get(key) or before[key]
        changes = tuple(_clause_changes(_clauses(before.get(key)), _clauses(after.get(key))))
        if changes:
            yield SectionChange(section.title, changes)


def _is_chosen(kind: object) -> bool:
    """Whether the values are words of ours, which are written with underscores, and not of the operator."""
    return get_origin(kind) is Literal or any(get_origin(each) is Literal for each in get_args(kind))


def _words(value: object) -> str:
    match value:
        case None:
            return _("nothing")
        case bool():
            return _("yes") if value else _("no")
        case Decimal():
            return format(value, "f")
        case date():
            return date_format(value)
        case tuple() | frozenset():
            items = sorted(value) if isinstance(value, frozenset) else value
            return "; ".join(_words(item) for item in items)
        case _:
            return str(value)


def _clauses(section: Section | None) -> list[Clause]:
    return list(section.clauses) if section else []


def _clause_changes(old: list[Clause], new: list[Clause]) -> Iterator[ClauseChange]:
    for _tag, i, j, k, m in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if _tag != "equal":
            yield from _replaced(old[i:j], new[k:m])


def _replaced(old: list[Clause], new: list[Clause]) -> Iterator[ClauseChange]:
    """Pair what was rewritten, and name the rest as removed and added; removed first, as one reads it."""
    rest = list(old)
    pairs: list[tuple[Clause | None, Clause]] = []
    for clause in new:
        former = next((one for one in rest if _is_rewritten(one, clause)), None)
        if former:
            rest.remove(former)
        pairs.append((former, clause))
    for clause in rest:
        yield ClauseChange("removed", clause.ids, (Piece("removed", clause.text),))
    for former, clause in pairs:
        if former is None:
            yield ClauseChange("added", clause.ids, (Piece("added", clause.text),))
        else:
            yield ClauseChange("changed", clause.ids, tuple(_pieces(former, clause)))


def _is_rewritten(old: Clause, new: Clause) -> bool:
    if old.ids or new.ids:
        return old.ids == new.ids
    return SequenceMatcher(None, WORD.findall(old.text), WORD.findall(new.text)).ratio() >= ALIKE


def _pieces(old: Clause, new: Clause) -> Iterator[Piece]:
    before, after = WORD.findall(old.text), WORD.findall(new.text)
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            yield Piece("same", "".join(after[k:m]))
            continue
        if i < j:
            yield Piece("removed", "".join(before[i:j]))
        if k < m:
            yield Piece("added", "".join(after[k:m]))


def summary_of(changes: Changes) -> list[str]:
    """Return the changes of the numbers as sentences, and one line when the text alone was rewritten (R-12)."""
    lines = [
        _("%(about)s Until now: %(old)s. From now on: %(new)s.")
        % {"about": change.parameter.about, "old": change.old, "new": change.new}
        for change in changes.parameters
    ]
    if changes.sections and not changes.parameters:
        titles = ", ".join(section.title for section in changes.sections)
        lines.append(_("The wording changed in: %(titles)s.") % {"titles": titles})
    return lines
