"""Is the panel well? `/healthz` says that this process answers; `/readyz` says that orders would flow.

Ready means: database and broker answer, a worker was seen within a minute, and no order waits unduly to be sent.
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

import redis
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from orders.models import Submission

WORKER_SEEN = "panel:worker_seen"
WORKER_SILENCE = timedelta(minutes=1)


def _broker() -> "redis.Redis":
    return redis.Redis.from_url(
        settings.REDIS_URL,
        db=settings.REDIS_DB,
        decode_responses=True,
        socket_timeout=2,
        socket_connect_timeout=2,
    )


def note_worker_alive(now: datetime) -> None:
    _broker().set(WORKER_SEEN, now.isoformat())


@dataclass(frozen=True)
class Readiness:
    database: bool
    broker: bool
    worker_seen_seconds_ago: float | None
    oldest_due_seconds: float | None

    @property
    def is_ready(self) -> bool:
        seen = self.worker_seen_seconds_ago
        return self.database and self.broker and seen is not None and seen <= WORKER_SILENCE.total_seconds()


def readiness(now: datetime) -> Readiness:
    """Look at everything an order needs; whatever does not answer is said, not raised."""
    database = _answers(_select_one, DatabaseError)
    broker = _answers(lambda: _broker().ping(), redis.RedisError)
    seen = _broker().get(WORKER_SEEN) if broker else None
    return Readiness(
        database=database,
        broker=broker,
        worker_seen_seconds_ago=(now - datetime.fromisoformat(str(seen))).total_seconds() if seen else None,
        oldest_due_seconds=_oldest_due(now) if database else None,
    )


def _answers(question: Callable[[], object], fault: type[Exception]) -> bool:
    try:
        question()
    except fault:
        return False
    return True


def _select_one() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _oldest_due(now: datetime) -> float | None:
    oldest = Submission.objects.due(now).aggregate(oldest=Min("due_at"))["oldest"]
    return (now - oldest).total_seconds() if oldest else None


@never_cache
@require_safe
def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
@require_safe
def readyz(request: HttpRequest) -> HttpResponse:
    state = readiness(timezone.now())
    return JsonResponse({"ready": state.is_ready, **asdict(state)}, status=200 if state.is_ready else 503)
