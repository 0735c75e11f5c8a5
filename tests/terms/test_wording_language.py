import pytest

from terms.profiles import PROFILES, profile_named
from terms.wording import WordingInvalid, render
from terms.wording_language import names_in, read_wording


def refused(addition: str) -> str:
    profile = profile_named("alphasmm")
    with pytest.raises(WordingInvalid) as refusal:
        render(
            f"{profile.wording}\n\n{addition}\n", policy=profile.policy, panel="Test Panel", currency="EUR"
        )
    return refusal.value.text


@pytest.mark.parametrize(
    "tag",
    [
        "{% load i18n %}",
        "{% include 'parts/link.txt' %}",
        "{% include '/etc/passwd' %}",
        "{% extends 'base.html' %}",
        "{% debug %}",
        "{% csrf_token %}",
        "{% url 'admin:index' %}",
        "{% now 'Y' %}",
        "{% with a=panel %}{% endwith %}",
        "{% autoescape off %}{% endautoescape %}",
        "{% lorem 5 %}",
        "{% block x %}{% endblock %}",
        "{% filter upper %}{% endfilter %}",
    ],
)
def test_a_wording_knows_choices_and_lists_and_no_other_tag(tag):
    assert "Invalid block tag" in refused(tag)


@pytest.mark.parametrize("function", ["safe", "pprint", "stringformat:'d'", "center:'999999999'", "date:'Y'"])
def test_a_filter_that_is_not_of_the_language_is_refused(function):
    assert "Invalid filter" in refused(f"{{{{ panel|{function} }}}}")


@pytest.mark.parametrize(
    "place",
    [
        "{{ refill.min_shar_percent }}",
        "{{ refill }}",
        "{{ panle }}",
        "{{ panel.name }}",
        "{{ overlap.action.word }}",
        "{{ ui.disclaimer.upper }}",
        "{% if refill.generous %}x{% endif %}",
        "{% if not refill.generous and panel %}x{% endif %}",
        "{% if refund.auto %}{% else %}{{ nobody }}{% endif %}",
        "{% if refund.auto %}{% elif nobody %}{% endif %}",
        "{% for kind in order.forbidden %}{{ kind }}{% endfor %}",
        "{% for kind in order.prohibited_content %}{{ kind.word }}{% endfor %}",
        "{% for kind in order.prohibited_content %}{% endfor %}{{ kind }}",
        "{{ panel|default:nobody }}",
        "{{ settings.SECRET_KEY }}",
        "{{ request.user }}",
    ],
)
def test_a_place_that_nothing_fills_is_refused_even_where_it_would_not_be_shown(place):
    assert "there is no " in refused(place)


@pytest.mark.parametrize(
    ("broken", "named"),
    [
        ("{% if refund.auto %}", "if"),
        ("{{ panel", "{{ panel"),
        ("{% if", "{% if"),
        ("panel }}", "}}"),
        ("{{ panel|| }}", "panel"),
        ("{% endif %}", "endif"),
    ],
)
def test_a_slip_is_a_sentence_for_whoever_typed_it(broken, named):
    assert named in refused(broken)


def test_the_line_of_a_slip_is_the_line_as_typed():
    with pytest.raises(WordingInvalid, match="line 5"):
        read_wording("# one: First\n\n{% if refund.auto %}\nx\n{% load x %}\n{% endif %}")


def test_dunder_names_and_code_are_out_of_reach():
    assert "may not begin with underscores" in refused("{{ panel.__class__ }}")


def test_a_name_in_quotes_is_not_a_mention():
    names = names_in(
        read_wording('{% if refund.auto == "refill.min_drop" %}{{ refill.cooldown_hours }}{% endif %}')
    )

    assert names.parameters == {"refund.auto", "refill.cooldown_hours"}


@pytest.mark.parametrize("profile", PROFILES)
def test_the_ready_profiles_speak_the_language(profile):
    assert names_in(read_wording(profile_named(profile).wording)).unknown == []
