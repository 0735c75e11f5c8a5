"""Buttons of the administration: staff choose rows, read what will happen, give a reason, and one rule is called.

The same page serves the button beside one row and the action for many. It is a view of its own, because Django wraps
its change form in a transaction, and what moves money wants one to itself.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.utils import display_for_field, display_for_value, label_for_field, lookup_field
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from accounts.models import User

MOST_AT_ONCE = 100


@dataclass(frozen=True)
class Decision:
    """One thing that staff may decide. `act` calls the rule and returns a sentence that says what was done."""

    name: str
    label: str | Promise
    consequence: str | Promise
    right: str
    form: type[forms.Form]
    act: Callable[..., str]
    suits: Callable[[Any], bool]
    for_many: bool = True


class DecidingAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    decisions: tuple[Decision, ...] = ()
    # What the page shows of each row that is decided about.
    decide_display: tuple[str, ...] = ("__str__",)
    change_form_template = "admin/decisions/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        door = path(
            "decide/<slug:name>/", self.admin_site.admin_view(self.decide), name=self._address("decide")
        )
        return [door, *super().get_urls()]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions: dict[str, Any] = super().get_actions(request)
        for decision in self._allowed(request):
            if decision.for_many:
                actions[decision.name] = (self._opens(decision), decision.name, decision.label)
        return actions

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row = self.get_object(request, object_id)
        buttons = [
            {"label": decision.label, "href": self._door(decision, [row.pk])}
            for decision in self._allowed(request)
            if row is not None and decision.suits(row)
        ]
        return super().change_view(request, object_id, form_url, {"buttons": buttons} | (extra_context or {}))

    def decide(self, request: HttpRequest, name: str) -> HttpResponse:
        decision = next((one for one in self.decisions if one.name == name), None)
        if decision is None:
            raise Http404
        if decision not in self._allowed(request):
            raise PermissionDenied
        rows = self._chosen(request)
        if not rows or (len(rows) > 1 and not decision.for_many):
            raise Http404
        form = decision.form(request.POST if request.method == "POST" else None)
        if form.is_valid() and self._carry_out(request, decision, rows, form):
            one = rows[0].pk if len(rows) == 1 else None
            return redirect(self._page("change", one) if one else self._page("changelist"))
        return TemplateResponse(
            request, "admin/decisions/decide.html", self._page_of(request, decision, rows, form)
        )

    def _carry_out(self, request: HttpRequest, decision: Decision, rows: list[Any], form: forms.Form) -> bool:
        """Decide about each row by itself: what is refused for one does not stop the others."""
        assert isinstance(request.user, User)
        done = 0
        for row in rows:
            try:
                said = decision.act(row, by=request.user, now=timezone.now(), **form.cleaned_data)
            except ValidationError as refusal:
                if len(rows) == 1:
                    form.add_error(None, refusal)
                else:
                    messages.error(request, " ".join(refusal.messages))
            else:
                done += 1
                self.log_change(request, row, _log_entry(decision, form))
                if len(rows) == 1:
                    messages.success(request, said)
        if len(rows) > 1:
            said = _("%(label)s: done for %(done)d of %(all)d.")
            messages.success(request, said % {"label": decision.label, "done": done, "all": len(rows)})
        return done > 0 or len(rows) > 1

    def _chosen(self, request: HttpRequest) -> list[Any]:
        numbers = request.GET.get("rows", "").split(",")
        if len(numbers) > MOST_AT_ONCE or not all(
            n.isascii() and n.isdigit() and len(n) < 19 for n in numbers
        ):
            raise Http404
        return list(self.get_queryset(request).filter(pk__in=numbers).order_by("pk"))

    def _page_of(
        self, request: HttpRequest, decision: Decision, rows: list[Any], form: forms.Form
    ) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "title": decision.label,
            "opts": self.opts,
            "decision": decision,
            "form": form,
            "media": self.media + form.media,
            "headings": [label_for_field(name, self.model, self) for name in self.decide_display],
            "rows": [
                (self._page("change", row.pk), [self._cell(row, name) for name in self.decide_display])
                for row in rows
            ],
            "back": self._page("change", rows[0].pk) if len(rows) == 1 else self._page("changelist"),
        }

    def _cell(self, row: Model, name: str) -> str:
        field, _attribute, value = lookup_field(name, row, self)
        empty = self.get_empty_value_display()
        return display_for_field(value, field, empty) if field else display_for_value(value, empty)

    def _allowed(self, request: HttpRequest) -> list[Decision]:
        may_look = self.has_view_permission(request)
        return [one for one in self.decisions if may_look and request.user.has_perm(one.right)]

    def _opens(self, decision: Decision) -> Callable[..., HttpResponse | None]:
        def open_door(_admin: Any, request: HttpRequest, chosen: QuerySet[Any]) -> HttpResponse | None:
            numbers = list(chosen.order_by("pk").values_list("pk", flat=True)[: MOST_AT_ONCE + 1])
            if len(numbers) > MOST_AT_ONCE:
                messages.error(request, _("Choose at most %(most)d at once.") % {"most": MOST_AT_ONCE})
                return None
            return redirect(self._door(decision, numbers))

        return open_door

    def _door(self, decision: Decision, numbers: list[int]) -> str:
        rows = urlencode({"rows": ",".join(str(number) for number in numbers)})
        return f"{self._page('decide', decision.name)}?{rows}"

    def _page(self, view: str, *args: Any) -> str:
        return reverse(f"{self.admin_site.name}:{self._address(view)}", args=args)

    def _address(self, view: str) -> str:
        return f"{self.opts.app_label}_{self.opts.model_name}_{view}"


def _log_entry(decision: Decision, form: forms.Form) -> str:
    note = form.cleaned_data.get("note")
    return f"{decision.label}: {note}" if note else str(decision.label)
