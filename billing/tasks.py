from time import monotonic

from celery import shared_task
from django.utils import timezone

from billing import stripe_inbox, sweeping

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
