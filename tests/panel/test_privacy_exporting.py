"""Taking out everything that is kept about a person."""

import csv
import io
import json
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.api_keys import create_key
from accounts.looking import record_look
from accounts.models import AccountState, NoticeKind
from accounts.notices import notify
from accounts.signing_in import record_sign_in
from accounts.standing import change_state
from orders.models import OrderEvent, RefundCase
from panel.privacy.everything import PORTIONS
from panel.privacy.exporting import zip_of
from providers.gateway import ReportedState
from tests.factories import NOW, PASSWORD, after, make_customer, make_order, make_service, make_staff
from tests.orders.stories import report, taken

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-36", "K-83")]


def unpacked(person):
    return ZipFile(io.BytesIO(b"".join(zip_of(person, now=NOW))))


def rows(archive, name):
    found = json.loads(archive.read(f"json/{name}.json"))
    typed = list(csv.DictReader(io.StringIO(archive.read(f"csv/{name}.csv").decode(), newline="")))
    assert len(found) == len(typed)
    return found


def test_alice_takes_out_her_whole_story(terms):
    alice = make_customer(balance="100")
    record_sign_in(customer=alice, ip="203.0.113.7", user_agent="Firefox", now=NOW)
    _key, plain = create_key(customer=alice, label="my shop", now=NOW)
    record_look(staff=make_staff(), customer=alice, now=NOW)
    order = taken(alice)
    report(order, ReportedState.PARTIAL, 234, words="said about alice.studio")

    archive = unpacked(alice)

    assert archive.testzip() is None
    assert rows(archive, "profile")[0]["email"] == "alice@example.com"
    assert rows(archive, "sign_ins")[0]["browser"] == "Firefox"
    assert rows(archive, "api_keys")[0]["label"] == "my shop"
    assert rows(archive, "acceptances")[0]["version"] == 1
    assert rows(archive, "fundings")[0]["cash"] == "100.00000000"
    assert [line["kind"] for line in rows(archive, "statement")] == ["deposit", "charge", "refund"]
    (told,) = rows(archive, "orders")
    assert told["link"] == "https://www.instagram.com/alice.studio"
    assert (told["number"], told["state"], told["remains"]) == (order.pk, "partial", 234)
    assert rows(archive, "order_courses")[-1]["in_words"].startswith("1,000 of 1,234 were delivered")
    assert len(rows(archive, "looks_by_staff")) == 1
    assert rows(archive, "notices")
    everything = b"".join(archive.read(name) for name in archive.namelist())
    assert plain.encode() not in everything
    assert alice.password.encode() not in everything


def test_it_holds_nothing_of_bob_and_no_word_of_a_supplier(terms):
    alice, bob = make_customer(balance="100"), make_customer("bob@example.com", balance="100")
    service = make_service()
    order = taken(alice, service)
    report(order, ReportedState.COMPLETED, 0, raw="Secret Upstream says done")
    make_order(bob, service, link="https://www.instagram.com/bob.bakes/")
    notify(customer=bob, kind=NoticeKind.MONEY, title="For Bob", text="only", now=NOW)

    archive = unpacked(alice)
    everything = b"".join(archive.read(name) for name in archive.namelist())

    assert OrderEvent.objects.filter(order=order).exclude(words="").exists()
    for secret in (b"bob", b"Bob", b"Secret Upstream", b"Upstream", order.submission.external_id.encode()):
        assert secret not in everything, secret


def test_what_staff_wrote_is_there_but_not_who_wrote_it(terms):
    alice, sam = make_customer(balance="100"), make_staff()
    order = taken(alice)
    case = RefundCase.objects.create(
        order=order, amount="0.5", fault="private", proposal="review", opened_at=NOW
    )
    case.messages.create(author=sam, from_staff=True, text="=We are looking", at=NOW)
    change_state(customer=alice, to=AccountState.FROZEN, why="A dispute", by=sam, now=NOW)

    archive = unpacked(alice)

    assert rows(archive, "case_messages")[0]["text"] == "=We are looking"
    assert "'=We are looking" in archive.read("csv/case_messages.csv").decode()
    assert rows(archive, "account_states")[0]["reason"] == "A dispute"
    assert b"sam@example.com" not in b"".join(archive.read(name) for name in archive.namelist())


def test_each_table_is_told_of_in_the_readme(terms):
    archive = unpacked(make_customer())
    told = archive.read("README.txt").decode()

    assert all(f"\n{portion.name}\n" in told for portion in PORTIONS)
    assert set(archive.namelist()) == {"README.txt"} | {
        f"{kind}/{portion.name}.{kind}" for portion in PORTIONS for kind in ("csv", "json")
    }


def test_a_long_history_is_sent_in_pieces_with_a_fixed_number_of_queries(
    terms, django_assert_num_queries, monkeypatch
):
    alice = make_customer(balance="100")
    for number in range(3):
        make_order(alice, link=f"https://www.instagram.com/alice.{number}/", now=after(minutes=number))
    with CaptureQueriesContext(connection) as few:
        unpacked(alice)
    for number in range(3, 9):
        make_order(alice, link=f"https://www.instagram.com/alice.{number}/", now=after(minutes=number))

    with django_assert_num_queries(len(few)):
        unpacked(alice)
    monkeypatch.setattr("panel.privacy.exporting.PIECE_BYTES", 500)
    assert len(list(zip_of(alice, now=NOW))) > 3


def test_the_page_asks_for_the_password_before_it_hands_the_file_out(terms):
    alice = make_customer()
    stranger = Client()
    stranger.force_login(alice)
    page = reverse("privacy_export")

    asked = stranger.post(page)
    assert asked.status_code == 302
    assert "reauthenticate" in asked["Location"]

    stranger.post(asked["Location"], {"password": PASSWORD})
    answer = stranger.post(page)
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/zip"
    assert "no-store" in answer["Cache-Control"]
    assert ZipFile(io.BytesIO(answer.getvalue())).testzip() is None


def test_the_file_is_given_to_nobody_who_only_follows_a_link(terms, client):
    client.force_login(make_customer())
    assert client.get(reverse("privacy_export")).status_code == 405
