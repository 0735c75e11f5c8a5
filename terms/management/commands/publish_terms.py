"""Publish a ready profile as the next version of the terms: `publish_terms bestsmmkart --set refill.min_drop=5`."""

import json
from decimal import Decimal
from typing import Any, Literal, get_origin

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refusal
from terms.policy import PARAMETERS
from terms.profiles import PROFILES
from terms.publishing import publish_profile


class Command(BaseCommand):
    help = _("Publish a ready profile as the next version of the terms, in force at once.")

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("profile", choices=PROFILES)
        parser.add_argument(
            "--set",
            action="append",
            default=[],
            metavar="NAME=VALUE",
            help=_("Another value for a parameter; lists as JSON. May be given several times."),
        )
        parser.add_argument("--by", metavar="EMAIL", help=_("Who publishes."))

    def handle(self, *args: Any, **options: Any) -> None:
        by = self._person(options["by"]) if options["by"] else None
        try:
            version = publish_profile(
                options["profile"],
                by=by,
                now=timezone.now(),
                changes=dict(_change(words) for words in options["set"]),
            )
        except Refusal as refusal:
            raise CommandError(refusal.text) from refusal
        for hint in version.rules.hints().values():
            self.stderr.write(str(hint))
        said = _("Version %(number)s of the terms is in force (profile %(profile)s, digest %(digest)s).")
        self.stdout.write(said % {name: getattr(version, name) for name in ("number", "profile", "digest")})

    def _person(self, email: str) -> User:
        person = User.objects.filter(email__iexact=email).first()
        if person is None:
            raise CommandError(_("There is nobody with the address %(email)s.") % {"email": email})
        return person


def _change(words: str) -> tuple[str, object]:
    name, equals, value = words.partition("=")
    if not equals:
        raise CommandError(_("Write --set NAME=VALUE, not %(words)s.") % {"words": words})
    kind = PARAMETERS[name].kind if name in PARAMETERS else str
    if kind in {str, Decimal} or get_origin(kind) is Literal:
        return name, value
    try:
        return name, json.loads(value)
    except ValueError:
        return name, value
