import logging
from time import monotonic

from celery import shared_task
from django.utils import timezone

from providers.gateways import gateway_for
from providers.models import Provider
from refills import forgetting, judging, running_out, submitting, terminating, tracking

# A sweep works this long at most; the next one is already on its way.
SWEEP_SECONDS = 10

log = logging.getLogger(__name__)


@shared_task
def judge_due_refills() -> None:
    for refill_id in judging.due_to_judge(now=timezone.now()):
        try:
            judging.judge(refill_id, now=timezone.now())
        except Exception:
            # One bad refill never stops the others.
            log.exception("Refill %s could not be judged", refill_id)


@shared_task
def send_due_refills() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and submitting.send_next(gateway_for=gateway_for, clock=timezone.now):
        pass


@shared_task
def doubt_abandoned_refills() -> None:
    submitting.doubt_abandoned(now=timezone.now())


@shared_task
def track_running_refills() -> None:
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
def complete_whole_refills() -> None:
    tracking.recount(now=timezone.now())
    tracking.complete_whole(now=timezone.now())


@shared_task
def forget_old_pictures() -> None:
    forgetting.forget_old_pictures(now=timezone.now())


@shared_task
def forget_stray_pictures() -> None:
    forgetting.forget_strays(now=timezone.now())


@shared_task
def tell_of_running_out() -> None:
    running_out.tell_of_running_out(now=timezone.now())


@shared_task
def end_refills_over_disputes() -> None:
    terminating.end_refills(now=timezone.now())
