"""What is said to all customers at once."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.announcements import announce, banners_for, end, put_away, told_to
from accounts.models import Announcement, AnnouncementRead, User

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-05", "K-49")]


@pytest.fixture
def later(alice, bob):
    """A moment after everybody joined."""
    return User.objects.latest("date_joined").date_joined + timedelta(minutes=1)


def say(title: str = "New terms", *, now, **facts) -> Announcement:
    return announce(title=title, text="Version 4 is in force.", url="/terms/", by=None, now=now, **facts)


def banners(customer: User, now) -> list[str]:
    return [announcement.title for announcement in banners_for(customer, now=now)]


def test_one_row_reaches_everybody(alice, bob, later, django_assert_num_queries):
    with django_assert_num_queries(1):
        say(now=later)

    assert banners(alice, later) == banners(bob, later) == ["New terms"]
    assert not AnnouncementRead.objects.exists()


def test_who_has_read_it_is_left_alone_and_the_others_are_not(alice, bob, later):
    announcement = say(now=later)

    put_away(alice, announcement.pk, now=later)
    put_away(alice, announcement.pk, now=later)

    assert banners(alice, later) == []
    assert banners(bob, later) == ["New terms"]
    assert [said.is_read for said in told_to(alice)] == [True]
    assert AnnouncementRead.objects.count() == 1


def test_what_was_said_before_somebody_joined_is_no_news(alice, later):
    announcement = say(now=alice.date_joined - timedelta(seconds=1))

    assert banners(alice, later) == []
    put_away(alice, announcement.pk, now=later)
    assert not AnnouncementRead.objects.exists()


def test_what_is_said_at_the_moment_of_joining_is_told(alice, later):
    say(now=alice.date_joined)

    assert banners(alice, later) == ["New terms"]


def test_a_banner_ends_at_its_time_and_stays_in_the_list(alice, later):
    say(now=later, ends_at=later + timedelta(hours=1))

    assert banners(alice, later + timedelta(hours=1, seconds=-1)) == ["New terms"]
    assert banners(alice, later + timedelta(hours=1)) == []
    assert [said.title for said in told_to(alice)] == ["New terms"]


def test_ending_it_twice_changes_nothing(alice, later):
    announcement = say(now=later)

    assert end(announcement, now=later + timedelta(minutes=1))
    assert not end(announcement, now=later + timedelta(minutes=2))

    announcement.refresh_from_db()
    assert announcement.ends_at == later + timedelta(minutes=1)


def test_what_is_important_comes_first(alice, later):
    say("Good to know", now=later)
    say("Important", now=later, level="important")
    say("Also good to know", now=later)

    assert banners(alice, later) == ["Important", "Also good to know", "Good to know"]


def test_an_announcement_leads_only_to_pages_of_ours(later):
    with pytest.raises(IntegrityError, match="announcement_leads_to_a_page_of_ours"), transaction.atomic():
        announce(title="x", text="x", url="//elsewhere.example", by=None, now=later)


@pytest.mark.django_db(transaction=True)
def test_it_needs_the_transaction_of_what_it_announces(later):
    with pytest.raises(AssertionError):
        say(now=later)


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def test_alice_sees_a_banner_on_every_page_until_she_has_read_it(alice, terms):
    announcement = say("New terms <4>", now=alice.date_joined)
    browser = browser_of(alice)
    assert "New terms &lt;4&gt;" in browser.get("/account/").content.decode()

    answer = browser.post(f"/account/announcements/{announcement.pk}/read/", headers={"HX-Request": "true"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert "New terms" not in browser.get("/account/").content.decode()
    assert "New terms" in browser.get("/account/announcements/").content.decode()


def test_following_it_counts_as_reading(alice):
    announcement = say(now=alice.date_joined)

    answer = browser_of(alice).get(f"/account/announcements/{announcement.pk}/")

    assert answer["Location"] == "/terms/"
    assert AnnouncementRead.objects.get().customer == alice


def test_without_scripts_putting_it_away_leads_to_the_list(alice):
    announcement = say(now=alice.date_joined)

    answer = browser_of(alice).post(f"/account/announcements/{announcement.pk}/read/")

    assert answer["Location"] == "/account/announcements/"


def test_pages_ask_no_more_for_many_announcements(alice, terms):
    browser = browser_of(alice)
    say(now=alice.date_joined)
    browser.get("/account/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/account/")
    for _each in range(20):
        say(now=alice.date_joined)

    with CaptureQueriesContext(connection) as many:
        page = browser.get("/account/").content.decode()

    assert len(many) == len(one)
    assert page.count('class="notice banner') == 2


TYPED = {
    "title": "Maintenance",
    "text": "Tonight.",
    "url": "",
    "level": "info",
    "ends_at_0": "",
    "ends_at_1": "",
}


def writer(email: str = "sam@example.com") -> User:
    person = User.objects.create(email=email, is_staff=True)
    rights = Permission.objects.filter(codename__in=["announce", "view_announcement"])
    person.user_permissions.set(rights)
    return person


def test_staff_with_the_right_say_something_and_end_it(alice):
    sam = writer()
    browser = browser_of(sam)

    assert browser.post("/admin/accounts/announcement/add/", TYPED).status_code == 302

    announcement = Announcement.objects.get()
    assert (announcement.title, announcement.published_by) == ("Maintenance", sam)
    assert browser.get("/admin/accounts/announcement/").status_code == 200
    page = browser.get(f"/admin/accounts/announcement/{announcement.pk}/change/").content.decode()
    assert "Maintenance" in page
    assert 'name="title"' not in page
    browser.post(
        "/admin/accounts/announcement/", {"action": "end_now", "_selected_action": [announcement.pk]}
    )
    announcement.refresh_from_db()
    assert announcement.ends_at
    assert announcement.mail_cursor is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"url": "https://elsewhere.example/"},
        {"url": "//elsewhere.example/"},
        {"ends_at_0": "2001-01-01", "ends_at_1": "00:00"},
        {"title": ""},
    ],
)
def test_what_is_wrong_is_said_at_the_form_and_nothing_is_published(db, wrong):
    answer = browser_of(writer()).post("/admin/accounts/announcement/add/", TYPED | wrong)

    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not Announcement.objects.exists()


def test_staff_without_the_right_only_look(alice):
    say(now=alice.date_joined)
    sam = User.objects.create(email="sam@example.com", is_staff=True)
    sam.user_permissions.set(Permission.objects.filter(codename="view_announcement"))
    browser = browser_of(sam)

    assert browser.get("/admin/accounts/announcement/").status_code == 200
    assert browser.get("/admin/accounts/announcement/add/").status_code == 403
    assert "end_now" not in browser.get("/admin/accounts/announcement/").content.decode()
