"""The bell, the list of notices, and the switches, as their customer sees them."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Notice, NoticeKind, User
from accounts.notices import mark_read, notify, unread_count
from accounts.switches import wants

pytestmark = pytest.mark.django_db


@pytest.fixture
def browser(alice: User) -> Client:
    browser = Client()
    browser.force_login(alice)
    return browser


def tell(customer: User, title: str = "Your deposit arrived", url: str = "/orders/", **facts) -> Notice:
    notice = notify(
        customer=customer,
        kind=facts.pop("kind", NoticeKind.MONEY),
        title=title,
        text="It <b>is</b> there.",
        url=url,
        now=timezone.now(),
    )
    assert notice
    return notice


def html(answer) -> str:
    return answer.content.decode()


def test_the_bell_counts_what_is_unread(browser, alice, bob):
    assert "bell-count" not in html(browser.get("/account/"))
    for _each in range(3):
        tell(alice)
    tell(bob)

    page = html(browser.get("/account/"))

    assert '<span class="bell-count number" aria-hidden="true">3</span>' in page
    assert "Notices: 3 unread" in page


def test_the_bell_counts_no_further_than_anybody_reads(browser, alice):
    for _each in range(100):
        tell(alice)

    assert ">99+</span>" in html(browser.get("/account/notices/bell/"))


def test_alice_sees_what_she_was_told_and_nothing_of_bob(browser, alice, bob):
    tell(alice, "Something <new>")
    tell(bob, "A secret")

    page = html(browser.get("/account/notices/"))

    assert "Something &lt;new&gt;" in page
    assert "It &lt;b&gt;is&lt;/b&gt; there." in page
    assert "A secret" not in page


def test_following_a_notice_leads_to_its_page_and_marks_it_read(browser, alice):
    notice, other = tell(alice, url="/orders/17/"), tell(alice)

    assert browser.get(f"/account/notices/{notice.pk}/")["Location"] == "/orders/17/"

    notice.refresh_from_db()
    other.refresh_from_db()
    assert notice.read_at
    assert other.read_at is None


def test_nobody_follows_or_reads_the_notice_of_somebody_else(browser, alice, bob):
    notice = tell(bob)

    assert browser.get(f"/account/notices/{notice.pk}/").status_code == 404
    browser.post("/account/notices/read/", {"number": notice.pk})

    assert unread_count(bob) == 1


def test_one_is_marked_as_read_and_the_list_and_the_bell_follow(browser, alice):
    first, _second = tell(alice, "First"), tell(alice, "Second")

    answer = browser.post(
        "/account/notices/read/",
        {"number": first.pk, "show": "unread"},
        headers={"HX-Request": "true"},
        follow=True,
    )

    page = html(answer)
    assert "<html" not in page
    assert "Second" in page
    assert "First" not in page
    assert 'hx-swap-oob="true"' in page
    assert "Notices: 1 unread" in page


def test_all_that_was_shown_is_marked_as_read_but_not_what_came_since(browser, alice):
    shown = tell(alice)
    tell(alice)

    browser.post("/account/notices/read/", {"up_to": shown.pk})

    assert unread_count(alice) == 1


@pytest.mark.parametrize(
    "typed", [{}, {"number": "x"}, {"up_to": "-1"}, {"number": "9" * 30}, {"number": "²"}]
)
def test_nonsense_marks_nothing(browser, alice, typed):
    tell(alice)

    assert browser.post("/account/notices/read/", typed).status_code == 404
    assert unread_count(alice) == 1


def test_looking_never_marks_all_as_read(browser, alice):
    tell(alice)

    assert browser.get("/account/notices/read/").status_code == 405
    assert unread_count(alice) == 1


def test_a_long_list_comes_in_pages(browser, alice):
    for number in range(60):
        tell(alice, f"Notice {number:02}")

    first = browser.get("/account/notices/")
    second = browser.get("/account/notices/" + first.context["older"])
    third = browser.get("/account/notices/" + second.context["older"])

    shown = [notice.title for answer in (first, second, third) for notice in answer.context["notices"]]
    assert shown == [f"Notice {number:02}" for number in reversed(range(60))]
    assert third.context["older"] == ""


def test_pages_ask_no_more_for_many_notices(browser, alice):
    tell(alice)
    browser.get("/account/notices/")
    with CaptureQueriesContext(connection) as one:
        browser.get("/account/notices/")
    for _each in range(20):
        tell(alice)

    with CaptureQueriesContext(connection) as many:
        browser.get("/account/notices/")

    assert len(many) == len(one)


def test_the_dashboard_shows_the_newest_three_that_are_unread(browser, alice):
    for number in range(5):
        tell(alice, f"Notice {number}")
    mark_read(alice, number=Notice.objects.latest("pk").pk, now=timezone.now())

    page = html(browser.get("/"))

    assert [number for number in range(5) if f"Notice {number}" in page] == [1, 2, 3]


def test_alice_chooses_what_she_is_told_and_finds_it_so_again(browser, alice):
    page = html(browser.get("/account/notices/switches/"))
    assert 'value="order_partial.mail" checked' in page
    assert 'value="security.mail" checked disabled' in page

    browser.post("/account/notices/switches/", {"on": ["order_partial.panel", "terms.mail", "made.up"]})

    alice.refresh_from_db()
    assert wants(alice, NoticeKind.TERMS, "mail")
    assert not wants(alice, NoticeKind.ORDER_PARTIAL, "mail")
    assert wants(alice, NoticeKind.SECURITY, "mail")
    assert "made.up" not in alice.notice_switches
    page = html(browser.get("/account/notices/switches/"))
    assert 'value="terms.mail" checked' in page
    assert 'value="order_partial.mail" checked' not in page


def test_the_switches_are_two_clicks_from_the_account(browser):
    assert 'href="/account/notices/switches/"' in html(browser.get("/account/"))
