"""An order is complete when its counter shows what was ordered, where the terms say so (R-11)."""

from decimal import Decimal

import pytest

from accounts.models import Notice, User
from billing.ledger import balance_of
from catalog.models import ServiceKind
from orders import reaching
from orders.models import Condition, Order, SightingSource, TargetReached
from orders.reaching import complete_if_reached, note_count
from orders.sightings import latest_sighting, record_sighting
from orders.states import OrderState
from orders.stopping import ask_to_stop, providers_to_stop
from orders.timeline import timeline
from providers.fake import FakeGateway
from providers.gateway import FaultKind, ProviderFault, ReportedState
from tests.factories import NOW, after, make_customer, make_order, make_service, publish_terms
from tests.orders.stories import ask, events, gateway_for, hand_over, report, said, started, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]

RUNNING = ReportedState.IN_PROGRESS
WATCH = {"platform": "youtube", "metric": "watch_hours"}
CHANNEL = "https://www.youtube.com/@alice"
VIDEO = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"


def running(customer: User, service=None, *, start: int = 1000, quantity: int = 500, **fields) -> Order:
    order = started(customer, service, quantity=quantity, **fields)
    return report(order, RUNNING, 200, start_count=start)


def seen_by_staff(order: Order, count: int | None, sam: User, *, minutes: float = 10, **facts) -> Order:
    told = {"condition": Condition.PUBLIC, "note": ""} | facts
    note_count(order.pk, count=count, by=sam, now=after(minutes=minutes), **told)
    order.refresh_from_db()
    return order


# --- The boundary --------------------------------------------------------------------------------------------


@pytest.mark.worked("W-42")
@pytest.mark.clause("K-63")
def test_one_below_the_target_the_order_still_runs(alice: User) -> None:
    order = running(alice)

    report(order, RUNNING, 200, current_count=1499, at=after(minutes=6))

    assert (order.state, order.remains, order.ending) == (OrderState.IN_PROGRESS, 200, "")
    assert not TargetReached.objects.exists()


@pytest.mark.worked("W-42")
@pytest.mark.clause("K-41", "K-62", "K-63")
def test_at_the_target_it_is_complete_although_the_provider_reports_300_delivered(alice: User) -> None:
    order = running(alice)

    report(order, RUNNING, 200, current_count=1500, at=after(minutes=6))

    assert (order.state, order.remains, order.ending) == (OrderState.COMPLETED, 0, "target_reached")
    assert (order.refunded, order.earned) == (0, order.charge)
    assert order.closed_at == after(minutes=6)
    assert order.reached.sighting.count == 1500
    assert order.reached.sighting.source == SightingSource.PROVIDER


@pytest.mark.clause("K-63")
def test_count_source_and_time_are_shown_and_told(alice: User, sam: User) -> None:
    order = seen_by_staff(running(alice), 1500, sam)

    shown = timeline(order, order.events.order_by("pk"))[-1]

    words = (
        "The count 1,500 reached start 1,000 + ordered 500 on March 1, 2026, 12:10 p.m. (seen by: our staff)."
    )
    assert (shown.title, shown.text) == ("Completed", words)
    assert words in Notice.objects.get(kind="order_finished").text


@pytest.mark.worked("W-42")
@pytest.mark.profile("alphasmm")
@pytest.mark.clause("A-18")
def test_terms_without_it_leave_completion_to_the_provider(alice: User, sam: User) -> None:
    order = running(alice)

    report(order, RUNNING, 200, current_count=1500, at=after(minutes=6))
    seen_by_staff(order, 1500, sam)
    assert order.state == OrderState.IN_PROGRESS

    report(order, ReportedState.PARTIAL, 200, at=after(minutes=20))
    assert order.state == OrderState.PARTIAL
    assert order.refunded == order.charge * 200 / 500


# --- Which counts count --------------------------------------------------------------------------------------


def test_a_count_as_old_as_the_terms_allow_completes_and_an_older_one_does_not(alice: User) -> None:
    for age, state in ((60 * 60 + 1, OrderState.IN_PROGRESS), (60 * 60, OrderState.COMPLETED)):
        order = running(alice)
        record_sighting(
            counter_key=order.counter_key, count=1500, source=SightingSource.CHECK, now=after(minutes=10)
        )
        report(order, RUNNING, 200, at=after(minutes=10, seconds=age))
        assert order.state == state
        if order.is_open:
            report(order, ReportedState.COMPLETED, 0, at=after(hours=2))


