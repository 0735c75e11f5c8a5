"""The life of a refill as a table: asked, judged, owed, brought back; or refused by the terms, or rejected.

requested (being judged) → queued (granted: owed to the provider, or to staff) → sent → in progress → completed. On the
way it may wait for information or behind another order on the same counter. An end is an end: who is unhappy asks anew.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class RefillState(models.TextChoices):
    REQUESTED = "requested", _("Requested")
    NEEDS_INFO = "needs_info", _("Needs information")
    WAITING = "waiting", _("Waiting")
    QUEUED = "queued", _("Queued")
    SENT = "sent", _("Sent")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    REFUSED = "refused", _("Refused")
    REJECTED = "rejected", _("Rejected")


OPEN_STATES = frozenset(
    {
        RefillState.REQUESTED,
        RefillState.NEEDS_INFO,
        RefillState.WAITING,
        RefillState.QUEUED,
        RefillState.SENT,
        RefillState.IN_PROGRESS,
    }
)
FINAL_STATES = frozenset({RefillState.COMPLETED, RefillState.REFUSED, RefillState.REJECTED})
# Not decided yet.
UNJUDGED_STATES = frozenset({RefillState.REQUESTED, RefillState.NEEDS_INFO, RefillState.WAITING})
# Granted: the units are owed, and nothing else may move the counter meanwhile.
RUNNING_STATES = frozenset({RefillState.QUEUED, RefillState.SENT, RefillState.IN_PROGRESS})

NEXT_STATES: dict[RefillState, frozenset[RefillState]] = {
    RefillState.REQUESTED: frozenset(
        {
            RefillState.NEEDS_INFO,
            RefillState.WAITING,
            RefillState.QUEUED,
            RefillState.REFUSED,
            RefillState.REJECTED,
        }
    ),
    RefillState.NEEDS_INFO: frozenset(
        {
            RefillState.REQUESTED,
            RefillState.WAITING,
            RefillState.QUEUED,
            RefillState.REFUSED,
            RefillState.REJECTED,
        }
    ),
    RefillState.WAITING: frozenset({RefillState.REQUESTED, RefillState.REFUSED, RefillState.REJECTED}),
    # Straight to the end when the count is whole again before anybody did anything.
    RefillState.QUEUED: frozenset(
        {RefillState.SENT, RefillState.IN_PROGRESS, RefillState.COMPLETED, RefillState.REJECTED}
    ),
    # Back when it is proven that the provider has not got it.
    RefillState.SENT: frozenset(
        {RefillState.QUEUED, RefillState.IN_PROGRESS, RefillState.COMPLETED, RefillState.REJECTED}
    ),
    RefillState.IN_PROGRESS: frozenset({RefillState.COMPLETED, RefillState.REJECTED}),
    RefillState.COMPLETED: frozenset(),
    RefillState.REFUSED: frozenset(),
    RefillState.REJECTED: frozenset(),
}


class WaitsFor(models.TextChoices):
    """Whose turn it is with an open refill."""

    NOBODY = "", _("nobody")
    COUNT = "count", _("a fresh count from the provider")
    CUSTOMER = "customer", _("the customer")
    COUNTER = "counter", _("another order or refill on the count")
    STAFF = "staff", _("staff")
    PROVIDER = "provider", _("the provider")
