"""Everything owed arrives, once and in order, however long the receiver was away and whatever dies on the way."""

from collections import defaultdict
from datetime import timedelta
from threading import Thread

import pytest
from django.db import connection
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from accounts.models import AccountState, Notice, User, WebhookEndpoint, WebhookEvent, WebhookMessage
from accounts.webhooks import wants_webhook
from api.webhooks import endpoints
from api.webhooks.sending import (
    AT_ONCE,
    AT_ONCE_TO_ONE,
    LEASE,
    claim_next,
    peace_after,
    send_next,
    wait_after,
)
from tests.api.webhooks.receiver import closed_port, receiver
from tests.api.webhooks.stories import Clock, endpoint_of, owed, quick, send_all, tell
from tests.factories import NOW, after, make_customer

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def alice() -> User:
    return make_customer()


@pytest.fixture
def clock() -> Clock:
    return Clock()


def in_order(taken: list[tuple[str, int]]) -> bool:
    steps = defaultdict(list)
    for of, step in taken:
        steps[of].append(step)
    return all(numbers == sorted(numbers) for numbers in steps.values())


def test_a_message_is_signed_so_that_the_official_library_believes_it(alice, time_machine):
    time_machine.move_to(NOW, tick=False)
    with receiver() as shop:
        _endpoint, secret = endpoint_of(alice, shop.url)
        tell(alice)
        send_all(Clock())

        call = shop.calls[0]
        told = Webhook(secret).verify(call["raw"], call["headers"])
        assert told == {
            "type": "order.updated",
            "timestamp": NOW.isoformat(),
            "data": {"of": "order:17", "step": 1},
        }
        assert call["headers"]["webhook-id"] == WebhookMessage.objects.get().public_id
        with pytest.raises(WebhookVerificationError):
            Webhook(secret).verify(call["raw"].replace(b"17", b"18"), call["headers"])
        with pytest.raises(WebhookVerificationError):
            Webhook("whsec_" + "A" * 43 + "=").verify(call["raw"], call["headers"])


def test_a_replaced_secret_signs_along_for_a_day_and_not_longer(alice, time_machine):
    with receiver() as shop:
        endpoint, old = endpoint_of(alice, shop.url)
        new = endpoints.rotate_secret(endpoint, now=NOW)
        for moment in (after(hours=23), after(hours=25)):
            tell(alice, now=moment)
            send_all(Clock(moment))

        during, afterwards = shop.calls
        time_machine.move_to(after(hours=23), tick=False)
        assert Webhook(old).verify(during["raw"], during["headers"])
        assert Webhook(new).verify(during["raw"], during["headers"])
        time_machine.move_to(after(hours=25), tick=False)
        assert Webhook(new).verify(afterwards["raw"], afterwards["headers"])
        with pytest.raises(WebhookVerificationError):
            Webhook(old).verify(afterwards["raw"], afterwards["headers"])


@pytest.mark.parametrize("trouble", [500, 429, 404, "drop", "refused"])
def test_a_receiver_that_is_down_for_an_hour_gets_everything_once_and_in_order(alice, clock, trouble):
    with receiver(503 if trouble == "refused" else trouble) as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        if trouble == "refused":
            WebhookEndpoint.objects.update(url=f"http://127.0.0.1:{closed_port()}/hooks")
        told = []
        for minute in range(60):
            of, step = f"order:{minute % 7}", minute // 7
            tell(alice, of, step, now=clock())
            told.append((of, step))
            send_all(clock)
            clock.passes(minutes=1)
        assert owed() == 60
        assert len(shop.calls) <= 14, "a receiver that is down is not hammered"

        shop.answer = 204
        WebhookEndpoint.objects.update(url=shop.url)
        back_at = clock()
        while owed():
            assert clock() - back_at <= timedelta(minutes=20)
            clock.passes(seconds=30)
            send_all(clock)

        assert sorted(shop.taken()) == sorted(told)
        assert in_order(shop.taken())
        clock.passes(days=2)
        assert send_all(clock) == 0
        endpoint.refresh_from_db()
        assert (endpoint.failures, endpoint.failing_since, endpoint.not_before) == (0, None, None)


def test_a_receiver_that_hangs_is_a_failure_and_gets_it_later(alice, clock):
    with receiver("hang") as shop:
        endpoint_of(alice, shop.url)
        tell(alice)
        send_all(clock)
        assert WebhookMessage.objects.get().tries[0]["status"] is None

        shop.answer = 200
        clock.passes(minutes=1)
        assert send_all(clock) == 1

    assert WebhookMessage.objects.get().delivered_at == clock()


def test_a_worker_that_was_killed_while_sending_loses_nothing_and_the_id_stays(alice, clock):
    with receiver() as shop:
        endpoint_of(alice, shop.url)
        for step in (1, 2):
            tell(alice, step=step)
        killed = claim_next(now=clock())
        assert send_all(clock) == 0, "the next about the same order waits for the first"

        clock.passes(seconds=LEASE.total_seconds() - 1)
        assert send_all(clock) == 0
        clock.passes(seconds=1)
        assert send_all(clock) == 2

        assert shop.taken() == [("order:17", 1), ("order:17", 2)]
        assert shop.calls[0]["headers"]["webhook-id"] == killed.public_id


