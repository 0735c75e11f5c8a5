"""Asking to speed up what is late: once at a time, strictly after the expected start, answered by staff."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, User
from billing.ledger import balance_of
from orders.hastening import (
    NothingToSpeedUp,
    SpeedUpAnswered,
    SpeedUpNotOffered,
    SpeedUpOpen,
    SpeedUpTextTooLong,
    TooEarly,
    answer_speed_up,
    ask_to_speed_up,
    speed_up_from,
    speed_up_refusal,
    waiting_long,
)
from orders.holding import let_go
from orders.models import Order, SpeedUp, SpeedUpState, Watchword
from providers.gateway import ReportedState
from tests.factories import NOW, after, make_customer, make_order, make_service, publish_terms
from tests.orders.stories import at_once, report, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

TEN = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
FOUR = TEN + timedelta(hours=6)
QUEUE = reverse("admin:orders_speedup_changelist")


def late(customer: User, *, at: datetime = TEN, **fields) -> Order:
    """An order that was to start within six hours."""
    order = make_order(customer, make_service(stated_start="0-6 hours", **fields), now=at)
    return Order.objects.select_related("customer", "terms_version", "submission").get(pk=order.pk)


def ask(order: Order, *, now: datetime = FOUR + timedelta(seconds=1), text: str = "please") -> SpeedUp:
    return ask_to_speed_up(order, text=text, now=now)


def answered(asked: SpeedUp, sam: User, state: SpeedUpState = SpeedUpState.DONE) -> SpeedUp:
    return answer_speed_up(asked.pk, state=state, answer="They hurry.", by=sam, now=after(hours=10))


@pytest.mark.clause("K-11", "K-60")
def test_at_the_expected_start_it_is_too_early_and_a_second_later_it_is_not(alice: User) -> None:
    order = late(alice)
    with pytest.raises(TooEarly) as caught:
        ask(order, now=FOUR)
    assert caught.value.code == "too_early"
    assert "March 1, 2026, 4 p.m." in caught.value.text

    assert ask(order, now=FOUR + timedelta(seconds=1)).state == SpeedUpState.OPEN


@pytest.mark.clause("K-35")
def test_without_an_estimate_the_usual_time_has_to_pass(alice: User) -> None:
    order = make_order(alice)

    assert speed_up_from(order) == after(hours=72)
    assert isinstance(speed_up_refusal(order, now=after(hours=72)), TooEarly)
    assert speed_up_refusal(order, now=after(hours=72, seconds=1)) is None


def test_without_any_figure_it_can_be_asked_at_once() -> None:
    publish_terms("bestsmmkart", {"delivery.usual_hours": None})
    order = make_order(make_customer(balance="100"))

    assert speed_up_refusal(order, now=after(seconds=1)) is None


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("K-11")
def test_terms_without_it_offer_none(alice: User) -> None:
    with pytest.raises(SpeedUpNotOffered):
        ask(late(alice))


def test_it_is_asked_once_at_a_time(alice: User, sam: User) -> None:
    order = late(alice)
    first = ask(order)
    with pytest.raises(SpeedUpOpen):
        ask(order)

    answered(first, sam)

    assert ask(order, now=after(hours=11)).pk != first.pk
    with pytest.raises(IntegrityError), transaction.atomic():
        SpeedUp.objects.create(order=order, asked_at=NOW)


@pytest.mark.django_db(transaction=True)
def test_of_two_wishes_at_the_same_moment_one_is_kept(alice: User) -> None:
    order = late(alice)

    outcomes = at_once(2, lambda number: ask(order))

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["SpeedUp", "SpeedUpOpen"]


def test_what_has_ended_or_waits_for_staff_cannot_be_hurried(alice: User, sam: User) -> None:
    ended = report(taken(alice, make_service(stated_start="0-6 hours")), ReportedState.COMPLETED)
    with pytest.raises(NothingToSpeedUp):
        ask(ended, now=after(days=9))
    Watchword.objects.create(word="casino-x")
    held = make_order(alice, make_service(platform="website", metric="traffic"), link="https://casino-x.com/")
    with pytest.raises(NothingToSpeedUp):
        ask(held, now=after(days=9))

    let_go(held.pk, by=sam, note="fine", now=NOW)

    held.submission.refresh_from_db()
    assert ask(held, now=after(days=9)).pk


def test_a_text_that_is_too_long_is_refused(alice: User) -> None:
    order = late(alice)
    with pytest.raises(SpeedUpTextTooLong):
        ask(order, text="x" * 1001)

    assert ask(order, text="x" * 1000).pk


@pytest.mark.clause("K-60", "K-64")
def test_staff_answer_once_and_the_customer_is_told_and_no_money_moves(alice: User, sam: User) -> None:
    order = late(alice)
    before = balance_of(alice)
    asked = ask(order)

    answered(asked, sam, SpeedUpState.DECLINED)

    with pytest.raises(SpeedUpAnswered):
        answered(asked, sam)
    asked.refresh_from_db()
    assert (asked.state, asked.answer, asked.answered_by) == ("declined", "They hurry.", sam)
    told = Notice.objects.get(kind="support")
    assert told.text == "It cannot be sped up. They hurry."
    assert balance_of(alice) == before


@pytest.mark.clause("K-35")
def test_staff_see_apart_what_has_waited_for_more_than_72_hours(alice: User) -> None:
    asked = ask(late(alice))

    assert asked not in waiting_long(asked.asked_at + timedelta(hours=72))
    assert asked in waiting_long(asked.asked_at + timedelta(hours=72, seconds=1))


# --- Pages ---------------------------------------------------------------------------------------------------


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


def page_of(order: Order) -> str:
    return reverse("order_detail", args=[order.pk])


def door(order: Order) -> str:
    return reverse("order_speed_up", args=[order.pk])


def test_an_order_that_is_not_late_is_refused_with_the_time(browser: Client, alice: User) -> None:
    soon = late(alice, at=timezone.now())
    assert door(soon) not in browser.get(page_of(soon)).content.decode()

    page = browser.post(door(soon), {"text": "hurry"}, follow=True).content.decode()

    assert "Expected start by" in page
    assert not SpeedUp.objects.exists()


def test_a_late_order_is_hurried_from_its_page(browser: Client, alice: User) -> None:
    order = late(alice, at=timezone.now() - timedelta(days=1))
    assert door(order) in browser.get(page_of(order)).content.decode()

    page = browser.post(door(order), {"text": "hurry, please"}, follow=True).content.decode()

    assert SpeedUp.objects.get().text == "hurry, please"
    assert "You asked; our staff are at it" in page
    assert door(order) not in page


def test_somebody_elses_order_is_not_found(browser: Client, bob: User) -> None:
    order = late(bob, at=timezone.now() - timedelta(days=1))

    assert browser.post(door(order)).status_code == 404
    assert browser.get(door(order)).status_code == 405
    assert Client().post(door(order)).status_code == 302


def test_staff_find_the_queue_and_answer_from_it(office: Client, browser: Client, alice: User) -> None:
    order = late(alice)
    asked = ask(order)
    assert f"#{order.pk}" in office.get(QUEUE, {"state": "over_72_h"}).content.decode()
    decide = reverse("admin:orders_speedup_decide", args=["done"]) + f"?rows={asked.pk}"

    page = office.post(decide, {"answer": "The supplier promised tonight."}, follow=True).content.decode()

    assert f"The customer of order #{order.pk} was told." in page
    assert f"#{order.pk}" not in office.get(QUEUE).content.decode()
    assert "The supplier promised tonight." in browser.get(page_of(order)).content.decode()


def test_a_customer_states_a_count_from_the_page(browser: Client, alice: User) -> None:
    order = late(alice)
    here = reverse("order_state_count", args=[order.pk])

    page = browser.post(here, {"condition": "public", "count": "12,345"}, follow=True).content.decode()
    browser.post(here, {"condition": "private", "count": "9"})
    wrong = browser.post(here, {"condition": "public", "count": "many"}, follow=True).content.decode()

    kept = order.sightings.order_by("pk").values_list("count", "condition", "source", "seen_by")
    assert list(kept) == [(12345, "public", "customer", alice.pk), (None, "private", "customer", alice.pk)]
    assert "12,345" in page
    assert "seen by: you" in page
    assert "Type the count as a whole number." in wrong


def test_a_customer_states_at_most_fifty_counts_of_one_order(browser: Client, alice: User) -> None:
    order = late(alice)
    here = reverse("order_state_count", args=[order.pk])
    for number in range(51):
        page = browser.post(here, {"condition": "public", "count": str(number)}, follow=number == 50)

    assert order.sightings.count() == 50
    assert "At most 50 counts" in page.content.decode()
