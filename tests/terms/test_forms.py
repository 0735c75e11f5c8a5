import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.signing_in import ip_digest
from terms.models import Acceptance
from tests.factories import make_customer, publish_terms

pytestmark = pytest.mark.django_db


def register(client: Client, **fields: str):
    form = {
        "email": "carol@example.com",
        "password1": "correct horse battery",
        "password2": "correct horse battery",
        "terms_number": "1",
        "terms": "on",
    }
    filled = {name: value for name, value in (form | fields).items() if value}
    return client.post(reverse("account_signup"), filled, headers={"user-agent": "Browser 7"})


@pytest.mark.clause("A-02", "K-03")
def test_registering_with_the_tick_records_the_version_that_was_shown(client):
    version = publish_terms()

    answer = register(client)

    assert answer.status_code == 302
    carol = User.objects.get(email="carol@example.com")
    [acceptance] = Acceptance.objects.all()
    assert (acceptance.customer, acceptance.version) == (carol, version)
    assert (acceptance.channel, acceptance.explicit) == ("register", True)
    assert acceptance.accepted_at == carol.date_joined
    assert acceptance.ip_digest == ip_digest("127.0.0.1")
    assert acceptance.user_agent == "Browser 7"


@pytest.mark.clause("A-02", "K-03")
def test_registering_without_the_tick_is_refused_at_the_field(client):
    publish_terms()

    answer = register(client, terms="")

    assert answer.status_code == 200
    assert answer.context["form"].errors["terms"] == [
        "Please confirm that you have read and understood the terms."
    ]
    assert not User.objects.exists()
    assert not Acceptance.objects.exists()
    assert mail.outbox == []


def test_the_form_names_the_version_and_links_to_the_terms(client):
    publish_terms()
    publish_terms()

    form = client.get(reverse("account_signup")).context["form"]

    assert "version 2" in form.fields["terms"].label
    assert f'href="{reverse("terms")}"' in form.fields["terms"].label
    assert form["terms_number"].value() == 2


def test_terms_that_changed_while_the_form_was_open_are_shown_again_without_a_tick(client):
    publish_terms()
    publish_terms()

    answer = register(client, terms_number="1")

    form = answer.context["form"]
    assert form.non_field_errors().as_data()[0].code == "terms_changed"
    assert form["terms_number"].value() == "2"
    assert not form["terms"].value()
    assert form["email"].value() == "carol@example.com"
    assert not User.objects.exists()
    assert register(client, terms_number="2").status_code == 302
    assert Acceptance.objects.get().version_id == 2


@pytest.mark.parametrize("number", ["", "0", "-1", "99", "one", "9" * 40])
def test_a_form_that_does_not_say_which_terms_it_showed_is_refused(client, number):
    publish_terms()

    assert register(client, terms_number=number).status_code == 200
    assert not User.objects.exists()


def test_nobody_can_register_before_terms_are_published(client):
    shown = client.get(reverse("account_signup"))
    answer = register(client, terms_number="")

    assert shown.status_code == 200
    assert "No terms have been published yet" in answer.context["form"].non_field_errors()[0]
    assert not User.objects.exists()


def test_registering_a_known_address_again_records_nothing(client):
    publish_terms()
    make_customer("carol@example.com")

    answer = register(client)

    assert answer.status_code == 302
    assert User.objects.count() == 1
    assert not Acceptance.objects.exists()