def test_many_workers_send_each_message_once_and_in_order(alice, clock):
    with receiver() as shop:
        endpoint_of(alice, shop.url)
        told = [(f"order:{number % 5}", number // 5) for number in range(40)]
        for of, step in told:
            tell(alice, of, step)

        def work() -> None:
            try:
                for _turn in range(60):
                    send_next(clock=clock, route_for=quick)
            finally:
                connection.close()

        workers = [Thread(target=work) for _each in range(4)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        send_all(clock)

        assert sorted(shop.taken()) == sorted(told)
        assert in_order(shop.taken())


def test_one_message_that_is_refused_holds_up_only_its_own_order(alice, clock):
    def picky(body):
        return 400 if body["data"]["of"] == "order:1" else 204

    with receiver(picky) as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        for of, step in (("order:1", 1), ("order:1", 2), ("order:2", 1), ("order:3", 1)):
            tell(alice, of, step)
        for _minute in range(10):
            send_all(clock)
            clock.passes(minutes=1)
        assert shop.taken() == [("order:2", 1), ("order:3", 1)]

        for day in range(4):
            clock.passes(days=1)
            tell(alice, f"order:9{day}", 1, now=clock())
            for _turn in range(4):
                send_all(clock)
                clock.passes(minutes=30)

        first, second = WebhookMessage.objects.filter(subject="order:1").order_by("pk")
        assert first.gave_up_at
        assert second.attempts > 0
        endpoint.refresh_from_db()
        assert endpoint.state == "active"


def test_after_three_days_without_a_success_it_is_switched_off_and_the_customer_told(alice, clock):
    with receiver(500) as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        tell(alice)
        while clock() < after(days=3, hours=1):
            send_all(clock)
            clock.passes(hours=1)

        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.trouble) == ("disabled", "failing")
        assert Notice.objects.filter(customer=alice, title__contains="switched off").count() == 1
        alice.refresh_from_db()
        assert alice.webhook_events == []

        calls = len(shop.calls)
        clock.passes(days=1)
        assert send_all(clock) == 0
        shop.answer = 204
        endpoints.resume(endpoint, now=clock())
        assert send_all(clock) == 1
        assert len(shop.calls) == calls + 1


def test_whoever_answers_gone_is_left_alone_at_once(alice, clock):
    with receiver(410) as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        tell(alice)
        tell(alice, "order:18")
        send_all(clock)

        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.trouble) == ("disabled", "gone")
        assert len(shop.calls) == 1


@pytest.mark.parametrize(
    ("state", "count"),
    [
        (AccountState.ACTIVE, 1),
        (AccountState.FROZEN, 1),
        (AccountState.SUSPENDED, 0),
        (AccountState.TERMINATED, 0),
        (AccountState.CLOSED, 0),
    ],
)
def test_a_closed_door_tells_nothing_to_programs_either(alice, clock, state, count):
    with receiver() as shop:
        endpoint_of(alice, shop.url)
        tell(alice)
        User.objects.update(state=state)

        assert send_all(clock) == count
        assert len(shop.calls) == count


def test_a_paused_webhook_gets_everything_afterwards(alice, clock):
    with receiver() as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        endpoints.pause(endpoint)
        alice.refresh_from_db()
        for step in (1, 2):
            tell(alice, step=step)
        assert send_all(clock) == 0

        endpoints.resume(endpoint, now=clock())
        send_all(clock)

        assert shop.taken() == [("order:17", 1), ("order:17", 2)]


def test_a_removed_webhook_gets_nothing_and_keeps_no_secret(alice, clock):
    with receiver() as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        tell(alice)
        endpoints.remove(endpoint)
        endpoints.resume(endpoint, now=clock())

        assert send_all(clock) == 0
        assert shop.calls == []
        endpoint.refresh_from_db()
        assert (endpoint.state, endpoint.sealed_secret) == ("removed", "")
        alice.refresh_from_db()
        assert not wants_webhook(alice, WebhookEvent.ORDER_UPDATED)


def test_what_the_customer_wants_again_is_sent_again_under_its_id(alice, clock):
    with receiver() as shop:
        endpoint_of(alice, shop.url)
        tell(alice)
        send_all(clock)
        endpoints.resend(WebhookMessage.objects.select_related("endpoint__customer").get(), now=clock())
        send_all(clock)

        ids = [call["headers"]["webhook-id"] for call in shop.calls]
        assert len(ids) == 2
        assert len(set(ids)) == 1


def test_a_test_is_tried_at_once_and_one_at_a_time(alice, clock):
    with receiver(500) as shop:
        endpoint, _secret = endpoint_of(alice, shop.url)
        endpoints.send_test(endpoint, now=clock())
        assert send_all(clock) == 1
        with pytest.raises(endpoints.TestOwed):
            endpoints.send_test(endpoint, now=clock())

    assert shop.calls[0]["body"]["type"] == "ping"


def test_a_slow_receiver_has_few_calls_at_once_and_so_have_all_together(alice, clock):
    endpoint_of(alice, "http://127.0.0.1:9/hooks")
    people = [make_customer(f"{name}@example.com") for name in ("bob", "carol", "dan")]
    for person in people:
        endpoint_of(person, "http://127.0.0.1:9/hooks")
    for number in range(10):
        tell(alice, f"order:{number}")
    claimed = [claim_next(now=clock()) for _turn in range(5)]
    assert sum(message is not None for message in claimed) == AT_ONCE_TO_ONE

    for person in people:
        for number in range(10):
            tell(person, f"order:{number}")
    claimed = [claim_next(now=clock()) for _turn in range(10)]
    assert sum(message is not None for message in claimed) == AT_ONCE - AT_ONCE_TO_ONE


def test_the_pauses_grow_and_have_an_end():
    for failures, seconds in ((1, 5), (2, 10), (5, 80), (8, 640), (9, 900), (500, 900)):
        assert 0.8 * seconds <= peace_after(failures).total_seconds() <= 1.2 * seconds
    for attempts, seconds in ((1, 5), (2, 300), (3, 1800), (9, 86400), (500, 86400)):
        assert 0.8 * seconds <= wait_after(attempts).total_seconds() <= 1.2 * seconds
