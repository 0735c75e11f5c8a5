"""Refills for a reseller's program: asked, refused and followed in the shapes that the trade expects."""

from datetime import timedelta

import pytest

from orders.models import Channel, Condition
from providers.gateway import ReportedState
from refills import judging
from refills.models import Refill
from refills.states import RefillState
from tests.factories import NOW, give, make_order, make_service
from tests.orders.stories import report, taken
from tests.refills.stories import NEXT_DAY, delivered, shows

pytestmark = pytest.mark.django_db(transaction=True)

REFUSED = "You are not eligible to send refill request."
UNKNOWN_ORDER = {"error": "Incorrect order ID"}
UNKNOWN_REFILL = {"error": "Refill not found"}


@pytest.fixture
def call(call, time_machine):
    """Whoever calls does it a day after the delivery."""
    time_machine.move_to(NEXT_DAY, tick=False)
    return call


def link_of(number):
    return f"https://www.instagram.com/alice.{number}/"


def dropped(customer, number=1, *, count=10_600, service=None):
    """An order of 2,000 on 10,000, of which something is gone the next day."""
    order = delivered(customer, service or make_service(provider_refills=True), link=link_of(number))
    shows(order, count)
    return order


def test_one_order_is_answered_with_its_refill_as_a_text(call, alice):
    order = dropped(alice)

    answer = call("refill", order=order.pk)

    refill = Refill.objects.get()
    assert answer == {"refill": str(refill.pk)}
    assert (refill.order, refill.amount, refill.channel) == (order, 1400, Channel.API)


@pytest.mark.clause("K-31")
def test_several_are_an_array_of_numbers_with_an_entry_for_each_one_asked_for(call, alice):
    first, second = dropped(alice, 1), dropped(alice, 2)

    answer = call("refill", orders=f"{second.pk},99999,{first.pk},x,{second.pk}")

    assert answer == [
        {"order": second.pk, "refill": Refill.objects.get(order=second).pk},
        {"order": 99999, "refill": UNKNOWN_ORDER},
        {"order": first.pk, "refill": Refill.objects.get(order=first).pk},
        {"order": "x", "refill": UNKNOWN_ORDER},
    ]


def test_one_order_in_the_field_for_several_is_an_array_too(call, alice):
    order = dropped(alice)

    assert call("refill", orders=order.pk) == [{"order": order.pk, "refill": Refill.objects.get().pk}]


def test_several_orders_in_the_field_for_one_are_an_array(call, alice):
    order = dropped(alice)

    assert [item["order"] for item in call("refill", order=f"{order.pk},99999")] == [order.pk, 99999]


def test_an_order_named_twice_in_two_ways_has_one_refill(call, alice):
    order = dropped(alice)

    answer = call("refill", orders=f"{order.pk},0{order.pk}")

    number = Refill.objects.get().pk
    assert answer == [{"order": order.pk, "refill": number}, {"order": order.pk, "refill": number}]


def test_an_empty_list_is_an_empty_array(call):
    assert call("refill", orders="") == []
    assert call("refill_status", refills="") == []


def test_an_unknown_order_is_incorrect(call):
    assert call("refill", order="99999") == UNKNOWN_ORDER
    assert call("refill", order="x") == UNKNOWN_ORDER


def test_somebody_elses_order_is_unknown_and_stays_without_refill(call, bob):
    order = dropped(bob)

    assert call("refill", order=order.pk) == UNKNOWN_ORDER
    assert call("refill", orders=order.pk) == [{"order": order.pk, "refill": UNKNOWN_ORDER}]
    assert not Refill.objects.exists()


@pytest.mark.clause("K-54")
def test_a_refusal_is_the_trades_string_with_code_and_clause_beside_it(call, alice):
    order = dropped(alice, service=make_service(guarantee_days=None))
    error = {
        "error": REFUSED,
        "code": "no_guarantee",
        "message": "This order was sold without refill.",
        "clause": "K-10, K-54",
    }

    assert call("refill", order=order.pk) == error
    assert call("refill", orders=order.pk) == [{"order": order.pk, "refill": error}]


def test_what_a_count_refuses_at_once_reads_the_same_and_is_kept(call, alice):
    order = dropped(alice, count=12_000)

    answer = call("refill", order=order.pk)

    assert (answer["error"], answer["code"], answer["clause"]) == (REFUSED, "no_drop", "K-56, K-57")
    assert "12,000" in answer["message"]
    assert Refill.objects.get().state == RefillState.REFUSED


def test_asking_again_while_one_runs_names_it(call, alice):
    order = dropped(alice)
    number = call("refill", order=order.pk)["refill"]

    answer = call("refill", order=order.pk)

    assert (answer["error"], answer["code"]) == (REFUSED, "refill_running")
    assert f"#{number}" in answer["message"]
    assert Refill.objects.count() == 1


