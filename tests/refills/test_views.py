"""Pages of refills: the answer before asking, asking for one and for many, the list, and how a refill goes."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from billing.ledger import balance_of
from orders.models import Channel, Order
from refills.ending import RejectedUpstream, close
from refills.hastening import has_open_wish
from refills.judging import judge, locked
from refills.models import Refill
from refills.states import RefillState
from tests.factories import make_service
from tests.orders.stories import taken
from tests.refills.stories import asked, delivered, shows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

MANY = reverse("refill_ask_many")
LIST = reverse("refill_list")


@pytest.fixture
def browser(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


def ago(**duration: float) -> datetime:
    return timezone.now() - timedelta(**duration)


def dropped(alice: User, count: int = 10_600, **fields: Any) -> Order:
    """An order of 2,000 on 10,000 that was delivered yesterday, and what its counter shows now."""
    order = delivered(alice, at=ago(days=1, minutes=5), **fields)
    shows(order, count, at=ago(seconds=5))
    return order


def refused(order: Order) -> Refill:
    """Asked, and counted anew: nothing has dropped."""
    refill = asked(order, at=ago(seconds=3))
    shows(order, 12_000, at=ago(seconds=1))
    return judge(refill.pk, now=timezone.now())


def read(page) -> str:
    html = re.sub(r"<time[^>]*>", "", page.content.decode().replace("</time>", ""))
    return re.sub(r"\s+", " ", html)


def page_of(browser: Client, order: Order) -> str:
    return read(browser.get(reverse("order_detail", args=[order.pk])))


def ask_url(order: Order) -> str:
    return reverse("refill_ask", args=[order.pk])


@pytest.mark.clause("K-30", "K-56")
def test_the_order_page_shows_the_answer_before_alice_asks(browser: Client, alice: User) -> None:
    order = dropped(alice)

    page = page_of(browser, order)

    ends = date_format(timezone.localtime(order.closed_at + timedelta(days=30)), "DATETIME_FORMAT")
    assert f"Guaranteed 12,000, now 10,600: 1,400 to refill; until {ends} " in page
    assert "Guaranteed for 29 days more" in page
    assert f'action="{ask_url(order)}"' in page
    assert 'id="counts-data"' in page


def test_alice_asks_and_sees_how_it_goes(browser: Client, alice: User) -> None:
    order = dropped(alice)

    page = read(browser.post(ask_url(order), follow=True))

    refill = Refill.objects.get()
    assert (refill.state, refill.amount, refill.channel) == (RefillState.QUEUED, 1400, Channel.BROWSER)
    assert "Guaranteed 12,000, counted 10,600: 1,400 to refill." in page
    assert "Should begin by" in page
    assert reverse("refill_detail", args=[refill.pk]) in page_of(browser, order)
    assert f'action="{ask_url(order)}"' not in page_of(browser, order)


def test_a_refusal_stands_where_the_button_would_be(browser: Client, alice: User) -> None:
    order = dropped(alice, 9_999)

    page = page_of(browser, order)

    assert "The count is 9,999, below this order&#x27;s start of 10,000" in page
    assert f'href="{order.terms_version.get_absolute_url()}#K-57"' in page
    assert f'action="{ask_url(order)}"' not in page


@pytest.mark.clause("K-10", "K-54")
def test_an_order_without_guarantee_says_so_and_asking_keeps_nothing(browser: Client, alice: User) -> None:
    order = dropped(alice, service=make_service(guarantee_days=None))

    assert "This order was sold without refill." in page_of(browser, order)
    page = read(browser.post(ask_url(order), follow=True))

    assert "This order was sold without refill." in page
    assert not Refill.objects.exists()


@pytest.mark.clause("K-56")
def test_a_guarantee_that_is_over_says_when_it_ended(browser: Client, alice: User) -> None:
    order = delivered(alice, at=ago(days=30, minutes=1))
    shows(order, 10_600, at=ago(minutes=5))

    page = page_of(browser, order)

    assert "The guarantee is over" in page
    assert "The guarantee of this order (until" in page
    assert f'action="{ask_url(order)}"' not in page


def test_an_old_count_is_told_with_its_age_and_is_no_ground_for_a_no(browser: Client, alice: User) -> None:
    order = delivered(alice, at=ago(days=2))
    shows(order, 12_000, at=ago(days=1))

    page = page_of(browser, order)

    assert "Guaranteed 12,000. What the counter shows now is looked up when you ask." in page
    assert "Last counted: 12,000," in page
    assert f'action="{ask_url(order)}"' in page


def test_an_order_that_is_on_its_way_has_no_part_about_refills(browser: Client, alice: User) -> None:
    assert 'id="refill"' not in page_of(browser, taken(alice, quantity=500))


@pytest.mark.clause("A-34")
@pytest.mark.profile("alphasmm")
def test_alice_reads_behind_what_her_refill_would_wait(browser: Client, alice: User) -> None:
    order = dropped(alice)
    other = taken(alice, order.service, quantity=500, overlap_ticked=True, now=ago(minutes=1))

    assert f"Starts by itself after order #{other.pk} on the same count." in page_of(browser, order)
    page = read(browser.post(ask_url(order), follow=True))

    assert Refill.objects.get().state == RefillState.WAITING
    assert f"Starts by itself after order #{other.pk} on the same count." in page


# --- Many at once --------------------------------------------------------------------------------------------


@pytest.mark.clause("K-31")
def test_many_orders_are_asked_at_once_with_an_answer_each(browser: Client, alice: User) -> None:
    service = make_service()
    good = dropped(alice, service=service, link="@one")
    none = dropped(alice, 12_000, service=service, link="@two")
    bare = dropped(alice, service=make_service(guarantee_days=None), link="@three")
    numbers = [str(order.pk) for order in (bare, good, none)]

    before = read(browser.get(MANY, {"order": numbers}))
    assert before.index(f"#{good.pk}<") < before.index(f"#{none.pk}<") < before.index(f"#{bare.pk}<")
    assert "1,400 to refill" in before
    assert "12,000 are guaranteed: there is no drop" in before
    assert re.findall(r'name="order" value="(\d+)"', before) == [str(good.pk)]

    after = read(browser.post(MANY, {"order": numbers}))
    states = {refill.order_id: refill.state for refill in Refill.objects.all()}
    assert states == {good.pk: "queued", none.pk: "requested"}
    assert "This order was sold without refill." in after
    assert "Queued<" in after
    assert "Requested<" in after


def test_numbers_may_be_typed_and_those_of_others_are_unknown(
    browser: Client, alice: User, bob: User
) -> None:
    mine, other = dropped(alice), dropped(bob, link="@bob")

    page = read(browser.get(MANY, {"numbers": f"#{mine.pk}, {other.pk}\n{mine.pk}"}))

    assert "You have no order with these numbers:" in page
    assert f'value="{other.pk}"' not in page
    assert page.count(f'name="order" value="{mine.pk}"') == 1
    browser.post(MANY, {"order": str(other.pk)})
    assert not Refill.objects.exists()


def test_a_hundred_orders_may_be_asked_about_and_no_more(browser: Client, alice: User) -> None:
    too_many = "At most 100 orders can be asked about at once."

    assert too_many not in read(browser.get(MANY, {"numbers": " ".join(map(str, range(100)))}))
    assert too_many in read(browser.get(MANY, {"numbers": " ".join(map(str, range(101)))}))


def test_delivered_orders_with_a_guarantee_can_be_ticked_in_the_list(browser: Client, alice: User) -> None:
    service = make_service()
    done = dropped(alice, service=service, link="@one")
    bare = dropped(alice, service=make_service(guarantee_days=None), link="@two")
    going = taken(alice, service, quantity=500, link="@three")

    page = read(browser.get(reverse("order_list")))

    assert f'id="pick-{done.pk}"' in page
    assert f'id="pick-{bare.pk}"' not in page
    assert f'id="pick-{going.pk}"' not in page


# --- The list and one refill ---------------------------------------------------------------------------------


def test_the_list_filters_and_finds(browser: Client, alice: User) -> None:
    first, second = dropped(alice, link="@one"), dropped(alice, 12_000, link="@two")
    going = asked(first, at=timezone.now())
    no = refused(second)

    def shown(**wanted: str) -> set[str]:
        return set(re.findall(r'href="/refills/(\d+)/"', browser.get(LIST, wanted).content.decode()))

    assert shown() == {str(going.pk), str(no.pk)}
    assert shown(look="open") == {str(going.pk)}
    assert shown(look="no") == {str(no.pk)}
    assert shown(look="completed") == set()
    assert shown(q=str(second.pk)) == {str(no.pk)}
    assert shown(q="@one") == {str(going.pk)}
    assert shown(look="nonsense") == {str(going.pk), str(no.pk)}


def test_the_list_costs_the_same_for_one_and_for_many(
    browser: Client, alice: User, django_assert_max_num_queries
) -> None:
    for number in range(6):
        asked(dropped(alice, link=f"@name{number}"), at=timezone.now())
    browser.get(LIST)

    with django_assert_max_num_queries(12):
        assert browser.get(LIST).status_code == 200


def test_a_page_that_asks_again_is_told_only_what_is_new(browser: Client, alice: User) -> None:
    refill = asked(dropped(alice), at=timezone.now())
    url = reverse("refill_detail", args=[refill.pk])
    again = re.search(r'hx-get="(/refills/[^"]+)"', browser.get(url).content.decode())[1]

    assert browser.get(again, headers={"HX-Request": "true"}).status_code == 204
    with transaction.atomic():
        close(locked(refill.pk), RefillState.REJECTED, RejectedUpstream(), now=timezone.now())
    page = browser.get(again, headers={"HX-Request": "true"})

    assert page.status_code == 200
    assert "Rejected" in read(page)
    assert "hx-trigger" not in read(page)


@pytest.mark.clause("K-58")
def test_a_rejected_refill_is_no_money_and_may_be_asked_again(browser: Client, alice: User) -> None:
    order = dropped(alice)
    refill = asked(order, at=timezone.now())
    before = balance_of(alice)
    with transaction.atomic():
        close(locked(refill.pk), RefillState.REJECTED, RejectedUpstream(), now=timezone.now())

    page = read(browser.get(reverse("refill_detail", args=[refill.pk])))

    assert "You may ask again while the guarantee lasts; it never becomes money." in page
    assert f'href="{ask_url(order)}"' in page
    assert f'action="{ask_url(order)}"' in page_of(browser, order)
    assert balance_of(alice) == before


@pytest.mark.clause("K-59", "K-60")
def test_more_speed_can_be_asked_for_strictly_after_the_start_was_due(browser: Client, alice: User) -> None:
    refill = asked(dropped(alice), at=timezone.now())
    url = reverse("refill_detail", args=[refill.pk])
    speed_up = reverse("refill_speed_up", args=[refill.pk])
    assert speed_up not in read(browser.get(url))
    assert "Afterwards you can ask to speed it up." in read(browser.post(speed_up, follow=True))
    assert not has_open_wish(refill)

    Refill.objects.filter(pk=refill.pk).update(start_due_at=ago(seconds=1))
    assert speed_up in read(browser.get(url))
    page = read(browser.post(speed_up, {"text": "please hurry"}, follow=True))

    assert "You asked; our staff are at it." in page
    assert has_open_wish(refill)
    assert "already; our staff are at it." in read(browser.post(speed_up, follow=True))


def test_nobody_else_sees_or_asks(browser: Client, bob: User) -> None:
    order = dropped(bob, link="@bob")
    refill = asked(order, at=timezone.now())

    for page in (reverse("refill_detail", args=[refill.pk]), ask_url(order)):
        assert browser.get(page).status_code == 404
    assert browser.post(ask_url(order)).status_code == 404
    assert browser.post(reverse("refill_speed_up", args=[refill.pk])).status_code == 404
    assert browser.get(reverse("refill_speed_up", args=[refill.pk])).status_code == 405
    assert f"/refills/{refill.pk}/" not in read(browser.get(LIST))


def test_a_stranger_signs_in_first(client: Client, terms) -> None:
    for page in (LIST, MANY, reverse("refill_ask", args=[1]), reverse("refill_detail", args=[1])):
        assert reverse("account_login") in client.get(page)["Location"]
