"""What is owed to customers' programs: with what it tells, to whoever wants to know, and nothing otherwise."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.announcements import announce
from accounts.models import WebhookEndpoint, WebhookEvent, WebhookMessage
from accounts.webhooks import owe, owe_all, owe_published, remember_wishes
from tests.factories import NOW, after, make_customer

pytestmark = pytest.mark.django_db


def make_endpoint(customer, *events: str, now=NOW, **fields) -> WebhookEndpoint:
    facts = {"url": "https://shop.example/hooks", "sealed_secret": "sealed"} | fields
    endpoint = WebhookEndpoint.objects.create(
        customer=customer, events=list(events) or ["order.updated"], created_at=now, **facts
    )
    with transaction.atomic():
        remember_wishes(customer)
    return endpoint


def tell(customer, event=WebhookEvent.ORDER_UPDATED, subject="order:17") -> int:
    with transaction.atomic():
        return owe(customer=customer, event=event, subject=subject, data={"id": 17}, now=NOW)


def test_who_has_no_program_costs_no_query():
    alice = make_customer()

    with (
        transaction.atomic(),
        CaptureQueriesContext(
            connection,
        ) as queries,
    ):
        owe(customer=alice, event=WebhookEvent.ORDER_UPDATED, subject="order:17", data={}, now=NOW)

    assert len(queries) == 0
    assert not WebhookMessage.objects.exists()


def test_what_nobody_asked_for_costs_no_query_either():
    alice = make_customer()
    make_endpoint(alice, "refill.updated")

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        owe(customer=alice, event=WebhookEvent.ORDER_UPDATED, subject="order:17", data={}, now=NOW)

    assert len(queries) == 0


def test_every_address_that_wants_to_know_is_owed_it_and_nobody_elses():
    alice, bob = make_customer(), make_customer("bob@example.com")
    first = make_endpoint(alice)
    second = make_endpoint(alice, "order.created", "order.updated")
    make_endpoint(alice, "refill.updated")
    make_endpoint(bob)

    assert tell(alice) == 2
    owed = WebhookMessage.objects.order_by("pk")
    assert [message.endpoint for message in owed] == [first, second]
    assert {(message.event, message.subject) for message in owed} == {("order.updated", "order:17")}
    assert all(message.due_at == NOW for message in owed)


def test_many_things_at_once_cost_two_queries():
    alice = make_customer()
    make_endpoint(alice)
    told = [(f"order:{number}", {"id": number}) for number in range(50)]

    with transaction.atomic(), CaptureQueriesContext(connection) as queries:
        owe_all(customer=alice, event=WebhookEvent.ORDER_UPDATED, told=told, now=NOW)

    assert len(queries) == 2
    assert WebhookMessage.objects.count() == 50


def test_what_is_rolled_back_is_not_owed():
    alice = make_customer()
    make_endpoint(alice)

    with transaction.atomic():
        owe(customer=alice, event=WebhookEvent.ORDER_UPDATED, subject="order:17", data={}, now=NOW)
        transaction.set_rollback(True)

    assert not WebhookMessage.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_owing_needs_the_transaction_of_what_it_tells():
    with pytest.raises(AssertionError):
        owe(customer=make_customer(), event=WebhookEvent.PING, subject="ping:1", data={}, now=NOW)


@pytest.mark.parametrize(
    ("state", "facts", "count"),
    [
        ("active", {}, 1),
        ("paused", {}, 1),
        ("disabled", {"trouble": "gone"}, 0),
        ("removed", {"sealed_secret": ""}, 0),
    ],
)
def test_a_paused_address_is_still_owed_and_one_that_is_off_is_not(state, facts, count):
    alice = make_customer()
    make_endpoint(alice, state=state, **facts)

    assert tell(alice) == count


def test_new_terms_are_owed_in_pieces_and_to_each_address_once():
    alice, bob = make_customer(), make_customer("bob@example.com")
    wanting = [make_endpoint(customer, "terms.published") for customer in (alice, bob, alice)]
    make_endpoint(bob, "order.updated")
    too_late = make_endpoint(bob, "terms.published", now=after(hours=2))
    with transaction.atomic():
        said = announce(title="New", text="…", url="/terms/1/2/", by=None, now=after(hours=1), terms_number=2)
        announce(title="We moved", text="…", by=None, now=after(hours=1))

    while owe_published(now=after(hours=3), limit=2):
        pass

    owed = WebhookMessage.objects.order_by("pk")
    assert [message.endpoint for message in owed] == wanting
    assert too_late not in [message.endpoint for message in owed]
    assert owed[0].data["version"] == 2
    assert owed[0].data["changes_url"].endswith("/terms/1/2/")
    said.refresh_from_db()
    assert said.webhook_cursor is None
    assert not owe_published(now=after(hours=4))


def test_a_message_is_owed_or_delivered_or_given_up_and_never_two_of_these():
    alice = make_customer()
    make_endpoint(alice)
    tell(alice)
    message = WebhookMessage.objects.get()

    for facts in (
        {"due_at": None},
        {"delivered_at": NOW},
        {"due_at": None, "delivered_at": NOW, "gave_up_at": NOW},
        {"due_at": None, "delivered_at": NOW, "lease_until": NOW + timedelta(seconds=1)},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            WebhookMessage.objects.filter(pk=message.pk).update(**facts)