@pytest.mark.clause("K-31")
def test_ten_orders_at_once_get_ten_answers_of_their_own(call, alice, bob):
    """One of each kind, and none changes another."""
    give(alice, cash="20")
    ten_days = make_service(guarantee_days=10)
    orders = [
        dropped(alice, 1),
        dropped(alice, 2, count=12_000),
        dropped(alice, 3, count=9_999),
        dropped(alice, 4, service=make_service(guarantee_days=None)),
        delivered(alice, ten_days, link=link_of(5), at=NOW - timedelta(days=10)),
        delivered(alice, link=link_of(6), start=20_000, quantity=1999),
        report(taken(alice, link=link_of(7)), ReportedState.IN_PROGRESS, start_count=10),
        report(taken(alice, link=link_of(8)), ReportedState.CANCELLED, 1234),
        delivered(alice, link=link_of(9)),
        dropped(bob, 10),
    ]
    shows(orders[8], None, condition=Condition.PRIVATE)

    answers = call("refill", orders=",".join(str(order.pk) for order in reversed(orders)))

    assert [answer["order"] for answer in answers] == [order.pk for order in reversed(orders)]
    outcomes = [answer["refill"] for answer in reversed(answers)]
    assert outcomes[0] == Refill.objects.get(order=orders[0]).pk
    assert [outcome.get("code", outcome["error"]) for outcome in outcomes[1:]] == [
        "no_drop",
        "below_start",
        "no_guarantee",
        "window_over",
        "share_too_small",
        "not_delivered_yet",
        "not_delivered_yet",
        "private",
        "Incorrect order ID",
    ]
    assert Refill.objects.open().count() == 1


def test_a_refill_says_how_it_goes_in_the_words_of_the_trade(call, alice):
    refill = Refill.objects.get(pk=call("refill", order=dropped(alice).pk)["refill"])

    assert call("refill_status", refill=refill.pk) == {"status": "Pending"}
    for state, word in [
        (RefillState.SENT, "Pending"),
        (RefillState.IN_PROGRESS, "In progress"),
        (RefillState.COMPLETED, "Completed"),
    ]:
        refill.move_to(state, waits_for="", closed_at=NEXT_DAY if word == "Completed" else None)
        assert call("refill_status", refill=refill.pk) == {"status": word}


def test_several_refills_are_an_array_with_an_entry_for_each_one_asked_for(call, alice, bob):
    mine = call("refill", order=dropped(alice).pk)["refill"]
    theirs = judging.judge(
        Refill.objects.create(
            order=(order := dropped(bob)),
            customer=bob,
            counter_key=order.counter_key,
            channel=Channel.BROWSER,
            asked_at=NEXT_DAY,
            counts_from=NOW,
        ).pk,
        now=NEXT_DAY,
    )

    answer = call("refill_status", refills=f"x,{theirs.pk},{mine},99999")

    assert answer == [
        {"refill": "x", "status": UNKNOWN_REFILL},
        {"refill": theirs.pk, "status": UNKNOWN_REFILL},
        {"refill": int(mine), "status": "Pending"},
        {"refill": 99999, "status": UNKNOWN_REFILL},
    ]
    assert call("refill_status", refill=theirs.pk) == UNKNOWN_REFILL


def test_what_was_refused_later_says_why_beside_its_status(call, alice):
    order = delivered(alice, link=link_of(1))
    number = call("refill", order=order.pk)["refill"]
    shows(order, 9_999)
    judging.judge(int(number), now=NEXT_DAY)

    answer = call("refill_status", refill=number)

    assert (answer["status"], answer["code"]) == ("Rejected", "below_start")
    assert "9,999" in answer["message"]
    assert "error" not in answer


@pytest.mark.clause("A-34")
@pytest.mark.profile("alphasmm")
def test_what_waits_says_what_it_waits_for(call, alice):
    order = dropped(alice)
    other = make_order(alice, now=NEXT_DAY, link=link_of(1))

    number = call("refill", order=order.pk)["refill"]
    answer = call("refill_status", refill=number)

    assert (answer["status"], answer["code"], answer["clause"]) == ("Pending", "waiting", "A-34")
    assert f"#{other.pk}" in answer["message"]


def test_a_hundred_are_answered_and_one_more_is_refused(call):
    def numbers(count):
        return ",".join(str(number) for number in range(90_001, 90_001 + count))

    assert len(call("refill", orders=numbers(100))) == 100
    assert call("refill", orders=numbers(101)) == {"error": "Maximum 100 orders"}
    assert len(call("refill_status", refills=numbers(100))) == 100
    assert call("refill_status", refills=numbers(101)) == {"error": "Maximum 100 refills"}
