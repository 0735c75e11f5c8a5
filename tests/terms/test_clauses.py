from collections import Counter

import pytest

from terms.clauses import CLAUSES, Kind
from terms.policy import PARAMETERS
from tests.house.proofs import PAGE, REASONS, WORKED, WORKED_LATER, page, proofs, reason_for, rules

ALL_REASONS = Counter(number for numbers in REASONS.values() for number in numbers.split())
ALL_LATER = Counter(number for numbers in WORKED_LATER.values() for number in numbers.split())


def test_both_panels_clauses_are_listed_in_order_without_a_gap():
    wanted = [f"A-{number:02}" for number in range(1, 40)] + [f"K-{number:02}" for number in range(1, 86)]

    assert list(CLAUSES) == wanted


def test_clauses_on_the_same_matter_name_each_other():
    for clause in CLAUSES.values():
        for twin in clause.twins:
            assert clause.number in CLAUSES[twin].twins, (clause.number, twin)
            assert clause.number[0] != twin[0]


def assert_proven_or_excused(tests, reasons):
    assert tests or reasons, (
        "no test is marked with it: write one, or state a reason in tests/house/proofs.py"
    )
    assert not (tests and reasons), "a test proves it: take its reason out of tests/house/proofs.py"


@pytest.mark.parametrize("number", CLAUSES)
def test_each_clause_has_a_test_or_one_stated_reason_and_not_both(number):
    assert_proven_or_excused(proofs("clause").get(number), ALL_REASONS[number])


@pytest.mark.parametrize("number", WORKED)
def test_each_worked_example_has_a_test_or_one_stated_reason_and_not_both(number):
    assert_proven_or_excused(proofs("worked").get(number), ALL_LATER[number])


def test_no_reason_is_given_twice_or_for_a_clause_that_does_not_exist():
    assert not [number for number, times in (ALL_REASONS + ALL_LATER).items() if times > 1]
    assert set(ALL_REASONS) <= set(CLAUSES)
    assert set(ALL_LATER) <= set(WORKED)


def test_no_rule_refusal_or_parameter_names_an_unknown_clause():
    assert {number: names for number, names in rules().items() if number not in CLAUSES} == {}
    for name, parameter in PARAMETERS.items():
        assert {number for number in parameter.source.split(", ") if number} <= set(CLAUSES), name


def test_no_test_is_marked_with_an_unknown_clause_or_example():
    assert {number: tests for number, tests in proofs("clause").items() if number not in CLAUSES} == {}
    assert {number: tests for number, tests in proofs("worked").items() if number not in WORKED} == {}


def test_what_is_computed_and_proven_is_named_by_the_rule_that_computes_it():
    named = set(rules()) | {number for each in PARAMETERS.values() for number in each.source.split(", ")}
    computed = {number for number, clause in CLAUSES.items() if Kind.COMPUTED in clause.kinds}

    assert computed & set(proofs("clause")) <= named


def test_the_page_of_clauses_is_fresh():
    assert PAGE.read_text() == page(), "run bin/clauses"


def test_a_reason_is_found_by_its_number():
    assert reason_for("K-19", REASONS) == "text only: shown and versioned"
    assert reason_for("K-12", REASONS) == ""
