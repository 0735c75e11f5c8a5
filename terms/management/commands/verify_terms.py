"""Compute every version's digest again: `verify_terms` prints the differences and fails when there is one."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from terms.models import TermsVersion
from terms.publishing import digest_of


class Command(BaseCommand):
    help = _("Compute the digest of every version of the terms again and compare it with the stored one.")

    def handle(self, *args: Any, **options: Any) -> None:
        checked = different = 0
        for version in TermsVersion.objects.order_by("number").iterator(chunk_size=20):
            checked += 1
            if digest_of(text=version.text, policy=version.policy) != version.digest:
                different += 1
                self.stderr.write(
                    _("Version %(number)s is not what was published.") % {"number": version.number}
                )
        said = _("Versions checked: %(checked)d. Different: %(different)d.")
        self.stdout.write(said % {"checked": checked, "different": different})
        if different:
            raise CommandError(_("The terms do not agree with their digests."))
