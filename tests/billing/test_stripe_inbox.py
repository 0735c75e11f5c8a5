import json
import time

import pytest

from billing.ledger import balance_of
from billing.models import PaymentState, StripeEvent
from tests.billing.deposits import events_of, fresh, opened, settle_all, tell, unsettled
from tests.factories import make_customer

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(stripe_here, alice):
    """Alice has paid 50 at the local Stripe; the panel does not know yet."""
    payment = opened(alice)
    stripe_here.control("pay", session=payment.session_id)
    return payment


def test_messages_in_any_order_and_number_credit_once(client, paid, stripe_here):
    alice = paid.customer
    events = events_of(stripe_here)

    for event in [*reversed(events), *events]:
        assert tell(client, event).status_code == 200
    assert balance_of(alice) == 10
    settle_all()

    assert balance_of(alice) == 60
    assert fresh(paid).state == PaymentState.PAID
    assert unsettled() == 0
    assert StripeEvent.objects.count() == len(events)


def test_a_message_is_kept_before_it_is_answered_and_repeating_it_is_no_second_one(client, paid, stripe_here):
    event = events_of(stripe_here)[-1]

    assert [tell(client, event).status_code for _time in range(3)] == [200] * 3

    assert StripeEvent.objects.get().event_id == event["id"]


@pytest.mark.parametrize("fault", ["forged", "old", "foreign", "changed", "unsigned"])
def test_a_message_that_is_not_stripes_is_refused_and_leaves_no_trace(client, paid, stripe_here, fault):
    event = events_of(stripe_here)[-1]

    answer = {
        "forged": lambda: tell(client, event, secret="whsec_of_a_forger"),
        "old": lambda: tell(client, event, at=time.time() - 301),
        "foreign": lambda: tell(client, event | {"livemode": True}),
        "changed": lambda: client.post(
            "/stripe/webhook",
            json.dumps(event),
            content_type="application/json",
            headers={"Stripe-Signature": f"t={int(time.time())},v1={'0' * 64}"},
        ),
        "unsigned": lambda: client.post(
            "/stripe/webhook", json.dumps(event), content_type="application/json"
        ),
    }[fault]()

    assert answer.status_code == 400
    assert not StripeEvent.objects.exists()
    settle_all()
    assert fresh(paid).state == PaymentState.STARTED


def test_what_a_message_says_is_not_believed(client, stripe_here, alice):
    """A signed message may be from a year ago: only what Stripe says now counts."""
    payment = opened(alice)
    stripe_here.control("pay_later", session=payment.session_id, seconds=3600)
    [event] = [event for event in events_of(stripe_here) if event["type"] == "checkout.session.completed"]
    event["data"]["object"]["payment_status"] = "paid"

    tell(client, event)
    settle_all()

    assert fresh(payment).state == PaymentState.PROCESSING
    assert balance_of(alice) == 10


def test_a_debit_that_comes_later_and_one_that_fails(client, stripe_here, alice):
    comes, fails = opened(alice), opened(alice)
    stripe_here.control("pay_later", session=comes.session_id, seconds=60)
    stripe_here.control("pay_later", session=fails.session_id, seconds=60, fails=True)
    stripe_here.control("advance", seconds=61)

    for event in events_of(stripe_here):
        tell(client, event)
    settle_all()

    assert fresh(comes).state == PaymentState.PAID
    assert fresh(fails).state == PaymentState.FAILED
    assert "insufficient funds" in fresh(fails).why
    assert balance_of(alice) == 60


def test_a_declined_card_leaves_the_page_open_and_an_expired_page_ends_the_payment(
    client, stripe_here, alice
):
    payment = opened(alice)
    stripe_here.control("pay", session=payment.session_id, code="insufficient_funds")
    for event in events_of(stripe_here):
        tell(client, event)
    settle_all()
    assert fresh(payment).state == PaymentState.STARTED

    stripe_here.control("advance", seconds=24 * 3600)
    for event in events_of(stripe_here):
        tell(client, event)
    settle_all()

    assert fresh(payment).state == PaymentState.EXPIRED


def test_a_payment_of_another_shop_at_the_same_account_is_not_ours(client, stripe_here, alice):
    session = stripe_here.open_session(9900)
    stripe_here.control("pay", session=session.id)

    for event in events_of(stripe_here):
        tell(client, event)
    settle_all()

    assert unsettled() == 0
    assert balance_of(alice) == 10
    assert StripeEvent.objects.filter(words__contains="Not about").count() == StripeEvent.objects.count()


def test_nobody_gets_the_money_of_another_by_what_is_written_on_the_page(client, stripe_here, alice):
    """Whose payment it is says our row; a page that our row does not know is compared by what it was opened for."""
    bob = make_customer("bob@example.com")
    payment = opened(alice)
    session = stripe_here.open_session(
        5000, client_reference_id=payment.code, metadata={"customer": str(bob.pk)}
    )
    stripe_here.control("pay", session=session.id)

    for event in events_of(stripe_here):
        tell(client, event)
    settle_all()

    assert balance_of(bob) == 0
    assert balance_of(alice) == 10


def test_a_page_that_we_could_not_store_any_more_is_found_by_its_number(client, stripe_here, alice):
    payment = opened(alice)
    session_id = payment.session_id
    type(payment).objects.filter(pk=payment.pk).update(session_id=None, page_url="")
    stripe_here.control("pay", session=session_id)

    for event in events_of(stripe_here):
        tell(client, event)
    settle_all()

    assert fresh(payment).session_id == session_id
    assert balance_of(alice) == 60


def test_while_stripe_does_not_answer_a_message_stays_due(client, paid, stripe_here):
    for event in events_of(stripe_here):
        tell(client, event)
    stripe_here.control("set_fault", fault="error", times=1000)

    settle_all()

    assert unsettled() == StripeEvent.objects.count()
    assert "does not answer" in StripeEvent.objects.first().words
    assert not StripeEvent.objects.filter(due_at__isnull=True).exists()


def test_the_door_takes_nothing_but_posts_and_nothing_that_is_huge(client, stripe_here):
    assert client.get("/stripe/webhook").status_code == 405
    huge = client.post("/stripe/webhook", "x" * (600 * 1024), content_type="application/json")
    assert huge.status_code == 413
