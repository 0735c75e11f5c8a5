"""Which version of the terms is in force: the newest, from the moment it is published."""

from django.utils.translation import gettext_lazy as _

from terms.models import TermsVersion
from terms.refusals import Refusal


class NoTerms(Refusal):
    code = "no_terms"
    sentence = _("No terms have been published yet, so nothing can be agreed on. Please come back later.")


def version_in_force() -> TermsVersion:
    """Return the newest version, without its text until that is read; raise NoTerms when there is none."""
    version = TermsVersion.objects.defer("text").order_by("-number").first()
    if version is None:
        raise NoTerms
    return version
