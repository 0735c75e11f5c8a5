import pytest

from terms.comparing import changes_between, parameter_changes, summary_of, text_changes
from terms.policy import PARAMETERS
from terms.profiles import PROFILES, profile_named
from terms.publishing import text_of

POLICY = profile_named("bestsmmkart").policy
WORDING = profile_named("bestsmmkart").wording


def compared(changes=None, *, profile="bestsmmkart", wording=None):
    new = profile_named(profile).policy.changed(changes or {})
    other = wording or profile_named(profile).wording
    return changes_between(POLICY, text_of(WORDING, policy=POLICY), new, text_of(other, policy=new))


def words(change) -> str:
    marks = {"same": "{}", "added": "+{}+", "removed": "-{}-"}
    return "".join(marks[piece.kind].format(piece.text) for piece in change.pieces)


def in_words(name: str, value: object) -> str:
    [change] = parameter_changes(POLICY, POLICY.changed({name: value}))
    return change.new


def test_terms_that_say_the_same_have_no_changes():
    assert not compared()
    assert list(parameter_changes(POLICY, POLICY)) == []


@pytest.mark.clause("A-05", "K-49")
def test_another_share_rule_shows_in_the_numbers_and_in_its_clause_only():
    changes = compared({"refill.min_share_percent": "15"})

    [number] = changes.parameters
    assert (number.parameter.name, number.old, number.new) == ("refill.min_share_percent", "10", "15")
    [section] = changes.sections
    [clause] = section.clauses
    assert section.title == "Refills and guarantee"
    assert (clause.kind, clause.ids) == ("changed", ("K-36",))
    assert "smaller than- 10-+ 15+ % of the start count" in words(clause)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("refund.auto", False, "no"),
        ("delivery.usual_hours", None, "nothing"),
        ("delivery.usual_hours", [1, 2], "1 to 2"),
        ("accept.order_browser", "tick_always", "tick always"),
        ("order.customer_cancel_from", ["pending"], "pending"),
        ("order.prohibited_content", ["gambling", "spam_bots"], "gambling; spam_bots"),
        ("withdrawal.holidays", ["2026-12-25"], "Dec. 25, 2026"),
        ("withdrawal.weekdays", ["sunday", "monday"], "sunday; monday"),
        ("ui.disclaimer", "We_are alone.", "We_are alone."),
        ("ui.disclaimer", "", "nothing"),
        ("refill.min_share_percent", "12.50", "12.50"),
    ],
)
def test_values_are_said_in_words(name, value, said):
    assert in_words(name, value) == said


def test_a_clause_that_came_or_went_is_named_as_such():
    old = "# one: First\n\n[A-01] Stays as it is.\n\n[A-02] Goes away.\n"
    new = "# one: First\n\n[A-01] Stays as it is.\n\n[A-03] Comes in.\n\n# two: Second\n\n- new point\n"

    [first, second] = text_changes(old, new)

    assert [(change.kind, change.ids, words(change)) for change in first.clauses] == [
        ("removed", ("A-02",), "-Goes away.-"),
        ("added", ("A-03",), "+Comes in.+"),
    ]
    assert (second.title, [change.kind for change in second.clauses]) == ("Second", ["added"])


def test_a_paragraph_without_number_is_known_again_by_its_words():
    old = "# one: First\n\nFiles are deleted after 180 days.\n\nSomething else entirely.\n"
    new = "# one: First\n\nFiles are deleted after 90 days.\n"

    [section] = text_changes(old, new)

    assert sorted(words(change) for change in section.clauses) == [
        "-Something else entirely.-",
        "Files are deleted after- 180-+ 90+ days.",
    ]


def test_a_section_that_is_gone_is_removed_clause_by_clause():
    [section] = text_changes("# one: First\n\n[A-01] a\n\n- b\n", "# two: Second\n")

    assert [change.kind for change in section.clauses] == ["removed", "removed"]


def test_the_difference_of_two_profiles_tells_both_whole():
    changes = compared(profile="alphasmm")

    told = {change.parameter.name for change in changes.parameters}
    assert {"refill.min_share_percent", "overlap.action", "withdrawal.enabled"} <= told
    added = {name for section in changes.sections for change in section.clauses for name in change.ids}
    assert {"A-07", "A-17", "K-01"} <= added


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.clause("A-05", "K-49")
def test_the_old_and_the_new_text_can_be_read_from_the_pieces(profile):
    old, new = text_of(WORDING, policy=POLICY), None
    policy = profile_named(profile).policy.changed({"refill.min_drop": 7, "withdrawal.enabled": True})
    new = text_of(profile_named(profile).wording, policy=policy)
    for section in text_changes(old, new):
        for change in section.clauses:
            before = "".join(piece.text for piece in change.pieces if piece.kind != "added")
            after = "".join(piece.text for piece in change.pieces if piece.kind != "removed")
            assert before in old
            assert after in new


def test_the_summary_names_each_number_and_else_the_sections():
    changes = compared({"refill.min_share_percent": "15"})

    assert [str(line) for line in summary_of(changes)] == [
        f"{PARAMETERS['refill.min_share_percent'].about} Until now: 10. From now on: 15."
    ]
    rewritten = compared(wording=WORDING.replace("sells services", "offers services"))
    assert [str(line) for line in summary_of(rewritten)] == ["The wording changed in: What this is."]
    assert summary_of(compared()) == []
