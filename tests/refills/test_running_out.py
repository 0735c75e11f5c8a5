"""Guarantees about to end: told once, three days before, and only where something is missing."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import Notice, NoticeKind, User
from refills.running_out import offers_running_out, tell_of_running_out
from tests.factories import NOW
from tests.refills.stories import asked, delivered, shows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

END = NOW + timedelta(days=30)
SOON = END - timedelta(days=3)
SECOND = timedelta(seconds=1)


def numbers(alice: User, now) -> list[int]:
    return [offer.order.pk for offer in offers_running_out(alice, now=now, most=5)]


@pytest.mark.clause("K-09", "K-56")
def test_a_guarantee_ends_soon_from_three_days_before_to_its_last_second(alice: User) -> None:
    order = delivered(alice)
    shows(order, 10_600)

    assert numbers(alice, SOON - SECOND) == []
    assert numbers(alice, SOON) == [order.pk]
    assert numbers(alice, END) == [order.pk]
    assert numbers(alice, END + SECOND) == []


def test_nothing_is_said_where_nothing_dropped_or_a_refill_is_under_way(alice: User) -> None:
    whole, going = delivered(alice, link="@whole"), delivered(alice, link="@going")
    shows(whole, 12_000)
    shows(going, 10_600, at=SOON - timedelta(minutes=5))
    asked(going, at=SOON)

    assert numbers(alice, SOON) == []
    assert tell_of_running_out(now=SOON) == 0


def test_alice_is_told_once_and_bob_is_not(alice: User, bob: User) -> None:
    order = delivered(alice)
    shows(order, 10_600)
    delivered(bob, link="@bob")

    assert [tell_of_running_out(now=SOON), tell_of_running_out(now=SOON + SECOND)] == [1, 0]

    told = Notice.objects.get(kind=NoticeKind.REFILL)
    assert told.customer == alice
    assert told.title == f"The guarantee of order #{order.pk} ends soon"
    assert "1,400 to refill" in told.text
    assert told.url == reverse("order_detail", args=[order.pk]) + "#refill"


def test_the_first_page_says_what_can_still_be_asked_for(alice: User) -> None:
    order = delivered(alice, at=timezone.now() - timedelta(days=29))
    shows(order, 10_600, at=timezone.now() - timedelta(days=2))
    browser = Client()
    browser.force_login(alice)

    page = browser.get(reverse("dashboard")).content.decode()

    assert "Guarantees that end soon" in page
    assert "1,400 to refill" in page
