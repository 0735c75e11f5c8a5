from celery import shared_task
from django.utils import timezone

from panel import health


@shared_task
def note_worker_alive() -> None:
    health.note_worker_alive(timezone.now())
