"""New orders where something has dropped: first the refill, then the next order, or what dropped is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.api_keys import create_key
from orders.claims import LinkBusy, RefillNotConfirmed, RefillRunning
from orders.conditions import conditions_of, stated_clauses
from orders.drops import DropNotConfirmed, UnrefilledDrop
from orders.models import Claim, Order
from orders.placing_many import check_many
from orders.states import OrderState
from providers.gateway import ReportedState
from refills.states import RefillState
from tests.factories import NOW, make_order, make_service, order_request, publish_terms
from tests.orders.stories import events, report, taken
from tests.refills.stories import NEXT_DAY, asked, brought_back, delivered, ended, refilled, shows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("books")]

MINUTE = timedelta(minutes=1)
POST = "https://www.instagram.com/p/CxYz12345Ab/"


def dropped(customer, *, at=NOW, seen_at=NEXT_DAY, count=1300, **fields) -> Order:
    """W-39: on 1,000 came 500, of which 200 are gone again."""
    order = delivered(customer, start=1000, quantity=500, at=at, **fields)
    shows(order, count, at=seen_at)
    return order


@pytest.mark.clause("K-32", "K-39")
def test_while_a_refill_runs_no_order_on_its_counter_is_taken(alice):
    order = dropped(alice)
    refill = asked(order)

    with pytest.raises(RefillRunning) as caught:
        make_order(alice, make_service(), now=NEXT_DAY)

    assert f"#{refill.pk}" in caught.value.text
    likes = make_service(metric="likes")
    assert make_order(alice, likes, link=POST, now=NEXT_DAY).state == OrderState.PENDING


def test_somebody_elses_refill_is_in_nobodys_way(alice, bob):
    order = dropped(alice)
    asked(order)

    assert make_order(bob, order.service, now=NEXT_DAY).state == OrderState.PENDING


@pytest.mark.worked("W-39")
@pytest.mark.clause("K-32", "K-33", "K-42")
def test_before_ordering_over_a_drop_the_customer_is_told_what_would_be_lost(alice):
    order = dropped(alice)

    with pytest.raises(DropNotConfirmed) as caught:
        make_order(alice, order.service, quantity=500, now=NEXT_DAY)
    assert f"200 of order #{order.pk} have dropped: the count is 1,300 instead of 1,500" in caught.value.text

    second = make_order(alice, order.service, quantity=500, now=NEXT_DAY, overlap_ticked=True)
    assert "over_a_drop" in events(second)
    assert not second.overlaps


@pytest.mark.worked("W-39")
@pytest.mark.clause("K-32", "K-33", "K-42", "K-34")
@pytest.mark.parametrize(
    ("metric", "link"), [("followers", "https://www.instagram.com/alice.studio/"), ("likes", POST)]
)
def test_first_complete_then_refill_then_order_loses_nothing(alice, metric, link):
    service = make_service(metric=metric)
    order = taken(alice, service, link=link, quantity=500)
    with pytest.raises(LinkBusy):
        make_order(alice, make_service(metric="other"), link=link, now=NOW)
    report(order, ReportedState.IN_PROGRESS, start_count=1000)
    ended(order, at=NOW + timedelta(hours=1))
    shows(order, 1300)
    with pytest.raises(DropNotConfirmed):
        make_order(alice, service, link=link, quantity=500, now=NEXT_DAY)

    refill = asked(order)
    assert refilled(refill) == (RefillState.QUEUED, 200, "")
    with pytest.raises(RefillRunning):
        make_order(alice, service, link=link, quantity=500, now=NEXT_DAY, overlap_ticked=True)

    brought_back(refill, at=NEXT_DAY + MINUTE)
    second = make_order(alice, service, link=link, quantity=500, now=NEXT_DAY + 2 * MINUTE)
    assert "over_a_drop" not in events(second)
    assert Claim.objects.filter(order=second, key=order.counter_key).exists()


def test_where_the_terms_want_the_refill_first_no_tick_helps(alice):
    publish_terms(changes={"overlap.unrefilled_drop": "block"})
    order = dropped(alice)

    with pytest.raises(UnrefilledDrop) as caught:
        make_order(alice, order.service, now=NEXT_DAY, overlap_ticked=True)
    assert caught.value.code == "unrefilled_drop"


@pytest.mark.profile("alphasmm")
def test_where_the_terms_ignore_drops_nobody_is_warned(alice):
    order = dropped(alice)

    assert make_order(alice, order.service, now=NEXT_DAY).state == OrderState.PENDING


@pytest.mark.clause("K-09", "K-56")
def test_only_a_drop_that_would_be_refilled_is_warned_of(alice):
    last = NOW + timedelta(days=30)
    order = dropped(alice, seen_at=last)

    with pytest.raises(DropNotConfirmed):
        make_order(alice, order.service, now=last)
    assert make_order(alice, order.service, now=last + timedelta(seconds=1)).pk


@pytest.mark.parametrize(
    ("count", "facts"),
    [
        (1500, {}),
        (999, {}),
        (1300, {"service": {"guarantee_days": None}}),
    ],
)
def test_no_drop_below_the_start_or_no_guarantee_warns_of_nothing(alice, count, facts):
    service = make_service(**facts.get("service", {}))
    dropped(alice, count=count, service=service)

    assert make_order(alice, service, now=NEXT_DAY).pk


@pytest.mark.clause("K-36")
def test_an_order_too_small_to_be_refilled_warns_of_nothing(alice):
    order = delivered(alice, start=20_000, quantity=1999)
    shows(order, 21_000)

    assert make_order(alice, order.service, now=NEXT_DAY).pk


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("K-32", "A-33")
def test_where_the_terms_only_warn_an_order_beside_a_refill_needs_a_tick(alice):
    order = dropped(alice)
    refill = asked(order)

    with pytest.raises(RefillNotConfirmed) as caught:
        make_order(alice, order.service, now=NEXT_DAY)
    assert f"#{refill.pk}" in caught.value.text

    second = make_order(alice, order.service, now=NEXT_DAY, overlap_ticked=True)
    assert second.overlaps
    assert Claim.objects.get(key=order.counter_key).refill_number == refill.pk


def test_lines_of_many_orders_are_told_of_drops_and_refills(alice):
    order = dropped(alice)
    [warned] = check_many(customer=alice, requests=[order_request(order.service)], now=NEXT_DAY)
    asked(order)
    [refused] = check_many(customer=alice, requests=[order_request(order.service)], now=NEXT_DAY)

    assert (warned.is_good, warned.asks_for_tick, warned.drop.code) == (True, True, "drop_warning")
    assert refused.refusal.code == "refill_running"


def typed(service) -> dict[str, str]:
    return {
        "service": str(service.pk),
        "link": "https://www.instagram.com/alice.studio/",
        "quantity": "500",
        "do": "check",
    }


@pytest.mark.clause("K-32", "K-42")
def test_the_order_form_leads_to_the_refill_first(client, alice):
    client.force_login(alice)
    now = timezone.now()
    order = dropped(alice, at=now - timedelta(days=1), seen_at=now - timedelta(hours=1))

    page = client.post("/orders/new/", typed(order.service))

    assert page.context["overlap_tick"].code == "drop_warning"
    assert f"/refills/ask/{order.pk}/" in page.content.decode()
    asked(order, at=now)
    page = client.post("/orders/new/", typed(order.service))
    assert [error.code for error in page.context["form"].errors.as_data()["link"]] == ["refill_running"]


@pytest.mark.clause("K-32")
def test_a_program_is_warned_in_the_answer(client, alice):
    now = timezone.now()
    order = dropped(alice, at=now - timedelta(days=1), seen_at=now - timedelta(hours=1))
    _row, key = create_key(customer=alice, label="program", now=now)

    answer = client.post(
        "/api/v2",
        {
            "key": str(key),
            "action": "add",
            "service": order.service_id,
            "link": order.link,
            "quantity": "500",
        },
    ).json()

    assert "200 of order" in answer["warning"]


@pytest.mark.clause("K-32", "K-41", "K-42")
@pytest.mark.parametrize(("profile", "is_said"), [("bestsmmkart", True), ("alphasmm", False)])
def test_before_ordering_it_is_said_what_counts_and_that_refills_come_first(profile, is_said):
    version = publish_terms(profile)

    said = conditions_of(make_service(), version.rules, stated_clauses(version))

    named = {clause for each in said for clause in each.clauses}
    assert ({"K-41", "K-42"} <= named) is is_said
