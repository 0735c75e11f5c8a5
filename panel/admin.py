"""The administration's own site: its name, and a first page that says what waits for a person."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from panel.outbox import has_outbox, newest_mails
from panel.queues import queues_for


class StaffSite(admin.AdminSite):
    site_header = _("Fairpanel staff")
    site_title = _("Fairpanel staff")
    index_title = _("What waits for you")

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        assert isinstance(request.user, User)
        queues = queues_for(request.user, now=timezone.now())
        facts = {"queues": queues, "has_outbox": has_outbox() and request.user.is_superuser}
        return super().index(request, facts | (extra_context or {}))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [path("outbox/", self.admin_view(self.outbox), name="outbox"), *super().get_urls()]

    def outbox(self, request: HttpRequest) -> TemplateResponse:
        """Mails hold the links that let people in, so only the owner reads them."""
        if not has_outbox():
            raise Http404
        if not request.user.is_superuser:
            raise PermissionDenied
        page = {**self.each_context(request), "title": _("Outbox"), "mails": newest_mails()}
        return TemplateResponse(request, "admin/outbox.html", page)
