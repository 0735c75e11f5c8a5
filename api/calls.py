"""One call: who asks, for what, when, and from where."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from api.reading import Asked


@dataclass(frozen=True)
class Call:
    customer: User
    asked: Asked
    now: datetime
    ip: str | None = None
    user_agent: str = ""
