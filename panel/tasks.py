import logging

from celery import shared_task
from django.utils import timezone

from billing.verification import verify_books
from orders.verification import verify_orders
from panel import health

log = logging.getLogger(__name__)


@shared_task
def note_worker_alive() -> None:
    health.note_worker_alive(timezone.now())


@shared_task
def verify_ledger() -> None:
    for difference in (verify_books() + verify_orders()).differences:
        log.critical("The books do not add up: %s", difference)