def test_how_old_a_count_may_be_is_a_matter_of_the_terms() -> None:
    publish_terms("bestsmmkart", {"delivery.count_max_age_minutes": 5})
    order = running(make_customer(balance="100"))
    record_sighting(
        counter_key=order.counter_key, count=1500, source=SightingSource.CHECK, now=after(minutes=10)
    )

    assert report(order, RUNNING, 200, at=after(minutes=15, seconds=1)).is_open
    assert not report(order, RUNNING, 200, at=after(minutes=15)).is_open


def test_a_count_from_before_the_order_says_nothing_about_it(alice: User) -> None:
    order = make_order(alice, quantity=500)
    record_sighting(
        counter_key=order.counter_key, count=1500, source=SightingSource.CHECK, now=after(minutes=-1)
    )
    hand_over(gateway_for(order.service))

    report(order, RUNNING, 200, start_count=1000, at=after(minutes=2))

    assert order.state == OrderState.IN_PROGRESS


def test_the_start_of_a_newer_order_on_the_same_count_is_a_count(alice: User, bob: User) -> None:
    order = running(alice)
    newer = taken(bob, order.service)
    report(newer, RUNNING, start_count=1500, at=after(minutes=8))

    report(order, RUNNING, 200, at=after(minutes=9))

    assert order.state == OrderState.COMPLETED
    assert order.reached.sighting.order == newer
    newer.refresh_from_db()
    assert newer.state == OrderState.IN_PROGRESS


def test_what_the_customer_states_completes_nothing(alice: User) -> None:
    order = running(alice)
    record_sighting(
        counter_key=order.counter_key,
        order=order,
        count=99_999,
        source=SightingSource.CUSTOMER,
        by=alice,
        now=after(minutes=6),
    )

    report(order, RUNNING, 200, at=after(minutes=7))

    assert order.state == OrderState.IN_PROGRESS


def test_an_unchanged_count_is_kept_again_only_a_quarter_of_an_hour_later(alice: User) -> None:
    order = running(alice)
    for minutes in (6, 7, 20, 22):
        report(order, RUNNING, 200, current_count=1200, at=after(minutes=minutes))

    counts = order.sightings.order_by("pk").values_list("count", "seen_at")

    assert list(counts) == [
        (1000, NOW),
        (1200, after(minutes=6)),
        (1200, after(minutes=22)),
    ]


@pytest.mark.parametrize(
    ("fields", "link"),
    [
        ({"kind": ServiceKind.PACKAGE}, "https://www.instagram.com/alice.studio/"),
        ({"metric": "recent_views"}, "https://www.instagram.com/alice.studio/"),
        ({"platform": "website", "metric": "traffic"}, "https://alice.example/"),
    ],
)
def test_what_cannot_be_counted_has_no_target(alice: User, fields: dict[str, str], link: str) -> None:
    order = running(alice, make_service(**fields), link=link)

    report(order, RUNNING, current_count=10**9, at=after(minutes=6))

    assert reaching.target_of(order) is None
    assert order.state == OrderState.IN_PROGRESS


def test_without_a_start_count_nobody_knows_the_target(alice: User, sam: User) -> None:
    order = seen_by_staff(started(alice, quantity=500), 10**9, sam)

    assert order.state == OrderState.IN_PROGRESS


def test_an_order_that_was_not_handed_over_yet_is_not_complete(alice: User, sam: User) -> None:
    order = make_order(alice, quantity=500)
    Order.objects.filter(pk=order.pk).update(start_count=1000)

    assert seen_by_staff(order, 1500, sam).state == OrderState.PENDING


@pytest.mark.clause("K-44", "K-63")
def test_watch_hours_are_complete_at_the_hours_ordered_and_only_staff_can_see_them(
    alice: User, sam: User
) -> None:
    order = running(alice, make_service(**WATCH), link=VIDEO, channel_link=CHANNEL, start=9000, quantity=4000)
    report(order, RUNNING, 200, current_count=50_000, at=after(minutes=6))
    assert seen_by_staff(order, 3999, sam).state == OrderState.IN_PROGRESS

    seen_by_staff(order, 4000, sam, minutes=11)

    assert order.state == OrderState.COMPLETED
    last = timeline(order, order.events.order_by("pk"))[-1]
    assert last.text.startswith("4,000 of 4,000 were reached on March 1, 2026, 12:11 p.m.")


def test_a_look_that_found_the_count_hidden_completes_nothing(alice: User, sam: User) -> None:
    order = seen_by_staff(running(alice), None, sam, condition=Condition.HIDDEN)

    assert order.state == OrderState.IN_PROGRESS
    assert latest_sighting(order.counter_key, not_before=after(minutes=9)) is None


# --- Before and after the provider's own end -----------------------------------------------------------------


