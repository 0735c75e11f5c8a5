"""The alarm clock: each sweep takes the time and calls its one rule, and ringing twice changes nothing."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from billing.ledger import balance_of
from catalog.models import Service
from orders import submitting, tasks
from orders.models import Order
from orders.states import OrderState
from panel.celery import app
from providers.fake import LOST_ANSWER
from providers.models import Provider
from tests.factories import make_order, make_provider, make_service
from tests.orders.stories import answered, taken

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("books")]


@pytest.fixture
def unreachable(terms: object) -> Service:
    """A service of a provider behind a port where nobody listens: proof that nothing left."""
    provider = make_provider("Upstream", allow_private_address=True)
    provider.url = "http://127.0.0.1:1/api/v2"
    provider.save()
    return make_service(provider=provider)


def twice(task: object) -> None:
    task()  # type: ignore[operator]
    task()  # type: ignore[operator]


def test_an_order_for_a_provider_that_cannot_be_reached_waits(alice: User, unreachable: Service) -> None:
    order = make_order(alice, unreachable)

    tasks.send_due_orders()

    order.refresh_from_db()
    assert (order.state, order.submission.state) == (OrderState.PENDING, "due")
    assert order.submission.attempts >= 1
    assert Provider.objects.get().last_error


def test_orders_are_asked_about_by_provider_and_a_silent_one_changes_nothing(
    alice: User, unreachable: Service
) -> None:
    order = taken(alice, unreachable)

    tasks.track_provider(provider_id=unreachable.provider_id)

    order.refresh_from_db()
    assert (order.state, order.refunded) == (OrderState.PROCESSING, 0)
    assert order.check_at > timezone.now()


def test_every_provider_is_asked_but_those_that_are_switched_off(
    alice: User, unreachable: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = make_provider("Off")
    orders = [
        taken(alice, unreachable),
        taken(alice, make_service(provider=off), link="https://www.instagram.com/alice.two/"),
    ]
    Provider.objects.filter(pk=off.pk).update(is_active=False)
    # Without a broker: what is called is done at once.
    monkeypatch.setitem(app.conf, "task_always_eager", True)

    tasks.track_open_orders()

    checks = [Order.objects.get(pk=order.pk).check_at for order in orders]
    assert checks[0] > timezone.now() > checks[1]
    assert Provider.objects.get(pk=unreachable.provider_id).last_error


def test_an_order_whose_worker_vanished_becomes_a_doubt_once(alice: User) -> None:
    order = make_order(alice)
    submitting.claim_next(now=timezone.now() - timedelta(hours=1))

    twice(tasks.doubt_abandoned_submissions)

    assert Order.objects.get(pk=order.pk).submission.state == "uncertain"
    assert order.events.filter(what="uncertain").count() == 1


def test_an_order_that_waited_for_days_is_given_up_once(alice: User) -> None:
    order = make_order(alice, now=timezone.now() - timedelta(hours=73))

    twice(tasks.give_up_waiting_orders)

    assert Order.objects.get(pk=order.pk).ending == "gave_up"
    assert balance_of(alice) == 100


def test_a_doubt_that_nobody_cleared_is_written_off_once(alice: User) -> None:
    order = answered(make_order(alice), LOST_ANSWER)

    twice(tasks.write_off_overdue_submissions)

    assert Order.objects.get(pk=order.pk).ending == "written_off"
    assert balance_of(alice) == 100
