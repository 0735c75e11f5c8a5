"""The life of an order as a table: which state may follow which.

pending (paid, not yet handed over) → processing (handed over, or being so) → in progress → completed, partial or
cancelled. From a final state only a late correction in the customer's favour leads on (R-3, T15-T17).
"""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OrderState(models.TextChoices):
    PENDING = "pending", _("Pending")
    PROCESSING = "processing", _("Processing")
    IN_PROGRESS = "in_progress", _("In progress")
    COMPLETED = "completed", _("Completed")
    PARTIAL = "partial", _("Partial")
    CANCELLED = "cancelled", _("Canceled")


OPEN_STATES = frozenset({OrderState.PENDING, OrderState.PROCESSING, OrderState.IN_PROGRESS})
FINAL_STATES = frozenset({OrderState.COMPLETED, OrderState.PARTIAL, OrderState.CANCELLED})

NEXT_STATES: dict[OrderState, frozenset[OrderState]] = {
    OrderState.PENDING: frozenset({OrderState.PROCESSING, OrderState.CANCELLED}),
    # Back to pending when it is proven that nothing was handed over.
    OrderState.PROCESSING: frozenset({OrderState.PENDING, OrderState.IN_PROGRESS, *FINAL_STATES}),
    # Providers do go back from "in progress" to "processing".
    OrderState.IN_PROGRESS: frozenset({OrderState.PROCESSING, *FINAL_STATES}),
    OrderState.COMPLETED: frozenset({OrderState.PARTIAL, OrderState.CANCELLED}),
    OrderState.PARTIAL: frozenset({OrderState.CANCELLED}),
    OrderState.CANCELLED: frozenset(),
}
