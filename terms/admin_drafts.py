"""Drafts in the administration: begin, edit, read, compare, publish.

Each step is a page of its own and calls one rule; what decided differently is rehearsed where the orders are.
"""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.refusals import Refusal
from terms.admin_forms import BeginForm, DraftForm, PublishForm
from terms.comparing import changes_between
from terms.drafting import WORDING, begin_from_profile, begin_from_version, problems_of, save_draft
from terms.models import TermsDraft
from terms.publishing import next_number, publish_draft, text_of
from terms.versions import newest_version
from terms.wording import sections_of

PUBLISH = "terms.publish_termsversion"


class TermsDraftAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    list_display = ["name", "profile", "begun_from", "edited_at", "edited_by"]
    list_select_related = ["begun_from", "edited_by"]
    ordering = ["-edited_at"]

    def get_urls(self) -> list[URLPattern]:
        steps = [
            path(f"<int:number>/{name}/", self.admin_site.admin_view(view), name=f"terms_termsdraft_{name}")
            for name, view in (("read", self.read), ("compare", self.compare), ("publish", self.publish))
        ]
        return [*steps, *super().get_urls()]

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_add_permission(request):
            raise PermissionDenied
        in_force = newest_version()
        form = BeginForm(request.POST if request.method == "POST" else None, in_force=in_force)
        if not form.is_valid():
            return self._page(request, "draft_begin", title=_("Begin a draft"), form=form)
        name, base, by = form.cleaned_data["name"], form.cleaned_data["base"], _person(request)
        if in_force and base == "in_force":
            draft = begin_from_version(in_force, name=name, by=by, now=timezone.now())
        else:
            draft = begin_from_profile(base, name=name, by=by, now=timezone.now())
        self.log_addition(request, draft, [{"added": {}}])
        return redirect("admin:terms_termsdraft_change", draft.pk)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        draft = self._draft(request, object_id)
        if not self.has_change_permission(request, draft):
            return redirect("admin:terms_termsdraft_read", draft.pk)
        in_force = newest_version()
        form = DraftForm(
            request.POST if request.method == "POST" else None,
            draft=draft,
            in_force=in_force.rules if in_force else None,
        )
        if form.is_valid() and self._save(request, draft, form):
            return redirect(request.path)
        return self._step(request, draft, "edit", form=form, in_force=in_force)

    def read(self, request: HttpRequest, number: int) -> HttpResponse:
        draft = self._draft(request, number)
        try:
            sections = sections_of(text_of(draft.wording, policy=draft.rules))
        except Refusal as refusal:
            return self._step(request, draft, "read", refusal=refusal)
        return self._step(request, draft, "read", sections=sections)

    def compare(self, request: HttpRequest, number: int) -> HttpResponse:
        draft = self._draft(request, number)
        return self._step(request, draft, "compare", **self._differences(draft))

    def publish(self, request: HttpRequest, number: int) -> HttpResponse:
        draft = self._draft(request, number)
        if not request.user.has_perm(PUBLISH):
            raise PermissionDenied
        form = PublishForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            try:
                version = publish_draft(
                    draft.pk, number=form.cleaned_data["number"], by=_person(request), now=timezone.now()
                )
            except Refusal as refusal:
                form.add_error("number", refusal)
            else:
                said = _("Version %(number)s of the terms is in force. Customers are told what changed.")
                messages.success(request, said % {"number": version.number})
                return redirect("admin:terms_termsversion_changelist")
        facts = self._differences(draft) | {"form": form, "number": next_number()}
        return self._step(request, draft, "publish", **facts)

    def _save(self, request: HttpRequest, draft: TermsDraft, form: DraftForm) -> bool:
        try:
            save_draft(
                draft,
                name=form.cleaned_data["name"],
                wording=form.cleaned_data["wording"],
                values=form.values(),
                revision=form.cleaned_data["revision"],
                by=_person(request),
                now=timezone.now(),
            )
        except Refusal as refusal:
            form.take_over(draft.revision)
            form.add_error(None, refusal)
            return False
        self.log_change(request, draft, [{"changed": {}}])
        problems = problems_of(draft.rules, wording=draft.wording)
        if problems:
            messages.warning(request, _("Saved. It cannot be published yet: see what is marked below."))
        else:
            messages.success(request, _("Saved. It could be published as it is."))
        return True

    def _differences(self, draft: TermsDraft) -> dict[str, Any]:
        """What would change for customers, or why it cannot be said yet."""
        in_force = newest_version()
        try:
            policy = draft.rules
            problems = problems_of(policy, wording=draft.wording)
            text = "" if problems else text_of(draft.wording, policy=policy)
        except Refusal as refusal:
            return {"in_force": in_force, "problems": [refusal.text]}
        if problems:
            named = [
                problem if name == WORDING else f"{name}: {problem}" for name, problem in problems.items()
            ]
            return {"in_force": in_force, "problems": named}
        changes = changes_between(in_force.rules, in_force.text, policy, text) if in_force else None
        return {"in_force": in_force, "changes": changes, "hints": policy.hints().values()}

    def _draft(self, request: HttpRequest, number: str | int) -> TermsDraft:
        if not self.has_view_permission(request):
            raise PermissionDenied
        known = number if str(number).isdecimal() and len(str(number)) < 19 else 0
        return get_object_or_404(TermsDraft.objects.select_related("begun_from"), pk=known)

    def _step(self, request: HttpRequest, draft: TermsDraft, step: str, **facts: Any) -> HttpResponse:
        facts |= {
            "draft": draft,
            "step": step,
            "may_edit": self.has_change_permission(request, draft),
            "may_publish": request.user.has_perm(PUBLISH),
            "may_rehearse": request.user.has_perm("orders.view_order"),
        }
        return self._page(request, f"draft_{step}", title=draft.name, **facts)

    def _page(self, request: HttpRequest, name: str, **facts: Any) -> HttpResponse:
        context = {**self.admin_site.each_context(request), "opts": self.opts, **facts}
        return TemplateResponse(request, f"admin/terms/{name}.html", context)


def _person(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user
