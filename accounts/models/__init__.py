"""People, and what is kept about them."""

from accounts.models.people import ApiKey, User, UserManager

__all__ = ["ApiKey", "User", "UserManager"]
