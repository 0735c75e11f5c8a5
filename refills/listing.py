"""A customer's refills as a list: by state, by order or link, newest first. Reading only."""

from dataclasses import dataclass

from django.db.models import Q, TextChoices
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from orders.models import Order
from orders.standing import found_by
from refills.models import Refill
from refills.states import OPEN_STATES, RefillState

PAGE_REFILLS = 25


class Look(TextChoices):
    OPEN = "open", _("Open")
    YOURS = "yours", _("Your turn")
    COMPLETED = "completed", _("Completed")
    NO = "no", _("Refused or rejected")


LOOKS: dict[str, Q] = {
    Look.OPEN: Q(state__in=OPEN_STATES),
    Look.YOURS: Q(state=RefillState.NEEDS_INFO),
    Look.COMPLETED: Q(state=RefillState.COMPLETED),
    Look.NO: Q(state__in=[RefillState.REFUSED, RefillState.REJECTED]),
}


@dataclass(frozen=True)
class Page:
    refills: list[Refill]
    has_older: bool
    has_newer: bool

    @property
    def is_live(self) -> bool:
        return any(refill.is_open for refill in self.refills)


def refill_page(
    customer: User,
    *,
    look: str = "",
    search: str = "",
    before: int | None = None,
    after: int | None = None,
    length: int = PAGE_REFILLS,
) -> Page:
    """Return the newest refills, or the ones before or after the refill with this number."""
    refills = Refill.objects.of(customer).select_related("order", "behind_order", "behind_refill")
    refills = refills.defer("order__service_description", "order__comments")
    if look:
        refills = refills.filter(LOOKS[look])
    if search.strip():
        found = Order.objects.of(customer).filter(found_by(search))
        refills = refills.filter(order__in=found)
    if after is not None:
        rows = list(refills.filter(pk__gt=after).order_by("pk")[: length + 1])
        return Page(rows[:length][::-1], has_older=True, has_newer=len(rows) > length)
    if before is not None:
        refills = refills.filter(pk__lt=before)
    rows = list(refills.newest_first()[: length + 1])
    return Page(rows[:length], has_older=len(rows) > length, has_newer=before is not None)
