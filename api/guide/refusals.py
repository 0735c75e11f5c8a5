"""Every “no” of the panel, read from the refusals themselves: the code, the sentence and the clauses it rests on."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from accounts.refusals import Refusal


@dataclass(frozen=True)
class Reason:
    code: str
    sentences: tuple[str, ...]
    clauses: tuple[str, ...]


def reasons() -> list[Reason]:
    """One row for each code, in the order of the alphabet; the places for numbers read as {names}."""
    found: dict[str, list[type[Refusal]]] = {}
    for kind in _all(Refusal):
        found.setdefault(kind.code, []).append(kind)
    return [
        Reason(
            code,
            tuple(dict.fromkeys(_readable(str(kind.sentence)) for kind in kinds)),
            tuple(dict.fromkeys(clause for kind in kinds for clause in _clauses(kind))),
        )
        for code, kinds in sorted(found.items())
    ]


def _all(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for heir in kind.__subclasses__():
        if "sentence" in vars(heir) and hasattr(heir, "code"):
            yield heir
        yield from _all(heir)


def _readable(sentence: str) -> str:
    return re.sub(r"%\((\w+)\)[sd]", r"{\1}", sentence).replace("%%", "%")


def _clauses(kind: type[Refusal]) -> list[str]:
    return [part.strip() for part in kind.clause.split(",") if part.strip()]
