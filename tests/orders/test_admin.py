"""What staff see of orders, and the buttons that they press."""

import re
from decimal import Decimal

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from billing.ledger import balance_of, house_balance
from billing.routes import AccountKind
from orders.models import Order, Review
from orders.states import OrderState
from providers import health
from providers.dispatch import DispatchState
from providers.gateway import Accepted, ReportedState, Unknown
from tests.factories import NOW, make_customer, make_order, make_provider, make_service
from tests.orders.stories import answered, events, report, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

CHARGE = Decimal("1.52337300")
ORDERS = reverse("admin:orders_order_changelist")
SUBMISSIONS = reverse("admin:orders_submission_changelist")
BRAKES = reverse("admin:orders_refundbrake_changelist")


@pytest.fixture
def office(sam) -> Client:
    browser = Client()
    browser.force_login(sam)
    return browser


def clerk(*rights: str) -> Client:
    """Somebody who works here and may do these things only."""
    person = make_customer("clerk@example.com", is_staff=True)
    person.user_permissions.set(Permission.objects.filter(codename__in=rights))
    assert person.user_permissions.count() == len(rights)
    browser = Client()
    browser.force_login(person)
    return browser


def page_of(row) -> str:
    return reverse(f"admin:orders_{row._meta.model_name}_change", args=[row.pk])


def door(row, decision: str, *more) -> str:
    numbers = ",".join(str(one.pk) for one in (row, *more))
    return reverse(f"admin:orders_{row._meta.model_name}_decide", args=[decision]) + f"?rows={numbers}"


def read(page) -> str:
    return re.sub(r"\s+", " ", page.content.decode())


def unanswered(alice, service=None, **fields) -> Order:
    return answered(make_order(alice, service, **fields), Unknown("the answer was cut off", "<html>"))


def now_says(order) -> tuple[str, str, Decimal]:
    order.refresh_from_db()
    return order.state, order.submission.state, order.refunded


# ---------------------------------------------------------------- Looking


def test_the_list_says_what_staff_look_for(office, alice):
    order = report(started(alice), ReportedState.PARTIAL, 567)

    page = read(office.get(ORDERS))

    for words in (f"#{order.pk}<", "alice@example.com", "Partial", "$1.523373", "$0.6999615"):
        assert words in page


def test_the_page_of_an_order_tells_its_whole_story(office, alice):
    order = report(started(alice), ReportedState.PARTIAL, 567, raw="status=Partial remains=567")

    page = read(office.get(page_of(order)))

    for words in (
        "https://www.instagram.com/alice.studio",
        "status=Partial remains=567",
        f"order:{order.pk}:charge",
        f"order:{order.pk}:refund:0.6999615",
        order.submission.external_id,
        "Upstream",
    ):
        assert words in page


def test_nothing_of_an_order_can_be_typed_into(office, alice):
    order = started(alice)
    facts = {"state": "completed", "charge": "0.01", "refunded": "1", "link": "https://example.com/"}

    for row in (order, order.submission):
        page = read(office.get(page_of(row)))
        assert 'name="_save"' not in page
        assert not re.search(
            r'<(input|textarea|select)[^>]* name="(state|charge|refunded|link|quantity)"', page
        )
        assert office.post(page_of(row), facts).status_code == 403

    order.refresh_from_db()
    assert (order.state, order.charge, order.refunded) == ("in_progress", CHARGE, 0)


@pytest.mark.parametrize("kind", ["order", "submission"])
def test_orders_are_neither_added_nor_deleted_by_hand(office, alice, kind):
    order = make_order(alice)
    row = order if kind == "order" else order.submission

    assert office.get(reverse(f"admin:orders_{kind}_add")).status_code == 403
    delete = reverse(f"admin:orders_{kind}_delete", args=[row.pk])
    assert office.post(delete, {"post": "yes"}).status_code == 403
    assert "delete_selected" not in read(office.get(reverse(f"admin:orders_{kind}_changelist")))


