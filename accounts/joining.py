"""Joining by somebody else's hand: staff, an import or the demo adds a person and vouches for the address.

Whoever registers in the browser confirms the address by mail instead.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.db import transaction

from accounts.models import User


@transaction.atomic
def add_person(*, email: str, password: str, **fields: Any) -> User:
    """Add a person who can sign in at once (A-02).

    An address that is taken, however it is capitalised, is an IntegrityError; then nothing is stored.
    """
    user = User.objects.create_user(email, password, **fields)
    confirm_address(user)
    return user


def confirm_address(user: User) -> None:
    """Count the person's address as confirmed. Repeating it changes nothing."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
