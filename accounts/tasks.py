from time import monotonic

from celery import shared_task
from django.core.mail import get_connection
from django.utils import timezone

from accounts import announcements, mailing

# A sweep works this long at most; the next one is already on its way.
SWEEP_SECONDS = 10


@shared_task
def send_due_mail() -> None:
    until = monotonic() + SWEEP_SECONDS
    server = get_connection()
    try:
        while monotonic() < until and mailing.send_next(server, clock=timezone.now):
            pass
    finally:
        server.close()


@shared_task
def owe_announcement_mail() -> None:
    until = monotonic() + SWEEP_SECONDS
    while monotonic() < until and announcements.owe_mail(now=timezone.now()):
        pass
