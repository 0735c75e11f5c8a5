"""How often one key may call: so many calls in each minute of the clock, counted in Valkey.

A refused call counts as well. While Valkey is away nobody is refused: a limit is there to keep the panel fast, not
to keep customers out.
"""

import logging
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from limits.errors import StorageError
from limits.storage import RedisStorage

from accounts.models import ApiKey
from accounts.refusals import Refusal

WINDOW_SECONDS = 60
# The server's clock may be a little behind ours; a counter that stays too long does no harm.
KEPT_SECONDS = 2 * WINDOW_SECONDS
PATIENCE_SECONDS = 0.5

logger = logging.getLogger(__name__)


class RateLimited(Refusal):
    code = "rate_limited"
    sentence = _(
        "This key may make %(limit)s calls a minute. Call again in %(retry_after)s seconds, and ask for many at once."
    )

    def __init__(self, *, limit: int, retry_after: int) -> None:
        super().__init__(limit=limit, retry_after=retry_after)
        self.limit = limit
        self.retry_after = retry_after


@dataclass(frozen=True)
class Allowance:
    """Calls a minute, how many are left of them, and in how many seconds there are all of them again."""

    limit: int
    remaining: int
    reset_seconds: int


def take(key: ApiKey, *, now: datetime, cost: int = 1) -> Allowance:
    """Count a call of this key, or one that is worth several. Raises RateLimited; then `retry_after` is in seconds."""
    limit: int = settings.PANEL_API_CALLS_PER_MINUTE
    window, second = divmod(int(now.timestamp()), WINDOW_SECONDS)
    left = WINDOW_SECONDS - second
    try:
        taken = _counters(settings.REDIS_URL).incr(f"api/{key.prefix}/{window}", KEPT_SECONDS, cost)
    except StorageError as away:
        logger.warning("Calls are not limited, because Valkey does not answer: %s", away)
        return Allowance(limit, limit, left)
    if taken > limit:
        raise RateLimited(limit=limit, retry_after=left)
    return Allowance(limit, limit - taken, left)


@cache
def _counters(url: str) -> RedisStorage:
    """Connections are kept. The address decides, so that a server which was replaced is found."""
    if url.startswith("unix:"):
        url = f"redis+{url}"
    return RedisStorage(
        url,
        key_prefix="limits",
        wrap_exceptions=True,
        db=settings.REDIS_DB,
        socket_timeout=PATIENCE_SECONDS,
        socket_connect_timeout=PATIENCE_SECONDS,
    )