@pytest.mark.parametrize("end", [ReportedState.PARTIAL, ReportedState.CANCELLED])
def test_an_end_that_the_provider_names_afterwards_pays_nothing(alice: User, end: ReportedState) -> None:
    order = report(running(alice), RUNNING, 200, current_count=1500, at=after(minutes=6))

    report(order, end, 200, at=after(minutes=7))

    assert (order.state, order.refunded, order.review) == (OrderState.COMPLETED, 0, "")
    assert not order.submission.provider.brake_tripped_at


def test_staff_may_still_give_something_back_afterwards(alice: User, sam: User) -> None:
    from orders.deciding import settle_by_staff

    order = report(running(alice), RUNNING, 200, current_count=1500, at=after(minutes=6))

    refund = settle_by_staff(
        order.pk, state=OrderState.PARTIAL, remains=200, by=sam, note="kind", now=after(hours=1)
    )

    assert refund == order.charge * 200 / 500


def test_a_partial_end_that_came_first_wins(alice: User, sam: User) -> None:
    order = report(running(alice), ReportedState.PARTIAL, 200, current_count=1500, at=after(minutes=6))
    seen_by_staff(order, 1500, sam)

    assert order.state == OrderState.PARTIAL
    assert order.refunded == order.charge * 200 / 500


def test_a_partial_end_whose_refund_waits_behind_the_brake_came_first_too(alice: User, sam: User) -> None:
    order = running(alice)
    provider = order.submission.provider
    provider.brake_refund_per_hour = Decimal(0)
    provider.save()
    report(order, ReportedState.PARTIAL, 200, at=after(minutes=6))
    assert order.review == "brake"

    seen_by_staff(order, 1500, sam)

    assert order.state == OrderState.IN_PROGRESS


def test_a_partial_end_without_a_number_came_first_too(alice: User, sam: User) -> None:
    order = report(running(alice), ReportedState.PARTIAL, None, at=after(minutes=6))

    assert seen_by_staff(order, 1500, sam).state == OrderState.IN_PROGRESS


def test_completing_twice_is_completing_once(alice: User) -> None:
    order = report(running(alice), RUNNING, 200, current_count=1500, at=after(minutes=6))
    before = balance_of(alice)

    report(order, RUNNING, 200, current_count=1600, at=after(minutes=7))

    assert not complete_if_reached(order, now=after(minutes=8))
    assert TargetReached.objects.get().sighting.count == 1500
    assert balance_of(alice) == before
    assert events(order).count("target_reached") == 1


# --- The provider is asked to stop ---------------------------------------------------------------------------


def test_the_provider_is_asked_to_stop_once(alice: User) -> None:
    order = make_order(alice, quantity=500)
    gateway = gateway_for(order.service)
    assert hand_over(gateway)
    order.refresh_from_db()
    (external_id,) = gateway.taken
    gateway.report(external_id, RUNNING, remains=200, start_count=1000, current_count=1500)
    assert ask(order, gateway, now=after(minutes=6)) == 1
    order.refresh_from_db()
    assert order.state == OrderState.COMPLETED

    assert stop(order, gateway, minutes=7) == 1
    assert stop(order, gateway, minutes=60) == 0

    assert gateway.taken[external_id].cancel_asked
    assert gateway.calls.count("cancel") == 1
    assert TargetReached.objects.get().stop_asked_at == after(minutes=7)
    assert events(order)[-1] == "stop_asked"


def test_a_request_that_fails_is_repeated_for_a_day(alice: User) -> None:
    order = report(running(alice), RUNNING, 200, current_count=1500, at=after(minutes=6))
    gateway = FakeGateway()
    gateway.next_fault(ProviderFault(FaultKind.TIMEOUT, "slow"))
    assert stop(order, gateway, minutes=7) == 0
    assert stop(order, gateway, minutes=8) == 0
    assert gateway.calls == ["cancel"]

    assert stop(order, gateway, minutes=17) == 1

    TargetReached.objects.update(stop_due_at=NOW)
    assert stop(order, gateway, minutes=6 + 24 * 60 + 1) == 0
    assert TargetReached.objects.get().stop_due_at is None


def test_only_providers_that_are_owed_a_request_are_asked(alice: User) -> None:
    order = running(alice)
    assert providers_to_stop(now=after(minutes=7)) == []

    report(order, RUNNING, 200, current_count=1500, at=after(minutes=6))

    assert providers_to_stop(now=after(minutes=7)) == [order.submission.provider]


def stop(order: Order, gateway: FakeGateway, *, minutes: float) -> int:
    provider = order.submission.provider
    return ask_to_stop(provider, gateway_for=lambda _: gateway, clock=lambda: after(minutes=minutes))


def test_a_report_without_a_current_count_says_none() -> None:
    assert said(RUNNING).current_count is None
