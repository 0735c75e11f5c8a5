import logging
from time import monotonic

from celery import shared_task
from django.utils import timezone

from panel import health
from panel.books import prove_books
from panel.privacy import erasing, retention

log = logging.getLogger(__name__)

# A sweep works this long at most; the next one goes on.
SWEEP_SECONDS = 20


@shared_task
def note_worker_alive() -> None:
    health.note_worker_alive(timezone.now())


@shared_task
def verify_ledger() -> None:
    for difference in prove_books(now=timezone.now()).differences:
        log.critical("The books do not add up: %s", difference)


@shared_task
def erase_people() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and erasing.erase_next(now=timezone.now()):
        pass


@shared_task
def keep_retention() -> None:
    retention.keep_retention(now=timezone.now())
