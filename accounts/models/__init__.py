"""People, and what is kept about them."""

from accounts.models.announcements import Announcement, AnnouncementRead
from accounts.models.notices import Notice, NoticeKind
from accounts.models.people import ApiKey, User, UserManager

__all__ = ["Announcement", "AnnouncementRead", "ApiKey", "Notice", "NoticeKind", "User", "UserManager"]
