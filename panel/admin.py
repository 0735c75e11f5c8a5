"""The administration's own site: its name, and a first page that says what waits for a person."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from panel.queues import queues_for


class StaffSite(admin.AdminSite):
    site_header = _("Fairpanel staff")
    site_title = _("Fairpanel staff")
    index_title = _("What waits for you")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        assert isinstance(request.user, User)
        queues = queues_for(request.user, now=timezone.now())
        return super().index(request, {"queues": queues} | (extra_context or {}))
