"""Make the groups support, operations and finance, with the rights that their work needs."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from panel.staff_groups import make_groups


class Command(BaseCommand):
    help = "Make the groups support, operations and finance where they are missing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--reset", action="store_true", help="give existing groups their first rights back as well"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = make_groups(reset=options["reset"])
        self.stdout.write(_("made: %(groups)s") % {"groups": ", ".join(made) or _("none, all are there")})
