"""What is guaranteed after delivery, in the words that stand beside each service. Where none is named there is none."""

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from catalog.naming import LIFETIME_DAYS, guarantee_is_doubtful


def guarantee_label(days: int | None) -> str | Promise:
    """Return "Refill 30 days", "Lifetime refill" or the warning that there is none (K-09, K-10, K-54)."""
    if days is None:
        return _("No refill – use at your own risk")  # noqa: RUF001
    if days >= LIFETIME_DAYS:
        return _("Lifetime refill")
    return ngettext("Refill %(days)s day", "Refill %(days)s days", days) % {"days": number_format(days)}


def stated_description(description: str, guarantee_days: int | None) -> str:
    """Return a description that names the guarantee, so that it is always among what is read (K-80)."""
    return f"{description}\n{guarantee_label(guarantee_days)}".strip()


def texts_agree(*, name: str, description: str, guarantee_days: int | None) -> bool:
    """Tell whether name and description name this guarantee or none at all (K-80)."""
    if guarantee_days is None:
        stated = "no refill"
    elif guarantee_days >= LIFETIME_DAYS:
        stated = "lifetime refill"
    else:
        stated = f"refill {guarantee_days} days"
    return not guarantee_is_doubtful(f"{name}\n{description}", stated)
