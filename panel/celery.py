import os
from typing import Any

from celery import Celery
from celery.app.amqp import AMQP
from kombu import Connection

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "panel.settings")


LONGEST_PAUSE = 5


class PromptConnection(Connection):
    """Looks for the broker every few seconds, however long it was away; usually the pauses grow to half a minute."""

    def _ensure_connection(  # type: ignore[override]
        self,
        errback: Any = None,
        max_retries: int | None = None,
        interval_start: int = 1,
        interval_step: int = 1,
        interval_max: int = LONGEST_PAUSE,
        **options: Any,
    ) -> Any:
        pauses = (interval_start, interval_step, min(interval_max, LONGEST_PAUSE))
        return super()._ensure_connection(errback, max_retries, *pauses, **options)


class PromptAMQP(AMQP):
    Connection = PromptConnection


app = Celery("panel", amqp=PromptAMQP)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
