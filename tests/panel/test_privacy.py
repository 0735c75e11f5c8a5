"""Nothing about people is forgotten when it is taken out or erased: every table is covered, or a reason is stated."""

import pytest
from django.apps import apps
from django.db.models import ForeignKey

from accounts.models import User
from catalog.models import Category, Estimate, Service
from panel.privacy.everything import NOT_TAKEN_OUT, PORTIONS, STAYS, STEPS
from providers.models import Provider
from terms.models import TermsVersion

# Staff made these, or nobody: they are about things. Paths to people do not lead through them.
THINGS = {Service, Category, Estimate, Provider, TermsVersion}
# Django's own tables between people and rights, emptied with the person.
RIGHTS = {"accounts.User_groups", "accounts.User_user_permissions", "account.EmailConfirmation"}


def points_at(model):
    return {
        field.remote_field.model
        for field in model._meta.get_fields()
        if isinstance(field, ForeignKey) and field.remote_field.model not in THINGS
    }


def about_people():
    """Every table from which a way leads to a person, however long."""
    found = {User}
    while True:
        more = {
            model
            for model in apps.get_models(include_auto_created=True)
            if not model._meta.proxy and model not in found and points_at(model) & found
        }
        if not more:
            return {model for model in found if model._meta.label not in RIGHTS}
        found |= more


TABLES = sorted(about_people(), key=lambda model: model._meta.label)
TAKEN_OUT = {model for portion in PORTIONS for model in portion.covers}
ERASED = {model for step in STEPS for model in step.covers}
# In the transaction that begins an erasure: accounts/erasing.py.
ERASED_AT_ONCE = {User, apps.get_model("account", "EmailAddress")}


def test_there_is_something_to_look_at():
    assert len(TABLES) > 20


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_a_table_about_people_is_taken_out_or_says_why_not(model):
    assert (model in TAKEN_OUT) != (model in NOT_TAKEN_OUT), (
        f"Put {model._meta.label} into its package's personal.py: into PORTIONS, or into NOT_TAKEN_OUT with a reason."
    )


@pytest.mark.parametrize("model", TABLES, ids=lambda model: model._meta.label)
def test_a_table_about_people_is_erased_or_says_why_not(model):
    assert (model in ERASED | ERASED_AT_ONCE) != (model in STAYS), (
        f"Put {model._meta.label} into its package's personal.py: into ERASING, or into STAYS with a reason."
    )


@pytest.mark.parametrize("reasons", [NOT_TAKEN_OUT, STAYS])
def test_a_reason_is_a_sentence(reasons):
    assert all(str(reason).endswith(".") and len(str(reason)) > 15 for reason in reasons.values())


def test_names_of_tables_and_steps_are_given_once():
    assert len({portion.name for portion in PORTIONS}) == len(PORTIONS)
    assert len({step.name for step in STEPS}) == len(STEPS)
