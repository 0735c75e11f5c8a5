"""What other terms would have decided for the orders that there were."""

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orders.models import Condition, Order, SightingSource
from orders.recalling import recall
from orders.rehearsing import QUESTIONS, rehearse
from orders.sightings import record_sighting
from providers.gateway import ReportedState
from terms.drafting import begin_from_version
from terms.models import TermsVersion
from terms.profiles import profile_named
from tests.factories import NOW, after, make_customer, make_order, make_service, publish_terms
from tests.orders.stories import report, started, taken

pytestmark = pytest.mark.django_db

A, K = (profile_named(name).policy for name in ("alphasmm", "bestsmmkart"))
TAKING, CONFIRMING, CANCELLING, REFUNDING, COVERING, COMPLETING, VANISHING, HASTENING = (
    str(question.label) for question in QUESTIONS
)


def rehearsed(policy):
    return rehearse(recall(), policy)


def changes(policy, label):
    """Order, decision before, decision under these rules."""
    return [
        (one.recalled.order.pk, one.before and one.before.words, one.after and one.after.words)
        for one in rehearsed(policy).differences
        if one.question.label == label
    ]


def counted(policy, label):
    [outcome] = [one for one in rehearsed(policy).outcomes if one.question.label == label]
    return {line.words: (line.before, line.after) for line in outcome.lines}


def seen(order, count, *, at, condition=Condition.PUBLIC, source=SightingSource.CHECK):
    record_sighting(
        counter_key=order.counter_key, count=count, condition=condition, source=source, order=order, now=at
    )


def test_without_orders_there_is_nothing_to_rehearse(terms):
    rehearsal = rehearsed(A)

    assert (rehearsal.orders, rehearsal.changed_orders, rehearsal.differences) == (0, 0, ())


def test_the_same_rules_decide_the_same(alice):
    started(alice, make_service())

    assert rehearsed(K.changed({"ui.disclaimer": "another sentence"})).differences == ()


@pytest.mark.clause("A-33", "K-21", "K-39")
@pytest.mark.profile("alphasmm")
def test_a_second_order_that_was_warned_of_would_have_been_refused(alice):
    service = make_service()
    first = make_order(alice, service)
    second = make_order(alice, service, now=after(hours=1), overlap_ticked=True)

    assert changes(K, TAKING) == [(second.pk, "taken after a warning", "refused")]
    assert counted(K, TAKING) == {"taken": (1, 1), "refused": (0, 1), "taken after a warning": (1, 0)}
    [difference] = [one for one in rehearsed(K).differences if one.question.label == TAKING]
    assert difference.after.reason == f"Order #{first.pk} was open for this link."
    assert "K-39" in difference.after.clauses


@pytest.mark.profile("alphasmm")
def test_an_order_that_had_ended_by_then_is_in_nobodys_way(alice):
    service = make_service()
    first = taken(alice, service)
    report(first, ReportedState.COMPLETED, at=after(hours=1))
    make_order(alice, service, now=after(hours=2))

    assert changes(K, TAKING) == []


@pytest.mark.profile("alphasmm")
def test_orders_of_others_count_only_under_rules_that_say_so(alice, bob):
    service = make_service()
    make_order(alice, service)
    his = make_order(bob, service, now=after(hours=1))

    assert changes(K, TAKING) == []
    assert changes(K.changed({"overlap.across_users": True}), TAKING) == [(his.pk, "taken", "refused")]


def test_what_customers_confirm_is_told_for_each_door(alice):
    service = make_service()
    first = make_order(alice, service)
    second = make_order(alice, service, link="@other", now=after(hours=1))
    never = K.changed(
        {
            "accept.order_browser": "implicit_notice",
            "order.public_ack": False,
            "order.confirm_step": False,
        }
    )

    assert changes(never, CONFIRMING) == [
        (second.pk, "confirms that the account is public, a summary", "confirms nothing"),
        (first.pk, "confirms the terms, that the account is public, a summary", "confirms nothing"),
    ]
    always = K.changed({"accept.order_browser": "tick_always"})
    assert [order for order, _before, _after in changes(always, CONFIRMING)] == [second.pk]


