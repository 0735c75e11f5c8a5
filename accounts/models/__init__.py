"""People, and what is kept about them."""

from accounts.models.announcements import Announcement, AnnouncementRead
from accounts.models.erasures import Erasure
from accounts.models.notices import Notice, NoticeKind
from accounts.models.people import ApiKey, User, UserManager
from accounts.models.standing import Look, SignIn, StateChange
from accounts.models.webhooks import (
    WebhookEndpoint,
    WebhookEvent,
    WebhookMessage,
    WebhookState,
    WebhookTrouble,
)
from accounts.states import AccountState

__all__ = [
    "AccountState",
    "Announcement",
    "AnnouncementRead",
    "ApiKey",
    "Erasure",
    "Look",
    "Notice",
    "NoticeKind",
    "SignIn",
    "StateChange",
    "User",
    "UserManager",
    "WebhookEndpoint",
    "WebhookEvent",
    "WebhookMessage",
    "WebhookState",
    "WebhookTrouble",
]
