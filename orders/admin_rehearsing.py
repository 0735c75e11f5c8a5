"""The page on which staff see what a draft of the terms would have decided for the last orders."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path

from accounts.refusals import Refusal
from orders.recalling import LAST, recall
from orders.rehearsing import rehearse
from terms.models import TermsDraft


class RehearsingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    """Gives the administration of orders the step between comparing a draft and publishing it."""

    def get_urls(self) -> list[URLPattern]:
        door = path(
            "rehearse/<int:draft_id>/",
            self.admin_site.admin_view(self.rehearse),
            name="orders_order_rehearse",
        )
        return [door, *super().get_urls()]

    def rehearse(self, request: HttpRequest, draft_id: int) -> HttpResponse:
        if not (request.user.has_perm("terms.view_termsdraft") and self.has_view_permission(request)):
            raise PermissionDenied
        draft = get_object_or_404(TermsDraft, pk=draft_id)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "opts": TermsDraft._meta,
            "title": draft.name,
            "draft": draft,
            "step": "rehearse",
            "last": LAST,
            "may_edit": request.user.has_perm("terms.change_termsdraft"),
            "may_publish": request.user.has_perm("terms.publish_termsversion"),
            "may_rehearse": True,
        }
        try:
            context["rehearsal"] = rehearse(recall(), draft.rules)
        except Refusal as refusal:
            context["refusal"] = refusal
        return TemplateResponse(request, "admin/terms/draft_rehearse.html", context)