def found(office, address: str, **asked: str) -> set[int]:
    page = office.get(address, asked)
    assert page.status_code == 200
    return {row.pk for row in page.context["cl"].result_list}


def test_an_order_is_found_by_number_link_name_address_and_the_providers_number(office, alice, bob):
    hers = taken(alice)
    his = taken(bob, link="https://www.instagram.com/bob.bikes/")

    assert found(office, ORDERS) == {hers.pk, his.pk}
    assert found(office, ORDERS, q=str(hers.pk)) == {hers.pk}
    assert found(office, ORDERS, q=f"#{his.pk}") == {his.pk}
    assert found(office, ORDERS, q=his.submission.external_id) == {his.pk}
    assert found(office, ORDERS, q="https://instagram.com/bob.bikes") == {his.pk}
    assert found(office, ORDERS, q="@alice.studio") == {hers.pk}
    assert found(office, ORDERS, q="Bob@Example.com") == {his.pk}
    for nothing in (
        "nobody@example.com",
        "9" * 30,
        "999999999",
        "https://",
        "\N{DIGIT ONE}\N{SUPERSCRIPT TWO}",
    ):
        assert found(office, ORDERS, q=nothing) == set()


def test_a_submission_is_found_by_either_number(office, alice):
    order = taken(alice)

    for words in (str(order.pk), f"#{order.pk}", order.submission.external_id):
        assert found(office, SUBMISSIONS, state="all", q=words) == {order.submission.pk}
    assert found(office, SUBMISSIONS, state="all", q="9" * 30) == set()


def test_orders_are_sifted_by_what_is_to_be_looked_at(office, alice):
    quiet = started(alice)
    odd = report(started(alice, link="https://www.instagram.com/second/"), None)
    assert odd.review == Review.UNKNOWN_WORD

    assert found(office, ORDERS, look="any") == {odd.pk}
    assert found(office, ORDERS, look="unknown_word") == {odd.pk}
    assert found(office, ORDERS, look="silent") == set()
    assert found(office, ORDERS, state__exact="in_progress") == {quiet.pk, odd.pk}
    assert found(office, ORDERS, state__exact="completed") == set()


def test_submissions_open_with_what_nobody_knows(office, alice):
    known = taken(alice)
    unknown = unanswered(alice, link="https://www.instagram.com/second/")

    assert found(office, SUBMISSIONS) == {unknown.submission.pk}
    assert found(office, SUBMISSIONS, state="accepted") == {known.submission.pk}
    assert found(office, SUBMISSIONS, state="all") == {known.submission.pk, unknown.submission.pk}
    page = read(office.get(SUBMISSIONS))
    assert "the answer was cut off" in page
    assert "March 2, 2026, noon" in page  # 24 hours after the answer that was none.


@pytest.mark.parametrize("address", [ORDERS, SUBMISSIONS + "?state=all"])
def test_a_longer_list_asks_the_database_no_more_often(office, alice, address):
    def questions() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert office.get(address).status_code == 200
        return len(asked)

    service = make_service()
    taken(alice, service)
    questions()
    few = questions()
    for number in range(5):
        taken(alice, service, link=f"https://www.instagram.com/account{number}/")

    assert questions() == few <= 12


def test_a_longer_story_asks_the_database_no_more_often(office, alice):
    order = started(alice)
    office.get(page_of(order))
    with CaptureQueriesContext(connection) as few:
        office.get(page_of(order))
    for step in (ReportedState.PROCESSING, ReportedState.IN_PROGRESS) * 3:
        report(order, step)

    with CaptureQueriesContext(connection) as many:
        office.get(page_of(order))

    assert len(many) == len(few)


# ---------------------------------------------------------------- Orders


