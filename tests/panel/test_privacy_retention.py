"""What was kept long enough is forgotten."""

import os
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.management import call_command

from accounts.api_keys import create_key, key_of
from accounts.models import ApiKey, Notice, NoticeKind, SignIn
from accounts.signing_in import record_sign_in
from orders.models import Sighting
from panel.privacy import retention
from panel.privacy.retention import address_days, keep_retention
from terms.models import Acceptance
from terms.personal import WITH_TRACES
from tests.factories import NOW, after, make_customer, publish_terms

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-36", "A-37", "K-83", "K-84")]

MOMENT = timedelta(seconds=1)


def came_in(customer, *, at=NOW):
    return record_sign_in(customer=customer, ip="203.0.113.7", user_agent="Firefox", now=at)


def accepted(customer, version=1, *, at=NOW):
    return Acceptance.objects.create(
        customer=customer,
        version_id=version,
        accepted_at=at,
        channel="register",
        explicit=True,
        subject=f"customer:{customer.pk}",
        ip_digest="d" * 64,
        user_agent="Firefox",
    )


def test_traces_of_addresses_go_after_90_days_and_not_before(terms):
    alice = make_customer()
    came_in(alice)
    accepted(alice)

    keep_retention(now=after(days=90))
    assert SignIn.objects.count() == 1
    assert Acceptance.objects.filter(WITH_TRACES).count() == 1

    done = keep_retention(now=after(days=90) + MOMENT)
    assert (done["sign_ins"], done["acceptances"]) == (1, 1)
    assert not SignIn.objects.exists()
    assert not Acceptance.objects.filter(WITH_TRACES).exists()
    assert Acceptance.objects.get().accepted_at == NOW


def test_from_where_a_key_was_used_goes_90_days_after_its_last_use(terms):
    _key, plain = create_key(
        customer=make_customer(), label="My shop", now=NOW, allowed_networks=["203.0.113.7"]
    )
    key_of(plain, now=NOW, ip="203.0.113.7")

    keep_retention(now=after(days=90))
    assert ApiKey.objects.get().last_used_network == "203.0.113.0/24"

    assert keep_retention(now=after(days=90) + MOMENT)["api_key_networks"] == 1
    key = ApiKey.objects.get()
    assert (key.last_used_network, key.last_used_at) == ("", NOW)
    assert key.allowed_networks == ["203.0.113.7"], "that is the customer's own word"


def test_a_new_version_never_weakens_what_alice_was_promised(terms):
    accepted(make_customer())
    publish_terms(changes={"privacy.ip_log_days": 400})
    assert address_days() == 90


def test_a_new_version_holds_at_once_where_it_promises_more(terms):
    accepted(make_customer())
    publish_terms(changes={"privacy.ip_log_days": 30})
    assert address_days() == 30


def test_a_version_that_nobody_accepted_binds_nobody(terms):
    publish_terms(changes={"privacy.ip_log_days": 400})
    assert address_days() == 400


def test_notices_go_a_year_after_they_were_read(terms):
    alice = make_customer()
    facts = {"customer": alice, "kind": NoticeKind.MONEY, "title": "t", "text": "t", "created_at": NOW}
    Notice.objects.create(read_at=NOW, **facts)
    unread = Notice.objects.create(**facts)

    assert keep_retention(now=after(days=365))["notices"] == 0
    assert keep_retention(now=after(days=365) + MOMENT)["notices"] == 1
    assert list(Notice.objects.all()) == [unread]


def test_a_look_that_led_to_no_order_goes(terms):
    Sighting.objects.create(
        counter_key="instagram:profile:bob:followers", count=5, source="check", seen_at=NOW
    )
    assert keep_retention(now=after(days=90))["sightings_without_order"] == 0
    assert keep_retention(now=after(days=90) + MOMENT)["sightings_without_order"] == 1


def test_old_sessions_go_and_new_ones_stay(terms):
    Session.objects.create(session_key="old", session_data="x", expire_date=NOW - MOMENT)
    Session.objects.create(session_key="new", session_data="x", expire_date=NOW + MOMENT)
    keep_retention(now=NOW)
    assert [session.session_key for session in Session.objects.all()] == ["new"]


def test_mails_that_were_written_to_files_go_after_a_month(terms, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    for name, age in [("old.log", timedelta(days=30) + MOMENT), ("new.log", timedelta(days=30) - MOMENT)]:
        file = tmp_path / name
        file.write_text("To: alice@example.com")
        os.utime(file, ((NOW - age).timestamp(),) * 2)

    assert keep_retention(now=NOW)["mail_files"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["new.log"]


def test_one_run_takes_only_so_much_and_the_next_goes_on(terms, monkeypatch):
    monkeypatch.setattr(retention, "ROWS", 2)
    alice = make_customer()
    for _time in range(5):
        came_in(alice)

    assert keep_retention(now=after(days=91), most=1)["sign_ins"] == 2
    assert keep_retention(now=after(days=91))["sign_ins"] == 3


def test_by_hand_it_says_how_much_it_forgot(terms, capsys):
    came_in(make_customer(), at=NOW - timedelta(days=4000))
    call_command("keep_retention")
    assert "sign_ins: 1\n" in capsys.readouterr().out
