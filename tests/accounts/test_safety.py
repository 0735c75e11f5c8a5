"""What changed about the way in is told, always."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages.storage import default_storage
from django.contrib.sessions.backends.db import SessionStore
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts.adapter import PanelAdapter
from accounts.api_keys import create_key
from accounts.mailing import send_next
from accounts.models import Notice, NoticeKind, User
from accounts.notices import notices_of
from accounts.safety import CHANGES, paused_until, tell_change
from accounts.switches import choose
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)

NEW = "another phrase that is long"


def told(customer: User) -> list[str]:
    return list(notices_of(customer).values_list("title", flat=True))


def test_alice_is_told_and_mailed_that_her_password_was_changed(alice, terms):
    choose(alice, set())
    browser = Client()
    browser.force_login(alice)

    browser.post("/accounts/password/change/", {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})

    assert told(alice) == ["Your password was changed"]
    assert mail.outbox == []
    assert send_next(mail.get_connection(), clock=timezone.now)
    assert mail.outbox[0].to == ["alice@example.com"]
    assert mail.outbox[0].subject == "[Fairpanel] Your password was changed"
    assert "/accounts/password/change/" in mail.outbox[0].body


def test_alice_is_told_of_a_new_key(alice, now):
    create_key(customer=alice, label="My shop", now=now)

    notice = Notice.objects.get()
    assert (notice.kind, notice.title, notice.url) == (
        NoticeKind.SECURITY,
        "A new API key was made",
        "/account/keys/",
    )


def test_the_address_that_was_given_up_hears_of_it_as_well(alice, terms):
    browser = Client()
    browser.post("/accounts/login/", {"login": alice.email, "password": PASSWORD})
    second = EmailAddress.objects.create(user=alice, email="alice@new.example", verified=True)

    browser.post("/accounts/email/", {"email": second.email, "action_primary": ""})

    assert told(alice)[0] == "Your e-mail address was changed"
    assert [letter.to for letter in mail.outbox] == [["alice@example.com"]]
    send_next(mail.get_connection(), clock=timezone.now)
    assert mail.outbox[1].to == ["alice@new.example"]


def test_a_further_address_is_one_more_way_in_but_not_the_first_one(alice, terms, rf):
    newcomer = User.objects.create(email="nova@example.com")
    first = EmailAddress.objects.create(user=newcomer, email=newcomer.email, verified=False, primary=True)
    PanelAdapter().confirm_email(_request_of(rf, newcomer), first)
    assert told(newcomer) == []
    second = EmailAddress.objects.create(user=alice, email="alice@new.example", verified=False)

    PanelAdapter().confirm_email(_request_of(rf, alice), second)

    assert told(alice) == ["An e-mail address was added"]
    alice.refresh_from_db()
    assert paused_until(alice, now=timezone.now())


def _request_of(rf, person: User):
    request = rf.get("/")
    request.user, request.session = person, SessionStore()
    request._messages = default_storage(request)
    return request


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_leads_to_the_page_where_it_can_be_undone(alice, now, change, client, terms):
    tell_change(alice, change, now=now)
    client.force_login(alice)

    assert client.get(Notice.objects.get().url).status_code in {200, 302}


def test_what_nobody_named_is_not_told(alice, now):
    tell_change(alice, "something_else", now=now)

    assert told(alice) == []
