"""Which version of the terms is in force: the newest, from the moment it is published."""

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal
from terms.models import TermsVersion


class NoTerms(Refusal):
    code = "no_terms"
    sentence = _("No terms have been published yet, so nothing can be agreed on. Please come back later.")


def version_in_force() -> TermsVersion:
    """Return the newest version; raise NoTerms when there is none."""
    version = newest_version()
    if version is None:
        raise NoTerms
    return version


def newest_version() -> TermsVersion | None:
    """The newest version, if any; its long text stays in the database until it is read."""
    return TermsVersion.objects.defer("text").order_by("-number").first()
