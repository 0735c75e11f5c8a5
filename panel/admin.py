"""The administration's own site: its name, and a first page that says what waits for a person."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.looking import record_look
from accounts.models import User
from accounts.spreadsheets import csv_answer
from billing.reporting import money_report, report_rows
from panel.disputes.evidence import disputed, evidence_name, evidence_of
from panel.money_report import DaysForm, days_asked, report_context
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
        facts["has_report"] = request.user.has_perm("billing.view_transfer")
        return super().index(request, facts | (extra_context or {}))

    def get_urls(self) -> list[URLPattern | URLResolver]:
        return [
            path("outbox/", self.admin_view(self.outbox), name="outbox"),
            path("money-report/", self.admin_view(self.money_report), name="money_report"),
            path("disputes/<int:number>/evidence/", self.admin_view(self.evidence), name="dispute_evidence"),
            *super().get_urls(),
        ]

    def money_report(self, request: HttpRequest) -> HttpResponseBase:
        """The figures of all customers together: for whoever may look at the books."""
        if not request.user.has_perm("billing.view_transfer"):
            raise PermissionDenied
        form = DaysForm(request.GET or None)
        first, last = days_asked(form, today=timezone.localdate())
        if "csv" in request.GET:
            return csv_answer(report_rows(money_report(first, last)), file_name=f"money-{first}-{last}.csv")
        if not form.is_bound:
            form = DaysForm(initial={"first": first, "last": last})
        page = {**self.each_context(request), "title": _("Money of each day"), "form": form}
        return TemplateResponse(request, "admin/money_report.html", page | report_context(first, last))

    def evidence(self, request: HttpRequest, number: int) -> StreamingHttpResponse:
        """All that speaks for us, and about one person: only for who decides, and written down as a look."""
        assert isinstance(request.user, User)
        if not request.user.has_perm("billing.decide_dispute"):
            raise PermissionDenied
        dispute = disputed(number)
        if dispute is None:
            raise Http404
        now = timezone.now()
        record_look(staff=request.user, customer=dispute.payment.customer, now=now)
        return StreamingHttpResponse(
            evidence_of(dispute, now=now),
            content_type="application/zip",
            headers={"Content-Disposition": f'attachment; filename="{evidence_name(dispute, now=now)}"'},
        )

    def outbox(self, request: HttpRequest) -> TemplateResponse:
        """Mails hold the links that let people in, so only the owner reads them."""
        if not has_outbox():
            raise Http404
        if not request.user.is_superuser:
            raise PermissionDenied
        page = {**self.each_context(request), "title": _("Outbox"), "mails": newest_mails()}
        return TemplateResponse(request, "admin/outbox.html", page)
