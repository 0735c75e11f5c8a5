"""Every message three times, shuffled, a tenth of them never: with the sweep on, our books end as Stripe's are."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from decimal import Decimal
from random import Random

import pytest
from django.db import connection

from billing import sweeping
from billing.ledger import balance_of, house_balance
from billing.models import Coupon, CouponUse, Dispute, Funding, Payment, PaymentState, StripeEvent, Transfer
from billing.routes import AccountKind
from billing.stripe_inbox import settle_next
from billing.verification import verify_books
from tests.billing.deposits import opened, settle_all, today
from tests.factories import make_customer, publish_terms

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]
SEED = 20_261_127
CUSTOMERS = 9
CENT = Decimal("0.01")


class Sweeping:
    """Workers of the panel: they settle messages and sweep until they are told to stop."""

    def __init__(self) -> None:
        self._over = threading.Event()
        self._failed: list[BaseException] = []
        self._threads = [threading.Thread(target=self._work, args=(turn,)) for turn in range(3)]

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self._over.set()
        for thread in self._threads:
            thread.join(30)
        assert not self._failed, self._failed

    def _work(self, turn: int) -> None:
        try:
            while not self._over.is_set():
                if turn == 0:
                    sweeping.sweep_payments(clock=today)
                    time.sleep(0.5)
                elif not settle_next(clock=today):
                    time.sleep(0.02)
        except BaseException as error:
            self._failed.append(error)
        finally:
            connection.close()


PAYING = {
    "at once": ([("pay", {})], 10),
    "after a decline": ([("pay", {"code": "insufficient_funds"}), ("pay", {})], 2),
    "later": ([("pay_later", {"seconds": 0.5})], 4),
    "later, but not": ([("pay_later", {"seconds": 0.5, "fails": True})], 2),
    "never": ([], 2),
}
AFTERWARDS = {
    "a refund": (["refund"], 4),
    "a refund that fails": (["refund", "refund_fails"], 2),
    "a dispute": (["dispute"], 2),
    "a dispute that is won": (["dispute", "dispute_won"], 2),
    "an inquiry": (["inquiry"], 1),
    "a warning": (["early_fraud_warning"], 1),
    "nothing": ([], 3),
}


def draw(table, count, random: Random):
    """Everything in the table at least once, and the rest by weight, in any order."""
    steps = [what for what, _weight in table.values()]
    weights = [weight for _what, weight in table.values()]
    drawn = steps + random.choices(steps, weights, k=count - len(steps))
    return random.sample(drawn, count)


def weather(stripe, payments, random: Random) -> None:
    """What happens to payments at Stripe: some are paid, late or never; then money goes back, is disputed, returns."""
    paid = []
    for payment, steps in zip(payments, draw(PAYING, len(payments), random), strict=True):
        for do, told in steps:
            stripe.control(do, session=payment.session_id, **told)
        if ("pay", {}) in steps:
            paid.append(payment)
    for payment, steps in zip(paid, draw(AFTERWARDS, len(paid), random), strict=True):
        part = random.randrange(100, int(payment.amount * 100))
        for do in steps:
            told = {"amount": part} if do in {"refund", "dispute"} else {}
            stripe.control(do, payment=payment.session_id, **told)


def truth_of(stripe, payment) -> Decimal:
    """What is left of a payment by Stripe's own account, in the customer's favour."""
    session = stripe.client.v1.checkout.sessions.retrieve(payment.session_id)
    if not session.payment_intent:
        return Decimal(0)
    intent = stripe.client.v1.payment_intents.retrieve(session.payment_intent)
    refunds = stripe.client.v1.refunds.list({"payment_intent": intent.id}).data
    disputes = stripe.client.v1.disputes.list({"payment_intent": intent.id}).data
    left = intent.amount_received
    left -= sum(refund.amount for refund in refunds if refund.status in {"succeeded", "pending"})
    left += sum(line.amount for dispute in disputes for line in dispute.balance_transactions)
    return left * CENT


@pytest.fixture
def panel(stripe_here, settings, live_server):
    settings.PANEL_DEPOSIT_NEW_MOST = Decimal(5000)
    publish_terms()
    stripe_here.deliver_to(f"{live_server.url}/stripe/webhook")
    stripe_here.control("set_webhooks", times=3, shuffle=1.5, drop_every=10, parallel=4, retry_seconds=0.2)
    yield stripe_here
    stripe_here.deliver_to("")


def test_every_event_three_times_shuffled_and_a_tenth_dropped_ends_as_stripes_books(panel):
    random = Random(SEED)
    people = [make_customer(f"customer{number}@example.com") for number in range(CUSTOMERS)]
    payments = [opened(person, str(random.randrange(5, 200))) for person in people for _twice in range(2)]

    with Sweeping():
        weather(panel, payments, random)
        panel.wait_until_delivered(seconds=60)
    panel.control("advance", seconds=60)
    sweeping.sweep_payments(clock=lambda: today() + timedelta(minutes=11))
    compared = sweeping.compare_with_stripe(clock=lambda: today() + timedelta(minutes=22))
    settle_all()

    told = StripeEvent.objects.count()
    deliveries = panel.books()["deliveries"]
    assert {one["state"] for one in deliveries} == {"delivered", "dropped"}
    assert told < len({one["event"] for one in deliveries}), "some were never heard of"
    for person in people:
        expected = sum(truth_of(panel, payment) for payment in payments if payment.customer == person)
        assert balance_of(person) == expected, person
    paid = Payment.objects.filter(state=PaymentState.PAID)
    assert Transfer.objects.filter(kind="deposit").count() == paid.count() > CUSTOMERS
    assert paid.filter(refunded__gt=0).exists()
    assert Dispute.objects.filter(state="won").exists()
    assert Payment.objects.filter(state=PaymentState.FAILED).exists()
    assert (compared.difference, compared.ours) == (0, -house_balance(AccountKind.STRIPE))
    assert verify_books().differences == []


def in_parallel(work, count):
    def one(number):
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as hands:
        return list(hands.map(one, range(count)))


def test_success_page_message_and_sweep_at_the_same_moment_credit_once(panel, client):
    from billing.comparing import compare_payment

    panel.control("set_webhooks", paused=True)
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20))
    alice = make_customer("alice@example.com")
    payment = opened(alice, "50", coupon_code="WELCOME")
    panel.control("pay", session=payment.session_id)
    panel.control("set_webhooks")

    def news(number):
        if number % 3 == 0:
            return compare_payment(Payment.objects.get(pk=payment.pk), clock=today)
        return sweeping.sweep_payments(clock=today) if number % 3 == 1 else settle_all()

    in_parallel(news, 12)
    panel.wait_until_delivered()
    settle_all()

    assert balance_of(alice) == 60
    assert Funding.objects.count() == 1
    assert Transfer.objects.filter(kind__in=["deposit", "bonus"]).count() == 2
    assert CouponUse.objects.filter(returned_at=None).count() == 1


def test_a_coupon_asked_for_64_times_at_once_is_taken_once_by_a_customer_and_at_most_its_limit(panel):
    from accounts.refusals import Refusal
    from tests.billing.deposits import start

    publish_terms()
    Coupon.objects.create(code="WELCOME", kind=Coupon.Kind.DEPOSIT_PERCENT, value=Decimal(20), most_uses=3)
    people = [make_customer(f"customer{number}@example.com") for number in range(8)]

    def take(number):
        try:
            return start(people[number % 8], "50", coupon_code="WELCOME")
        except Refusal as refusal:
            return refusal.code

    taken = in_parallel(take, 64)

    assert Payment.objects.filter(coupon__isnull=False).count() == 3
    assert {outcome for outcome in taken if isinstance(outcome, str)} == {"coupon_used", "coupon_used_up"}
    assert Coupon.objects.get().uses == 3
    assert CouponUse.objects.values("customer").distinct().count() == 3
