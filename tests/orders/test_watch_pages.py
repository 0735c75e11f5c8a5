"""What customers and staff see of held orders, counts, channels and other customers' orders."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse

from accounts.models import User
from catalog.models import Service, ServiceKind
from orders.models import Order, Sighting, Watchword
from orders.states import OrderState
from providers.dispatch import DispatchState
from providers.gateway import ReportedState
from tests.factories import make_customer, make_order, make_service
from tests.orders.stories import report, started

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

NEW = reverse("order_new")
POST = "https://www.instagram.com/p/CxYz123AbCd/"
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
CHANNEL = "https://www.youtube.com/@alice"


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def office(sam: User) -> Client:
    client = Client()
    client.force_login(sam)
    return client


def read(page) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


def shown(page) -> dict[str, str]:
    """What the confirming page carries to the next press of its button."""
    names = ("request_id", "shown_version", "shown_charge")
    html = page.content.decode()
    return {name: re.search(rf'name="{name}" value="([^"]*)"', html)[1] for name in names}


def comments_service() -> Service:
    return make_service(metric="comments", kind=ServiceKind.CUSTOM_COMMENTS, min_quantity=1)


def held(alice: User) -> Order:
    Watchword.objects.create(word="casino-x")
    return make_order(alice, comments_service(), link=POST, comments="play at casino-x")


def page_of(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def door(order: Order, decision: str) -> str:
    return reverse("admin:orders_order_decide", args=[decision]) + f"?rows={order.pk}"


# --- Watched words -------------------------------------------------------------------------------------------


@pytest.mark.clause("A-19", "K-25")
def test_the_confirming_page_warns_of_a_watched_word_and_names_what_may_not_be_promoted(
    browser: Client,
) -> None:
    Watchword.objects.create(word="casino-x")
    typed = {"service": comments_service().pk, "link": POST, "comments": "play at Casino-X\nnice"}

    page = browser.post(NEW, typed | {"do": "check"})

    assert "because of: casino-x." in read(page)
    assert "porn" in read(page)
    ticked = {"accept_terms": "on", "public": "on", "do": "place"}
    placed = read(browser.post(NEW, typed | shown(page) | ticked, follow=True))
    assert "Our staff look at this order before anything is sent." in placed
    assert Order.objects.get().submission.state == DispatchState.HELD


def test_the_confirming_page_of_any_other_order_does_not_warn(browser: Client) -> None:
    Watchword.objects.create(word="casino-x")
    typed = {"service": comments_service().pk, "link": POST, "comments": "nice", "do": "check"}

    assert "because of" not in read(browser.post(NEW, typed))


@pytest.mark.parametrize(
    ("decision", "dispatch", "state"),
    [
        ("let_go", DispatchState.DUE, OrderState.PENDING),
        ("refuse_content", DispatchState.REJECTED, OrderState.CANCELLED),
    ],
)
@pytest.mark.clause("A-19", "K-25")
def test_staff_find_held_orders_and_decide(
    office: Client, alice: User, decision: str, dispatch: str, state: str
) -> None:
    order = held(alice)
    queue = read(office.get(reverse("admin:orders_order_changelist"), {"look": "prohibited"}))
    assert f"#{order.pk}<" in queue
    assert "casino-x" in read(office.get(page_of(order)))

    office.post(door(order, decision), {"note": "seen"})

    order.refresh_from_db()
    assert (order.state, order.submission.state, order.review) == (state, dispatch, "")


def test_whoever_may_not_end_orders_may_not_decide_about_held_ones(alice: User) -> None:
    clerk = make_customer("clerk@example.com", is_staff=True)
    clerk.user_permissions.set(Permission.objects.filter(codename__in=["view_order", "handle_order"]))
    browser = Client()
    browser.force_login(clerk)
    order = held(alice)

    assert browser.post(door(order, "let_go"), {"note": "x"}).status_code == 403
    assert browser.post(door(order, "refuse_content"), {"note": "x"}).status_code == 403


def test_staff_keep_the_list_and_are_told_which_words_say_nothing(office: Client) -> None:
    add = reverse("admin:orders_watchword_add")
    word = {"in_links": "on", "in_comments": "on", "is_active": "on", "note": ""}

    assert "At least two letters" in read(office.post(add, word | {"word": "*"}))
    office.post(add, word | {"word": "  vote   for "})

    watched = Watchword.objects.get()
    assert watched.word == "vote for"
    assert office.post(reverse("admin:orders_watchword_delete", args=[watched.pk])).status_code == 403


# --- Counts --------------------------------------------------------------------------------------------------


@pytest.mark.clause("K-63")
def test_a_count_that_staff_note_is_kept_and_completes_the_order(office: Client, alice: User) -> None:
    order = report(started(alice, quantity=500), ReportedState.IN_PROGRESS, 200, start_count=1000)
    said = {"condition": "public", "note": "signed out, by phone"}

    first = read(office.post(door(order, "note_count"), said | {"count": "1499"}, follow=True))
    assert f"The count of order #{order.pk} is noted." in first
    second = read(office.post(door(order, "note_count"), said | {"count": "1500"}, follow=True))
    assert f"The count is noted; order #{order.pk} is complete by it." in second

    order.refresh_from_db()
    assert (order.state, order.ending) == (OrderState.COMPLETED, "target_reached")
    kept = Sighting.objects.latest("pk")
    assert (kept.count, kept.source, kept.note) == (1500, "staff", "signed out, by phone")


def test_staff_cannot_read_a_count_that_is_not_public(office: Client, alice: User) -> None:
    order = make_order(alice)

    page = read(
        office.post(door(order, "note_count"), {"condition": "private", "count": "5", "note": "looked"})
    )

    assert "Only a public count can be read." in page
    assert not Sighting.objects.exists()


@pytest.mark.clause("K-63")
def test_the_order_page_tells_which_count_completed_it(browser: Client, alice: User) -> None:
    order = report(started(alice, quantity=500), ReportedState.IN_PROGRESS, 200, start_count=1000)
    report(order, ReportedState.IN_PROGRESS, 200, current_count=1500)

    page = read(browser.get(reverse("order_detail", args=[order.pk])))

    assert "The count 1,500 reached start 1,000 + ordered 500 on" in page
    assert "seen by: the delivery&#x27;s report" in page


# --- Overlap -------------------------------------------------------------------------------------------------


def test_staff_see_open_orders_of_others_for_the_same_link_and_customers_do_not(
    office: Client, browser: Client, alice: User, bob: User
) -> None:
    order, other = make_order(alice), make_order(bob)

    assert page_of(other) in read(office.get(page_of(order)))
    assert "bob@example.com" in read(office.get(page_of(order)))
    mine = read(browser.get(reverse("order_detail", args=[order.pk])))
    assert f"#{other.pk}" not in mine
    assert "bob" not in mine


@pytest.mark.clause("K-43")
def test_the_form_asks_for_the_channel_of_watch_hours_and_keeps_it(browser: Client, alice: User) -> None:
    hours = make_service(platform="youtube", metric="watch_hours")
    typed = {"service": hours.pk, "link": VIDEO, "quantity": "4000", "do": "check"}
    assert 'name="channel"' in read(browser.get(NEW, {"service": hours.pk}))
    assert "name the channel, too." in read(browser.post(NEW, typed))
    assert "link of a video" in read(browser.post(NEW, typed | {"channel": VIDEO}))

    page = browser.post(NEW, typed | {"channel": "youtube.com/@Alice"})
    ticked = {"accept_terms": "on", "public": "on", "do": "place", "channel": "youtube.com/@Alice"}
    placed = read(browser.post(NEW, typed | shown(page) | ticked, follow=True))

    assert Order.objects.get().channel_link == CHANNEL
    assert CHANNEL in placed
    again = read(browser.get(NEW, {"again": Order.objects.get().pk}))
    assert CHANNEL in again


def test_a_form_without_watch_hours_asks_for_no_channel(browser: Client) -> None:
    assert 'id="id_channel"' not in read(browser.get(NEW, {"service": make_service().pk}))


@pytest.mark.clause("A-21", "K-20", "K-22")
@pytest.mark.parametrize(("metric", "label"), [("followers", "Followers"), ("story_views", "Story views")])
def test_the_tick_names_the_count_that_everybody_has_to_see(browser: Client, metric: str, label: str) -> None:
    service = make_service(metric=metric)
    typed = {"service": service.pk, "link": "@alice.studio", "quantity": "100", "do": "check"}

    assert f"Everybody can see this page and its count ({label})." in read(browser.post(NEW, typed))