@pytest.mark.clause("A-28", "K-16")
def test_whether_customers_could_cancel_is_counted(alice):
    make_order(alice, make_service())

    assert counted(A, CANCELLING) == {"never": (1, 0), "while it is pending": (0, 1)}


def test_refunds_without_fault_are_paid_by_themselves_or_left_to_staff(alice):
    order = taken(alice, make_service())
    report(order, ReportedState.PARTIAL, 600)

    assert changes(A, REFUNDING) == []
    by_hand = K.changed({"refund.auto": False})
    assert changes(by_hand, REFUNDING) == [
        (order.pk, "paid by itself", "staff decide, all of it is proposed")
    ]


def test_a_fault_of_the_customer_gets_what_each_terms_propose(alice):
    order = taken(alice, make_service())
    report(order, ReportedState.PARTIAL, 600)
    Order.objects.filter(pk=order.pk).update(fault="content_changed")

    nothing, unsaid = "staff decide, nothing is proposed", "staff decide, nothing is said beforehand"
    assert changes(A, REFUNDING) == [(order.pk, nothing, unsaid)]


@pytest.mark.worked("V-1")
@pytest.mark.clause("A-05", "K-36", "K-49")
def test_2000_on_20000_are_covered_at_10_percent_and_not_at_15(alice):
    order = taken(alice, make_service(guarantee_days=30), quantity=2000)
    report(order, ReportedState.COMPLETED, 0, start_count=20_000)

    stricter = K.changed({"refill.min_share_percent": "15"})

    assert changes(K.changed({"refill.min_share_percent": "10.0001"}), COVERING) != []
    assert changes(stricter, COVERING) == [(order.pk, "covered", "too small a share")]
    [difference] = rehearsed(stricter).differences
    assert (
        "2,000 is 10 % of the start count 20,000; below 15 % drops are not covered."
        in difference.after.reason
    )


def test_without_a_guarantee_or_a_start_count_the_share_is_not_asked(alice):
    bare = taken(alice, make_service(guarantee_days=None), quantity=2000)
    report(bare, ReportedState.COMPLETED, 0, start_count=20_000)
    taken(alice, make_service(guarantee_days=30), link="@other", quantity=2000)

    assert counted(K.changed({"refill.min_share_percent": "15"}), COVERING) == {}


@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-18", "K-63")
@pytest.mark.parametrize(("count", "differs"), [(1499, False), (1500, True)])
def test_a_count_at_the_target_would_have_completed_it(alice, count, differs):
    order = started(alice, make_service(), quantity=500)
    report(order, ReportedState.IN_PROGRESS, start_count=1000, at=after(minutes=10))
    seen(order, count, at=after(hours=1))

    expected = [(order.pk, "by the provider's word", "when the count was reached")] if differs else []
    assert changes(K, COMPLETING) == expected


@pytest.mark.profile("alphasmm")
def test_a_providers_number_beside_a_video_says_nothing_about_its_hours(alice):
    service = make_service(platform="youtube", metric="watch_hours")
    order = started(alice, service, quantity=500, link="https://www.youtube.com/@alice.studio")
    seen(order, 99_000, at=after(hours=1), source=SightingSource.PROVIDER)

    assert counted(K, COMPLETING) == {}


def test_content_that_was_gone_is_proposed_as_each_terms_say(alice):
    order = started(alice, make_service())
    for hours, condition in ((0, Condition.PUBLIC), (2, Condition.NOT_FOUND), (4, Condition.NOT_FOUND)):
        seen(order, None, at=after(hours=hours), condition=condition)

    assert changes(A, VANISHING) == [(order.pk, "proposed as completed", "proposed to be held")]
    patient = K.changed({"delivery.content_gone_checks": 3})
    assert changes(patient, VANISHING) == [(order.pk, "proposed as completed", "goes on")]