def test_sam_ends_an_order_and_it_is_on_record(office, sam, alice):
    order = started(alice)
    assert door(order, "settle") in read(office.get(page_of(order))).replace("%2C", ",")

    told = {"state": "partial", "remains": "567", "note": "the provider wrote to us"}
    page = read(office.post(door(order, "settle"), told, follow=True))

    assert f"Order #{order.pk} is “Partial” now; $0.6999615 went back to alice@example.com." in page
    assert now_says(order) == ("partial", "accepted", Decimal("0.69996150"))
    assert order.events.latest("pk").actor == sam
    entry = LogEntry.objects.get()
    assert (entry.user, entry.object_id) == (sam, str(order.pk))
    assert entry.change_message == "End the order: the provider wrote to us"


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"state": "partial", "remains": "", "note": "why"}, "Say how many units were not delivered."),
        ({"state": "completed", "remains": "5", "note": "why"}, "Only a partial order has a rest."),
        ({"state": "partial", "remains": "1234", "note": "why"}, "the rest is between 1 and 1233"),
        ({"state": "partial", "remains": "0", "note": "why"}, "greater than or equal to 1"),
        ({"state": "completed", "note": ""}, "This field is required."),
        ({"state": "completed", "note": "x" * 201}, "at most 200 characters"),
        ({"state": "pending", "note": "why"}, "Select a valid choice."),
        ({"note": "why"}, "This field is required."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_moves(office, alice, told, words):
    order = started(alice)

    page = office.post(door(order, "settle"), told)

    assert page.status_code == 200
    assert words in read(page)
    assert now_says(order) == ("in_progress", "accepted", 0)
    assert not LogEntry.objects.exists()


def test_the_page_says_what_will_happen_before_it_does(office, alice):
    order = started(alice)

    page = read(office.get(door(order, "settle")))

    assert "What was not delivered goes back" in page
    assert "alice@example.com" in page
    assert "$1.523373" in page
    assert now_says(order) == ("in_progress", "accepted", 0)


def test_several_orders_are_ended_at_once_and_who_cannot_be_is_named(office, alice):
    service = make_service()
    first = started(alice, service)
    second = started(alice, service, link="https://www.instagram.com/second/")
    unknown = unanswered(alice, service, link="https://www.instagram.com/third/")
    chosen = {"action": "settle", "_selected_action": [first.pk, second.pk, unknown.pk]}

    answer = office.post(ORDERS, chosen)
    page = read(
        office.post(answer["Location"], {"state": "cancelled", "note": "service is gone"}, follow=True)
    )

    assert "End the order: done for 2 of 3." in page
    assert f"Nobody knows yet whether the provider has order #{unknown.pk}" in page
    assert now_says(first)[0] == now_says(second)[0] == "cancelled"
    assert now_says(unknown) == ("processing", "uncertain", 0)
    assert LogEntry.objects.count() == 2


def test_the_provider_is_asked_at_once(office, alice):
    order = taken(alice)

    page = read(office.post(door(order, "ask"), follow=True))

    assert f"The provider is being asked about order #{order.pk}." in page
    before = order.check_at
    order.refresh_from_db()
    assert order.check_at != before


def test_a_flag_is_cleared_with_a_reason(office, sam, alice):
    order = report(started(alice), None)

    assert "This field is required." in read(office.post(door(order, "clear"), {"note": ""}))
    office.post(door(order, "clear"), {"note": "they mean delivering"})

    order.refresh_from_db()
    assert order.review == ""
    assert order.events.latest("pk").note == "they mean delivering"


def test_a_link_is_freed(office, alice):
    order = started(alice)

    page = read(office.post(door(order, "free"), {"note": "stuck for a week"}, follow=True))

    assert f"The link of order #{order.pk} can be ordered for again." in page
    assert not order.claims.exists()


def test_buttons_are_shown_where_they_lead_somewhere(office, alice):
    def buttons(row) -> set[str]:
        return set(re.findall(r"/decide/(\w+)/", read(office.get(page_of(row)))))

    order = make_order(alice)
    assert buttons(order) == {"settle", "free", "fault", "note_count"}
    assert buttons(order.submission) == set()
    answered(order, Unknown("no answer", ""))
    assert buttons(order) == {"free", "fault", "note_count"}
    assert buttons(order.submission) == {"found", "resend", "refund", "write_off"}
    other = report(taken(alice, link="https://www.instagram.com/second/"), None)
    assert buttons(other) == {"settle", "ask", "clear", "free", "fault", "note_count"}
    report(other, ReportedState.CANCELLED, 1234)
    assert buttons(other) == {"ask", "note_count"}


# ---------------------------------------------------------------- Submissions


def test_found_there_goes_on_under_its_number(office, alice):
    order = unanswered(alice)

    page = read(
        office.post(door(order.submission, "found"), {"external_id": "4711", "note": "seen"}, follow=True)
    )

    assert f"Order #{order.pk} goes on under the provider&#x27;s number 4711." in page
    assert now_says(order) == ("processing", "accepted", 0)
    assert order.submission.external_id == "4711"


def test_a_number_of_another_order_is_refused(office, alice):
    service = make_service()
    other = taken(alice, service, link="https://www.instagram.com/second/")
    order = unanswered(alice, service)
    told = {"external_id": other.submission.external_id, "note": "seen"}

    page = office.post(door(order.submission, "found"), told)

    assert page.status_code == 200
    assert "already belongs to another order" in read(page)
    assert now_says(order) == ("processing", "uncertain", 0)


def test_not_there_is_sent_again(office, alice):
    order = unanswered(alice)

    office.post(door(order.submission, "resend"), {"note": "their support says no"})

    assert now_says(order) == ("pending", "due", 0)
    assert answered(order, Accepted("4711", ""), now=order.submission.due_at).submission.state == "accepted"


def test_not_there_is_refunded(office, sam, alice):
    order = unanswered(alice)

    page = read(office.post(door(order.submission, "refund"), {"note": "not there"}, follow=True))

    assert f"Order #{order.pk} is cancelled; $1.523373 went back to alice@example.com." in page
    assert now_says(order) == ("cancelled", "rejected", CHARGE)
    assert order.events.latest("pk").actor == sam
    assert house_balance(AccountKind.UNKNOWN_LOSS) == 0


def test_a_write_off_is_our_loss(office, alice):
    order = unanswered(alice)

    office.post(door(order.submission, "write_off"), {"note": "nobody answers there"})

    assert now_says(order) == ("cancelled", "rejected", CHARGE)
    assert balance_of(alice) == 100
    assert house_balance(AccountKind.UNKNOWN_LOSS) == Decimal("-1.1106")


def test_many_are_refunded_after_one_reason(office, alice):
    service = make_service()
    orders = [unanswered(alice, service, link=f"https://www.instagram.com/account{n}/") for n in range(3)]
    chosen = {"action": "refund", "_selected_action": [order.submission.pk for order in orders]}

    answer = office.post(SUBMISSIONS, chosen)
    assert "#" + str(orders[2].pk) in read(office.get(answer["Location"]))
    assert all(now_says(order)[1] == DispatchState.UNCERTAIN for order in orders)
    page = read(office.post(answer["Location"], {"note": "they lost the day"}, follow=True))

    assert "Not there: refund: done for 3 of 3." in page
    assert {now_says(order) for order in orders} == {("cancelled", "rejected", CHARGE)}
    assert balance_of(alice) == 100


def test_only_what_suits_many_is_offered_for_many(office, alice):
    order = unanswered(alice)
    other = unanswered(alice, link="https://www.instagram.com/second/")

    actions = set(re.findall(r'<option value="(\w+)">', read(office.get(SUBMISSIONS))))

    assert actions == {"refund", "write_off"}
    told = {"external_id": "4711", "note": "seen"}
    assert office.post(door(order.submission, "found", other.submission), told).status_code == 404


def test_what_was_decided_meanwhile_is_not_decided_again(office, alice):
    order = unanswered(alice)
    address = door(order.submission, "refund")
    office.post(address, {"note": "not there"})

    page = office.post(address, {"note": "a second click"})

    assert f"The outcome of order #{order.pk} is known by now." in read(page)
    assert events(order).count("not_placed") == 1
    assert balance_of(alice) == 100


# ---------------------------------------------------------------- Brakes


def test_releasing_a_brake_pays_what_waited(office, alice):
    order = started(alice)
    brake = order.submission.provider
    health.trip_brake(brake, now=NOW)
    report(order, ReportedState.CANCELLED, 1234)
    assert now_says(order) == ("in_progress", "accepted", 0)

    page = read(office.get(BRAKES))
    assert "Upstream" in page
    assert f"look=brake&amp;submission__provider__id__exact={brake.pk}" in page
    release = reverse("admin:orders_refundbrake_decide", args=["release"]) + f"?rows={brake.pk}"
    page = read(office.post(release, {"note": "they confirmed it"}, follow=True))

    assert "The brake is released; 1 refund that waited is paid." in page
    assert now_says(order) == ("cancelled", "accepted", CHARGE)
    brake.refresh_from_db()
    assert brake.brake_tripped_at is None
    assert LogEntry.objects.get().change_message == "Release the brake and pay: they confirmed it"


def test_only_tripped_brakes_are_listed(office, alice):
    make_provider("Calm")

    assert "Calm" not in read(office.get(BRAKES))


# ---------------------------------------------------------------- Rights


def test_looking_gives_no_buttons(alice):
    order = unanswered(alice)
    browser = clerk("view_order", "view_submission")

    for row in (order, order.submission):
        assert "/decide/" not in read(browser.get(page_of(row)))
    assert 'name="action"' not in read(browser.get(SUBMISSIONS))
    for decision in ("settle", "ask", "clear", "free"):
        assert browser.post(door(order, decision), {"note": "why", "state": "cancelled"}).status_code == 403
    for decision in ("found", "resend", "refund", "write_off"):
        told = {"note": "why", "external_id": "1"}
        assert browser.post(door(order.submission, decision), told).status_code == 403
    assert browser.get(BRAKES).status_code == 403
    assert now_says(order) == ("processing", "uncertain", 0)


def test_handling_orders_moves_no_money(alice):
    order = report(started(alice), None)
    browser = clerk("view_order", "handle_order")

    assert browser.post(door(order, "clear"), {"note": "fine"}).status_code == 302
    assert browser.post(door(order, "settle"), {"state": "cancelled", "note": "why"}).status_code == 403
    assert now_says(order)[0] == OrderState.IN_PROGRESS


def test_a_button_without_the_right_to_look_is_no_way_in(alice):
    order = started(alice)
    browser = clerk("settle_order")

    assert browser.post(door(order, "settle"), {"state": "cancelled", "note": "why"}).status_code == 403


def test_customers_do_not_come_in(alice):
    order = started(alice)
    browser = Client()
    browser.force_login(alice)

    for address in (ORDERS, SUBMISSIONS, BRAKES, page_of(order), door(order, "settle")):
        assert browser.post(address, {"state": "completed", "note": "please"}).status_code == 302
    assert now_says(order)[0] == OrderState.IN_PROGRESS


@pytest.mark.parametrize("rows", ["", "x", "1,x", "999999999", "9" * 25, ",".join(["1"] * 101), "-1", "²"])
def test_a_door_without_rows_leads_nowhere(office, alice, rows):
    address = reverse("admin:orders_order_decide", args=["settle"])

    assert office.get(address, {"rows": rows}).status_code == 404


def test_an_unknown_decision_is_no_page(office, alice):
    assert office.get(reverse("admin:orders_order_decide", args=["steal"]) + "?rows=1").status_code == 404
