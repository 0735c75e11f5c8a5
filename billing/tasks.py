from time import monotonic

from celery import shared_task
from django.utils import timezone

from billing import paying_out, stripe_inbox, sweeping
from billing.card_refunds import StripeRefunds
from billing.stripe_gateway import stripe_gateway

# A sweep works this long at most; the next one goes on.
SWEEP_SECONDS = 10


@shared_task
def settle_stripe_events() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and stripe_inbox.settle_next(clock=timezone.now):
        pass


@shared_task
def sweep_payments() -> None:
    sweeping.sweep_payments(clock=timezone.now)


@shared_task
def compare_with_stripe() -> None:
    sweeping.compare_with_stripe(clock=timezone.now)


@shared_task
def give_back_to_cards() -> None:
    gateway = stripe_gateway()
    if gateway is None:
        return
    refunds = StripeRefunds(gateway)
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and paying_out.send_next(refunds=refunds, clock=timezone.now):
        pass
