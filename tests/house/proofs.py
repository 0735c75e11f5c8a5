"""Which clause of the terms is kept by which rule, and proven by which test: written into docs/clauses.md.

Rules name a clause in a docstring, in brackets (R-4, K-67), or in a text that holds nothing else, as refusals do. Tests
name it by `@pytest.mark.clause("K-67")`, and a worked example by `@pytest.mark.worked("W-05")`.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from terms.clauses import CLAUSES, Clause, Kind
from terms.policy import PARAMETERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "clauses.md"
PACKAGES = (
    "accounts",
    "terms",
    "billing",
    "providers",
    "catalog",
    "orders",
    "refills",
    "support",
    "api",
    "panel",
)
# They list clauses without keeping any.
CATALOGUES = {"terms/catalogue.py", "terms/clauses.py"}

NUMBER = re.compile(r"\b[AK]-\d\d\b")
BRACKETS = re.compile(r"\([^()]*\b[AK]-\d\d\b[^()]*\)")
NUMBERS_ONLY = re.compile(r"[AK]-\d\d(, [AK]-\d\d)*")

# Why a clause has no test of its own.
REASONS = {
    "text only: shown and versioned": "A-03 A-16 K-19 K-53 K-82",
    "comes with tickets": "K-13 K-55 K-81",
}
WORKED = {
    "W-01": "a plain charge",
    "W-02": "the smallest charge there is",
    "W-03": "a customer's discount",
    "W-04": "a discount that has to be rounded",
    "W-05": "a part comes back",
    "W-06": "a part of a discounted order comes back",
    "W-07": "a part of an order with a coupon comes back",
    "W-08": "a refund that has to be rounded",
    "W-09": "a second, larger refund",
    "W-10": "an order in runs, stopped half-way",
    "W-11": "the rate moved after the order",
    "W-12": "more delivered than ordered",
    "W-13": "an order paid with a bonus",
    "W-14": "undelivered through nobody's fault",
    "W-15": "undelivered because the profile is private",
    "W-16": "the provider refuses the link",
    "W-17": "the post is deleted during delivery",
    "W-18": "withdrawn at exactly 48 hours",
    "W-19": "withdrawn a second later",
    "W-20": "old money is spent first",
    "W-21": "part young, part old money",
    "W-22": "a refund lies between them",
    "W-22b": "an order cancelled as if it had never been",
    "W-23": "a fee that has to be rounded",
    "W-24": "what to ask for to get 40.00",
    "W-25": "why a bonus is never paid out",
    "W-26": "seven working days",
    "W-27": "rejected and asked again",
    "W-42": "the count reaches the target",
    "W-43": "a dispute of a spent deposit",
    "W-44": "a dispute of a part",
    "W-45": "times to start",
    "W-46": "the expected end",
    "W-47": "the rate of loss",
    "V-1": "an order keeps the share rule it was placed under",
    "V-2": "each deposit has its own fee",
    "V-3": "a deposit made before there were withdrawals",
    "V-4": "a deposit made while there were withdrawals",
    "V-5": "the terms change while the form is open",
    "V-6": "the terms change while a payment is under way",
} | {f"W-{number}": "a refill, or none" for number in range(28, 42)}
WORKED_LATER: dict[str, str] = {}

WORDS = {
    Kind.COMPUTED: "computed",
    Kind.SHOWN: "shown",
    Kind.RECORDED: "recorded",
    Kind.STAFF: "staff",
    Kind.LEGAL: "legal",
}


def reason_for(number: str, reasons: dict[str, str]) -> str:
    return next((reason for reason, numbers in reasons.items() if number in numbers.split()), "")


@cache
def rules() -> dict[str, list[str]]:
    """Each number that the code names, with the modules that name it."""
    found: dict[str, set[str]] = defaultdict(set)
    for package in PACKAGES:
        for path in (ROOT / package).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if "migrations" not in path.parts and name not in CATALOGUES:
                for number in _numbers_in(ast.parse(path.read_text())):
                    found[number].add(name)
    return {number: sorted(names) for number, names in found.items()}


def _numbers_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if NUMBERS_ONLY.fullmatch(node.value):
                yield from NUMBER.findall(node.value)
            else:
                for brackets in BRACKETS.findall(node.value):
                    yield from NUMBER.findall(brackets)


@cache
def proofs(mark: str) -> dict[str, list[tuple[str, str]]]:
    """Each number that tests are marked with: the file and the name of each such test."""
    found: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for path in (ROOT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text())
        for_all = [number for node in tree.body if _is_pytestmark(node) for number in _marked(node, mark)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                own = [number for decorator in node.decorator_list for number in _marked(decorator, mark)]
                for number in (*for_all, *own):
                    found[number].add((path.relative_to(ROOT).as_posix(), node.name))
    return {number: sorted(tests) for number, tests in found.items()}


def _is_pytestmark(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
    )


def _marked(tree: ast.AST, mark: str) -> Iterator[str]:
    """The numbers of a mark, wherever in a decorator it stands: also among the parameters of a test."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == f"pytest.mark.{mark}":
            for argument in node.args:
                yield ast.literal_eval(argument)


def page() -> str:
    """The whole of docs/clauses.md."""
    return "\n".join(
        [
            "# Clauses, rules and proofs",
            "",
            "Made by `bin/clauses` from `terms/clauses.py`, the parameters, the rules and the tests; not by hand.",
            "A *number* is a parameter of the terms: an operator chooses it, the rule reads it from the version",
            "that governs the case. The sentences on the right are the names of tests.",
            "",
            "## The profile alphasmm",
            "",
            *_table(clause for clause in CLAUSES.values() if clause.number.startswith("A")),
            "",
            "## The profile bestsmmkart",
            "",
            *_table(clause for clause in CLAUSES.values() if clause.number.startswith("K")),
            "",
            "## Worked examples",
            "",
            "| example | about | proven by |",
            "| --- | --- | --- |",
            *(_example(number) for number in sorted(WORKED, key=_reading_order)),
            "",
        ]
    )


def _example(number: str) -> str:
    proven = _proven(proofs("worked").get(number, []), reason_for(number, WORKED_LATER))
    return f"| {number} | {WORKED[number]} | {proven} |"


def _reading_order(number: str) -> tuple[bool, str]:
    return number.startswith("V"), number


def _table(clauses: Iterator[Clause]) -> Iterator[str]:
    yield "| clause | says | kind | numbers | rules | proven by |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for clause in clauses:
        number = clause.number
        cells = (
            f'<a id="{number}"></a>**{number}**' + "".join(f"<br>{twin}" for twin in clause.twins),
            clause.title,
            ", ".join(WORDS[kind] for kind in clause.kinds),
            "<br>".join(
                f"`{name}`" for name, each in PARAMETERS.items() if number in each.source.split(", ")
            ),
            "<br>".join(f"`{name}`" for name in rules().get(number, [])),
            _proven(proofs("clause").get(number, []), reason_for(number, REASONS)),
        )
        yield f"| {' | '.join(cells)} |"


def _proven(tests: list[tuple[str, str]], reason: str) -> str:
    if not tests:
        return f"*{reason}*"
    by_file: dict[str, list[str]] = defaultdict(list)
    for file, name in tests:
        by_file[file].append(name.removeprefix("test_").replace("_", " "))
    return "<br>".join(f"`{file}`: {'; '.join(names)}" for file, names in by_file.items())


if __name__ == "__main__":
    PAGE.write_text(page())
