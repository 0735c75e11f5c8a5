"""Make the demo's people, catalogue and past, or finish making them; at every start, say who can sign in."""

import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import gettext as _

from panel.demo.introduction import introduce
from panel.demo.loading import follow_sandbox, is_loaded, is_somebody_elses, load
from panel.demo.sandbox_door import SandboxAway
from providers.gateway import ProviderFault


class Command(BaseCommand):
    help = _("Load the demo into an empty panel. Repeating it changes nothing.")

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.PRODUCTION:
            raise CommandError(_("The demo is not for production."))
        if is_somebody_elses():
            return
        if is_loaded():
            follow_sandbox()
        else:
            self._load()
        introduce(now=timezone.now())

    def _load(self) -> None:
        begin = time.monotonic()
        try:
            load(clock=timezone.now, orders=settings.PANEL_DEMO_ORDERS)
        except (SandboxAway, ProviderFault) as trouble:
            raise CommandError(
                _("The sandbox provider does not answer: %(why)s") % {"why": trouble}
            ) from trouble
        seconds = time.monotonic() - begin
        self.stdout.write(_("The demo was loaded in %(seconds).1f s.") % {"seconds": seconds})
