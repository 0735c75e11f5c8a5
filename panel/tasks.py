import logging

from celery import shared_task
from django.utils import timezone

from panel import health
from panel.books import prove_books

log = logging.getLogger(__name__)


@shared_task
def note_worker_alive() -> None:
    health.note_worker_alive(timezone.now())


@shared_task
def verify_ledger() -> None:
    for difference in prove_books(now=timezone.now()).differences:
        log.critical("The books do not add up: %s", difference)
