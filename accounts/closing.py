"""Closing an account: by the customer's own wish, and only when nothing is under way on it any more.

What can be under way is known on the floors above; each names its obstacle when the program starts.
"""

from collections.abc import Callable

from accounts.models import User
from accounts.refusals import Refusal

Obstacle = Callable[[User], Refusal | None]

OBSTACLES: list[Obstacle] = []


def closing_refusal(customer: User) -> Refusal | None:
    """Return what is still under way on the account, or None when it may be closed (K-18)."""
    return next((refusal for obstacle in OBSTACLES if (refusal := obstacle(customer))), None)