@pytest.mark.parametrize(("seconds", "is_late"), [(3600, False), (3601, True)])
def test_a_late_start_could_have_been_hastened_or_not(alice, seconds, is_late):
    order = taken(alice, make_service(stated_start="0-1 hours"))
    report(order, ReportedState.IN_PROGRESS, at=after(seconds=seconds))

    expected = [(order.pk, "may ask to speed it up", "is shown as late")] if is_late else []
    assert changes(A, HASTENING) == expected


def test_each_order_is_judged_beside_its_own_version(alice):
    older = make_order(alice, make_service())
    publish_terms("alphasmm")
    newer = make_order(alice, make_service(), link="@other", now=after(hours=1))

    assert [order for order, *_words in changes(A, CANCELLING)] == [older.pk]
    assert [order for order, *_words in changes(K, CANCELLING)] == [newer.pk]


@pytest.mark.clause("A-05", "K-49")
def test_rehearsing_changes_nothing_and_says_the_same_twice(alice, books):
    service = make_service(guarantee_days=30)
    report(taken(alice, service, link="@other"), ReportedState.PARTIAL, 100, start_count=5)
    make_order(alice, service)
    before = list(Order.objects.order_by("pk").values())

    first, second = rehearsed(A), rehearsed(A)

    def told(rehearsal):
        return [(one.recalled.order.pk, one.before, one.after) for one in rehearsal.differences]

    assert told(first) == told(second) != []
    assert first.outcomes == second.outcomes
    assert list(Order.objects.order_by("pk").values()) == before


def test_only_the_last_orders_are_recalled_with_as_many_queries_as_for_one(alice):
    service = make_service()
    make_order(alice, service)
    with CaptureQueriesContext(connection) as few:
        recall()
    for number in range(12):
        make_order(alice, service, link=f"@name{number}", now=after(minutes=number))

    with CaptureQueriesContext(connection) as many:
        recalled = recall(10)
        rehearse(recalled, A)

    assert len(recalled) == 10
    assert len(many) == len(few)


# --- the page -----------------------------------------------------------------------------------------------


def draft_for(sam, changes):
    draft = begin_from_version(TermsVersion.objects.get(), name="Stricter share", by=sam, now=NOW)
    draft.policy = draft.rules.changed(changes).to_json()
    draft.save()
    return draft


def test_staff_see_what_a_draft_would_have_decided(client, alice, sam):
    order = taken(alice, make_service(guarantee_days=30), quantity=2000)
    report(order, ReportedState.COMPLETED, 0, start_count=20_000)
    draft = draft_for(sam, {"refill.min_share_percent": "15"})
    client.force_login(sam)

    page = " ".join(client.get(f"/admin/orders/order/rehearse/{draft.pk}/").content.decode().split())

    assert "Of the last order, 1 would have been decided about differently" in page
    assert "covered → too small a share" in page
    assert f'<a href="/admin/orders/order/{order.pk}/change/">#{order.pk}</a>' in page
    assert "K-36" in page


def test_a_draft_without_orders_has_a_page_all_the_same(client, sam):
    client.force_login(sam)

    page = client.get(f"/admin/orders/order/rehearse/{draft_for(sam, {}).pk}/").content.decode()

    assert "There are no orders yet" in page
    assert client.get("/admin/orders/order/rehearse/999/").status_code == 404


@pytest.mark.parametrize("rights", [["view_order"], ["view_termsdraft"], []])
def test_the_page_needs_the_right_to_see_drafts_and_orders(client, sam, rights):
    eve = make_customer("eve@example.com", is_staff=True)
    eve.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client.force_login(eve)

    assert client.get(f"/admin/orders/order/rehearse/{draft_for(sam, {}).pk}/").status_code == 403
