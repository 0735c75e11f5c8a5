from celery import shared_task
from django.utils import timezone

from api.keeping import forget_old_answers


@shared_task
def forget_answers() -> None:
    forget_old_answers(now=timezone.now())
