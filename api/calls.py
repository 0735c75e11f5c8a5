"""One call: with which key, for what, when, and from where. The key itself is not in it: nothing can write it down."""

from dataclasses import dataclass
from datetime import datetime

from accounts.models import ApiKey, User
from api.reading import Asked


@dataclass(frozen=True)
class Call:
    key: ApiKey
    asked: Asked
    now: datetime
    ip: str | None = None
    user_agent: str = ""

    @property
    def customer(self) -> User:
        return self.key.customer
