"""The queue of refills in the administration: everything that a person needs to decide, and the buttons that do."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notice, User
from orders.models import Order, Sighting, SightingSource
from panel.staff_groups import make_groups
from providers.dispatch import DispatchState
from refills.figures import figures_of_services
from refills.hastening import ask_to_speed_up, has_open_wish
from refills.models import Refill, RefillSubmission
from refills.moderating import complete_by_hand
from refills.states import RefillState, WaitsFor
from tests.factories import after, make_customer, make_service
from tests.refills.stories import NEXT_DAY, asked, delivered, happened, shows

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

LIST = "admin:refills_refill_changelist"


def browser_of(person: User) -> Client:
    browser = Client()
    browser.force_login(person)
    return browser


def read(answer) -> str:
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def press(browser: Client, refill: Refill, name: str, **told: str):
    address = reverse("admin:refills_refill_decide", args=[name])
    return browser.post(f"{address}?rows={refill.pk}", told, follow=True)


def page_of(browser: Client, refill: Refill) -> str:
    return read(browser.get(reverse("admin:refills_refill_change", args=[refill.pk])))


def listed(browser: Client, **query: str) -> str:
    return read(browser.get(reverse(LIST), query))


def line(refill: Refill) -> str:
    return reverse("admin:refills_refill_change", args=[refill.pk])


@pytest.fixture
def waiting(alice: User) -> Refill:
    """Its start count is unknown, so nobody but staff can say what is missing."""
    order = delivered(alice, start=None)
    shows(order, 10_600)
    refill = asked(order)
    assert (refill.state, refill.waits_for) == (RefillState.REQUESTED, WaitsFor.STAFF)
    return refill


@pytest.fixture
def uncounted(alice: User) -> Refill:
    """Nobody has looked at its counter since it was delivered."""
    return asked(delivered(alice))


@pytest.fixture
def owed(alice: User) -> Refill:
    """Granted, of a service that its provider does not refill."""
    order = delivered(alice)
    shows(order, 10_600)
    refill = asked(order)
    assert (refill.state, refill.waits_for, refill.amount) == (RefillState.QUEUED, WaitsFor.STAFF, 1400)
    return refill


# --- The queue -----------------------------------------------------------------------------------------------


def test_the_queue_holds_what_waits_for_staff(sam: User, waiting: Refill) -> None:
    office = browser_of(sam)

    assert line(waiting) in listed(office)
    assert line(waiting) not in listed(office, queue="uncertain")
    assert line(waiting) in listed(office, queue="all")
    assert line(waiting) in listed(office, q=f"#{waiting.order_id}")
    assert line(waiting) in listed(office, q="alice@example.com")
    press(office, waiting, "reject", words="It was a test.")
    assert line(waiting) not in listed(office)
    assert line(waiting) in listed(office, queue="all")


def test_staff_take_a_refill_and_leave_it(sam: User, waiting: Refill) -> None:
    office = browser_of(sam)

    assert line(waiting) in listed(office, whose="nobody")
    press(office, waiting, "take")
    assert line(waiting) in listed(office, whose="mine")
    assert line(waiting) not in listed(office, whose="nobody")
    press(office, waiting, "leave")
    assert line(waiting) not in listed(office, whose="mine")


def test_the_list_costs_the_same_for_one_and_for_many(alice: User, sam: User) -> None:
    office = browser_of(sam)

    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            listed(office)
        return len(queries)

    def one_more(name: str) -> None:
        order = delivered(alice, start=None, link=f"https://www.instagram.com/{name}/")
        shows(order, 10_600)
        asked(order)

    one_more("first")
    listed(office)
    one = cost()
    for name in ("second", "third", "fourth"):
        one_more(name)

    assert cost() == one


# --- One refill ----------------------------------------------------------------------------------------------


@pytest.mark.clause("K-30", "K-33")
def test_the_page_shows_the_numbers_the_counts_and_the_history_of_the_link(
    alice: User, bob: User, sam: User
) -> None:
    service = make_service()
    older = delivered(alice, service, start=7_000, quantity=3000, at=after(days=-3))
    order = delivered(alice, service)
    others = delivered(bob, service, quantity=500)
    shows(order, 12_000, at=order.closed_at)
    shows(order, 10_600)
    refill = asked(order)

    page = page_of(browser_of(sam), refill)

    for number in ("10,000", "2,000", "12,000", "10,600", "1,400"):
        assert number in page
    assert "<polyline" in page
    history, meanwhile = page.split("Open here meanwhile")
    assert reverse("admin:orders_order_change", args=[older.pk]) in history
    assert reverse("admin:orders_order_change", args=[others.pk]) in meanwhile
    assert "the same count: units may be mixed up" in meanwhile


def test_the_history_names_refills_that_were_asked_before(alice: User, sam: User) -> None:
    order = delivered(alice)
    shows(order, 12_000)
    refused = asked(order)
    assert refused.state == RefillState.REFUSED
    shows(order, 10_600, at=after(days=2))
    refill = asked(order, at=after(days=2))

    assert line(refused) in page_of(browser_of(sam), refill)


# --- Counts and grants ---------------------------------------------------------------------------------------


@pytest.mark.clause("K-30")
def test_a_count_that_staff_set_decides_by_the_terms(sam: User, uncounted: Refill) -> None:
    page = read(
        press(
            browser_of(sam),
            uncounted,
            "count",
            seen="myself",
            condition="public",
            count="10600",
            note="signed out",
        )
    )

    assert f"Refill #{uncounted.pk} is “Queued” now." in page
    uncounted.refresh_from_db()
    assert (uncounted.amount, uncounted.count, uncounted.counted_by) == (1400, Decimal(10_600), "staff")
    look = Sighting.objects.get(source=SightingSource.STAFF)
    assert (look.count, look.seen_by, look.note) == (10_600, sam, "I looked myself: signed out")
    assert Notice.objects.filter(customer=uncounted.customer, text__contains="1,400 are refilled").exists()


@pytest.mark.clause("K-57")
def test_a_count_without_a_drop_refuses(sam: User, uncounted: Refill) -> None:
    page = read(
        press(
            browser_of(sam),
            uncounted,
            "count",
            seen="screenshot",
            condition="public",
            count="12000",
            note="x",
        )
    )

    assert "there is no drop to refill" in page
    uncounted.refresh_from_db()
    assert (uncounted.state, uncounted.reason) == (RefillState.REFUSED, "no_drop")


@pytest.mark.clause("K-27", "K-28")
def test_a_link_that_staff_do_not_find_refuses(sam: User, uncounted: Refill) -> None:
    office = browser_of(sam)

    assert "Only a public count can be read." in read(
        press(office, uncounted, "count", seen="myself", condition="not_found", count="5", note="404")
    )
    assert "Say what it shows." in read(
        press(office, uncounted, "count", seen="myself", condition="public", count="", note="?")
    )
    press(office, uncounted, "count", seen="myself", condition="not_found", note="404")
    uncounted.refresh_from_db()
    assert (uncounted.state, uncounted.reason) == (RefillState.REFUSED, "link_not_working")


def test_where_no_count_can_tell_staff_grant_up_to_what_was_delivered(sam: User, waiting: Refill) -> None:
    office = browser_of(sam)

    refused = read(press(office, waiting, "grant", amount="2001", note="half"))
    assert "At most 2000 can be refilled" in refused.replace("2,000", "2000")
    press(office, waiting, "grant", amount="2000", note="by the screenshot")

    waiting.refresh_from_db()
    assert (waiting.state, waiting.amount) == (RefillState.QUEUED, 2000)
    event = waiting.events.get(what="granted")
    assert (event.actor, event.note) == (sam, "by the screenshot")


# --- Work by hand and doubt ----------------------------------------------------------------------------------


@pytest.mark.clause("K-59")
def test_what_no_provider_refills_staff_do_by_hand(alice: User, sam: User, owed: Refill) -> None:
    office = browser_of(sam)

    assert line(owed) in listed(office)
    press(office, owed, "begin", note="ordered at the other one")
    owed.refresh_from_db()
    assert owed.state == RefillState.IN_PROGRESS
    press(office, owed, "complete", note="saw 12,010")

    owed.refresh_from_db()
    assert owed.state == RefillState.COMPLETED
    customer = read(browser_of(alice).get(reverse("refill_detail", args=[owed.pk])))
    assert "What had dropped was brought back." in customer
    assert "saw 12,010" not in customer
    assert "ordered at the other one" not in customer
    assert Order.objects.get(pk=owed.order_id).refunded == 0


def test_a_refill_of_unknown_outcome_is_found_at_its_provider(alice: User, sam: User) -> None:
    refill = _uncertain(alice)
    office = browser_of(sam)

    assert line(refill) in listed(office, queue="uncertain")
    assert "decide that at its submission" in read(press(office, refill, "reject", words="no"))
    press(office, refill, "found", external_id="771", note="their list")

    submission = RefillSubmission.objects.get(refill=refill)
    assert (submission.state, submission.external_id) == (DispatchState.ACCEPTED, "771")
    assert line(refill) not in listed(office, queue="uncertain")


def test_a_refill_that_is_not_there_is_rejected_and_may_be_asked_anew(alice: User, sam: User) -> None:
    refill = _uncertain(alice)

    press(browser_of(sam), refill, "not_there", note="their support says so")

    refill.refresh_from_db()
    assert (refill.state, refill.reason) == (RefillState.REJECTED, "rejected_upstream")
    assert "their support" not in refill.answer


def _uncertain(customer: User) -> Refill:
    order = delivered(customer, make_service(provider_refills=True))
    shows(order, 10_600)
    refill = asked(order)
    refill.move_to(RefillState.SENT)
    Refill.objects.filter(pk=refill.pk).update(waits_for=WaitsFor.STAFF)
    RefillSubmission.objects.filter(refill=refill).update(
        state=DispatchState.UNCERTAIN, attempts=1, sent_at=NEXT_DAY, answered_at=NEXT_DAY, why="timeout"
    )
    return refill


@pytest.mark.clause("K-60")
def test_a_wish_for_speed_is_answered(alice: User, sam: User, owed: Refill) -> None:

    office = browser_of(sam)
    ask_to_speed_up(owed, text="It is late.", now=owed.start_due_at + timedelta(seconds=1))

    assert line(owed) in listed(office, queue="wish")
    press(office, owed, "wish", words="We begin today.")

    assert not has_open_wish(owed)
    assert line(owed) not in listed(office, queue="wish")
    assert "We begin today." in read(browser_of(alice).get(reverse("refill_detail", args=[owed.pk])))


# --- Who may -------------------------------------------------------------------------------------------------


def test_support_looks_and_does_not_decide(waiting: Refill) -> None:
    make_groups()
    person = make_customer("support@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name="support"))
    office = browser_of(person)

    assert "/decide/" not in page_of(office, waiting)
    assert press(office, waiting, "reject", words="no").status_code == 403
    assert office.get(reverse("admin:refills_refill_figures")).status_code == 200


def test_operations_decide(waiting: Refill) -> None:
    make_groups()
    person = make_customer("operations@example.com", is_staff=True)
    person.groups.add(Group.objects.get(name="operations"))
    office = browser_of(person)

    for name in ("count", "grant", "more", "reject", "take"):
        assert f"/decide/{name}/" in page_of(office, waiting)
    press(office, waiting, "more", words="Please show the whole page.")
    waiting.refresh_from_db()
    assert waiting.state == RefillState.NEEDS_INFO
    assert happened(waiting)[-1] == "needs_info"


def test_customers_see_none_of_it(alice: User, waiting: Refill) -> None:
    for address in (reverse(LIST), line(waiting), reverse("admin:refills_refill_figures")):
        assert browser_of(alice).get(address).status_code == 302


# --- Figures -------------------------------------------------------------------------------------------------


def test_the_figures_of_a_service_say_how_much_of_it_is_refilled(alice: User, sam: User) -> None:

    service = make_service()
    for name in ("first", "second", "third"):
        delivered(alice, service, link=f"https://www.instagram.com/{name}/")
    order = delivered(alice, service)
    shows(order, 10_600)
    complete_by_hand(asked(order).pk, by=sam, note="done", now=NEXT_DAY + timedelta(hours=60))

    (found,) = figures_of_services(now=after(days=10))

    assert (found.orders, found.asked, found.refilled, found.percent) == (4, 1, 1, 25)
    assert (found.units, found.delivered, found.units_percent) == (1400, 8000, 18)
    assert found.days_taken == "2.5"
    assert figures_of_services(now=after(days=90, seconds=1)) == []
