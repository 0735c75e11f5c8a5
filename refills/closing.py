"""Nobody leaves while a refill is open: units are owed, or somebody still decides."""

from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.refusals import Refusal
from refills.models import Refill


class RefillsOpen(Refusal):
    code = "refills_open"
    clause = "K-18"
    sentence = _("Refills that are still open: %(count)s. The account can be closed when they are finished.")


def open_refills(customer: User) -> Refusal | None:
    """Return why the account may not be closed yet, or None (K-18)."""
    refills = Refill.objects.of(customer).open().count()
    return RefillsOpen(count=refills) if refills else None
