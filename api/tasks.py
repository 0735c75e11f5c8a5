from time import monotonic

from celery import shared_task
from django.utils import timezone

from accounts import webhooks
from api.keeping import forget_old_answers
from api.webhooks import sending

# A sweep works this long at most; the next one is already on its way.
SWEEP_SECONDS = 10


@shared_task
def forget_answers() -> None:
    forget_old_answers(now=timezone.now())


@shared_task
def send_due_webhooks() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and sending.send_next(clock=timezone.now):
        pass


@shared_task
def owe_webhooks_about_terms() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and webhooks.owe_published(now=timezone.now()):
        pass
