from time import monotonic

from celery import shared_task
from django.utils import timezone

from orders import stopping, submitting, terminating, tracking, uncertain
from providers.gateways import gateway_for
from providers.models import Provider

# A sweep works this long at most; the next one is already on its way.
SWEEP_SECONDS = 10


@shared_task
def send_due_orders() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and submitting.send_next(gateway_for=gateway_for, clock=timezone.now):
        pass


@shared_task
def track_open_orders() -> None:
    for provider in Provider.objects.active():
        # Dropped when nobody took it in time: the next sweep asks again.
        track_provider.apply_async(kwargs={"provider_id": provider.pk}, expires=SWEEP_SECONDS)


@shared_task
def track_provider(*, provider_id: int) -> None:
    provider = Provider.objects.get(pk=provider_id)
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and tracking.track_provider(
        provider, gateway_for=gateway_for, clock=timezone.now
    ):
        pass


@shared_task
def ask_providers_to_stop() -> None:
    for provider in stopping.providers_to_stop(now=timezone.now()):
        stopping.ask_to_stop(provider, gateway_for=gateway_for, clock=timezone.now)


@shared_task
def doubt_abandoned_submissions() -> None:
    submitting.doubt_abandoned(now=timezone.now())


@shared_task
def give_up_waiting_orders() -> None:
    submitting.give_up_waiting(now=timezone.now())


@shared_task
def write_off_overdue_submissions() -> None:
    uncertain.write_off_overdue(now=timezone.now())


@shared_task
def end_orders_over_disputes() -> None:
    terminating.end_owed_orders(now=timezone.now())
