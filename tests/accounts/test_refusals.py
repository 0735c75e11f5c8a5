import pytest
from django import forms
from django.core.exceptions import ValidationError

from accounts.refusals import Refusal


class TooFew(Refusal):
    code = "too_few"
    clause = "A-22, K-14"
    sentence = "Order at least %(minimum)s; that is 100 %% of nothing."


class JustNo(Refusal):
    code = "just_no"
    sentence = "No."


def test_a_refusal_says_a_sentence_with_its_numbers_a_code_and_its_clauses():
    refusal = TooFew(minimum=50)

    assert refusal.text == "Order at least 50; that is 100 % of nothing."
    assert refusal.code == "too_few"
    assert refusal.clauses == ("A-22", "K-14")


def test_a_rule_of_our_own_names_no_clause():
    assert JustNo().clauses == ()
    assert JustNo().text == "No."


def test_a_form_shows_a_refusal_like_any_other_mistake():
    form = forms.Form({})
    form.add_error(None, TooFew(minimum=50))

    assert form.non_field_errors() == ["Order at least 50; that is 100 % of nothing."]
    assert form.errors.as_data()["__all__"][0].code == "too_few"


def test_a_refusal_can_be_caught_as_a_validation_error():
    with pytest.raises(ValidationError):
        raise JustNo
