"""Each no has a code for programs, a sentence for people and, where the terms speak of it, their clause."""

import re
from collections.abc import Iterator
from importlib import import_module
from pkgutil import walk_packages

import pytest

from accounts.refusals import Refusal
from terms.clauses import CLAUSES

PACKAGES = ("accounts", "terms", "billing", "catalog", "orders", "refills", "api")
# What programs and people were told they would read.
CLAUSES_OF = {
    "terms_changed": "A-06 K-50",
    "terms_not_accepted": "A-06 K-50",
    "price_changed": "A-08 K-51",
    "bad_link": "A-22",
    "public_not_confirmed": "A-21 K-20 K-22",
    "quantity_range": "A-31 K-23",
    "insufficient_balance": "A-24",
    "link_busy": "K-21",
    "similar_busy": "K-39 K-40 K-43",
    "overlap_warning": "A-33 A-34 A-35",
    "not_cancellable": "A-28 K-16",
    "refund_denied": "A-20 A-30 K-79",
    "share_too_small": "K-36",
    "no_guarantee": "K-10 K-54",
    "not_delivered_yet": "K-09",
    "window_over": "K-56",
    "needs_info": "K-64",
    "waiting": "A-34",
    "link_not_working": "K-27 K-28",
    "below_start": "K-57",
    "no_drop": "K-57",
    "hours_reached": "K-44 K-45",
    "unrefilled_drop": "K-32 K-42",
    "withdrawals_disabled": "A-24",
    "amount_too_high": "K-71 K-72",
    "account_frozen": "A-26 K-76",
    "account_suspended": "A-27",
    "account_terminated": "A-32 K-77",
}


def refusals() -> list[type[Refusal]]:
    for package in PACKAGES:
        for module in walk_packages(import_module(package).__path__, f"{package}."):
            if ".migrations" not in module.name:
                import_module(module.name)
    ours = [kind for kind in _below(Refusal) if kind.__module__.partition(".")[0] in PACKAGES]
    return sorted(ours, key=lambda kind: (kind.__module__, kind.__name__))


def _below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    for below in kind.__subclasses__():
        yield below
        yield from _below(below)


def test_every_refusal_has_a_code_of_plain_words_and_a_whole_sentence() -> None:
    for kind in refusals():
        assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code), kind
        assert re.search(r"[.)?”]$|%\(\w+\)s$", str(kind.sentence)), kind


def test_every_clause_that_a_refusal_names_exists() -> None:
    for kind in refusals():
        named = [part.strip() for part in kind.clause.split(",") if part.strip()]
        assert set(named) <= set(CLAUSES), kind
        assert named == sorted(set(named)), kind


@pytest.mark.parametrize("code", CLAUSES_OF)
def test_a_refusal_that_the_terms_speak_of_names_its_clauses(code: str) -> None:
    found = [kind for kind in refusals() if kind.code == code]

    assert found
    for kind in found:
        assert set(CLAUSES_OF[code].split()) <= set(kind.clause.split(", ")), kind
