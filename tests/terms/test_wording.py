import itertools
from typing import Literal, get_args, get_origin

import pytest

from terms.policy import PARAMETERS, Policy
from terms.profiles import PROFILES, NoSuchProfile, profile_named
from terms.wording import Clause, Paragraph, WordingInvalid, render, sections_of, unsaid_parameters

OTHER = {
    "order.prohibited_content": [["gambling"], ["gambling", "spam"]],
    "order.customer_cancel_from": [[], ["pending"]],
    "delivery.usual_hours": [None, [1, 2], [1, 3], [0, 3]],
    "withdrawal.weekdays": [["monday"], ["monday", "sunday"]],
    "withdrawal.holidays": [[], ["2026-12-25"]],
    "withdrawal.time_zone": ["UTC", "Asia/Tokyo"],
    "ui.disclaimer": ["One.", "Two."],
}


def said(name: str, policy: Policy) -> str:
    return render(profile_named(name).wording, policy=policy, panel="Test Panel", currency="EUR")


def values_of(name: str) -> list[object]:
    kind = PARAMETERS[name].kind
    if name in OTHER:
        return OTHER[name]
    if get_origin(kind) is Literal:
        return list(get_args(kind))
    if kind is bool:
        return [True, False]
    return [4, 5] if kind is int else ["6", "7.5"]


@pytest.mark.parametrize(
    ("profile", "clauses"),
    [
        ("alphasmm", [f"A-{number:02}" for number in range(1, 40)]),
        ("bestsmmkart", [f"K-{number:02}" for number in range(1, 86)]),
    ],
)
def test_every_clause_of_a_profile_is_said_once_and_can_be_linked_to(profile, clauses):
    sections = sections_of(said(profile, profile_named(profile).policy))
    ids = [id for section in sections for clause in section.clauses for id in clause.ids]
    anchors = ids + [section.key for section in sections]

    assert set(clauses) <= set(ids)
    assert len(anchors) == len(set(anchors))


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("name", [name for name, each in PARAMETERS.items() if each.in_text])
def test_another_value_of_a_parameter_makes_another_text(profile, name):
    policy = profile_named(profile).policy.changed({"withdrawal.enabled": True})

    texts = [said(profile, policy.changed({name: value})) for value in values_of(name)]

    for one, other in itertools.combinations(texts, 2):
        assert one != other


@pytest.mark.parametrize("profile", PROFILES)
def test_no_value_leaves_a_hole_in_the_text(profile):
    policy = profile_named(profile).policy
    for name in PARAMETERS:
        for value in values_of(name):
            text = said(profile, policy.changed({name: value}))
            for leftover in (
                "{{",
                "{%",
                "None",
                "frozenset",
                "Decimal",
                "True",
                "False",
                " .",
                " ,",
                "  ",
                "()",
            ):
                assert leftover not in text, (name, value, leftover)
            for section in sections_of(text):
                assert section.clauses
                assert all(clause.text and clause.text[-1] not in ",([" for clause in section.clauses)


def test_the_numbers_of_the_text_are_those_of_the_policy():
    policy = profile_named("bestsmmkart").policy.changed(
        {
            "refill.min_share_percent": "12.5",
            "withdrawal.late_fee_percent": "17",
            "refill.start_floor_hours": 1440,
        }
    )

    text = said("bestsmmkart", policy)

    assert "smaller than 12.5 % of the start count" in text
    assert "17 % is kept" in text
    assert "up to 1440 hours" in text


def test_the_text_names_the_panel_and_no_other():
    for profile in PROFILES:
        text = said(profile, profile_named(profile).policy)
        assert "Test Panel" in text
        for brand in ("AlphaSmm", "Alpha", "SMM", "Kart"):
            assert brand.lower() not in text.lower()


def test_withdrawals_are_spelled_out_only_where_there_are_any():
    assert "cannot be withdrawn" in said("alphasmm", profile_named("alphasmm").policy)
    text = said("bestsmmkart", profile_named("bestsmmkart").policy)
    assert "cannot be withdrawn" not in text
    assert "from 1.00 EUR upwards" in text
    assert "48 hours" in text


def test_a_wording_that_leaves_a_parameter_out_cannot_be_published():
    profile = profile_named("bestsmmkart")
    wording = profile.wording.replace("refill.min_drop", "'1'")

    assert unsaid_parameters(profile.wording) == []
    assert unsaid_parameters(wording) == ["refill.min_drop"]
    with pytest.raises(WordingInvalid, match=r"refill\.min_drop"):
        render(wording, policy=profile.policy, panel="Test Panel", currency="EUR")


@pytest.mark.parametrize("section", ["liability", "privacy"])
def test_a_wording_without_a_needed_section_cannot_be_published(section):
    profile = profile_named("alphasmm")
    wording = profile.wording.replace(f"# {section}:", "# other:")

    with pytest.raises(WordingInvalid, match=section):
        render(wording, policy=profile.policy, panel="Test Panel", currency="EUR")


def test_a_wording_with_an_empty_needed_section_cannot_be_published():
    profile = profile_named("alphasmm")
    wording = profile.wording[: profile.wording.index("# liability:")] + "# liability: Liability\n"

    with pytest.raises(WordingInvalid, match="liability"):
        render(wording, policy=profile.policy, panel="Test Panel", currency="EUR")


def test_a_broken_wording_cannot_be_published():
    profile = profile_named("alphasmm")

    with pytest.raises(WordingInvalid, match="if"):
        render(profile.wording + "{% if %}", policy=profile.policy, panel="Test Panel", currency="EUR")


def test_a_text_is_read_in_sections_paragraphs_and_points():
    [first, second] = sections_of(
        "# one: First\n\n[A-01, K-02] Said here.\n\nNo clause [K-03] here.\n\n# two: Second\n\n- [K-04] a\n- b\n"
    )

    assert (first.key, first.title) == ("one", "First")
    assert first.clauses == (Clause(("A-01", "K-02"), "Said here."), Clause((), "No clause [K-03] here."))
    assert second.paragraphs == (Paragraph(True, (Clause(("K-04",), "a"), Clause((), "b"))),)


def test_there_is_no_other_profile():
    with pytest.raises(NoSuchProfile, match="alphasmm, bestsmmkart"):
        profile_named("../../etc/passwd")
