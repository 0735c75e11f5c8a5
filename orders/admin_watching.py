"""What staff do beside the ending of orders: look at held ones, note counts, keep the watched words, answer wishes."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin_deciding import DecidingAdmin, Decision
from accounts.models import User
from billing.admin import LookOnlyAdmin
from orders import hastening, holding, reaching
from orders.admin_forms import LONGEST_NOTE, ReasonForm
from orders.models import Condition, Order, SpeedUp, SpeedUpState
from orders.watchwords import require_word
from providers.dispatch import DispatchState

HANDLE = "orders.handle_order"
SETTLE = "orders.settle_order"
SHORT = 80
Lookups = list[tuple[str, str]]


# --- Held orders and counts ----------------------------------------------------------------------------------


class CountForm(ReasonForm):
    count = forms.IntegerField(
        label=_("Count"),
        required=False,
        min_value=0,
        help_text=_("As it stands there now. Watch hours: the hours since the day of the order."),
        widget=forms.NumberInput(attrs={"class": "vBigIntegerField"}),
    )
    condition = forms.TypedChoiceField(
        label=_("What you saw"), choices=Condition.choices, coerce=Condition, initial=Condition.PUBLIC
    )
    field_order = ["condition", "count", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = _("How you looked")
        self.fields["note"].help_text = _(
            "For example: signed out, in a private window. Kept with the count."
        )

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        if told.get("count") is not None and told.get("condition") != Condition.PUBLIC:
            self.add_error("count", _("Only a public count can be read."))
        return told


def let_go(order: Order, *, by: User, note: str, now: datetime) -> str:
    holding.let_go(order.pk, by=by, note=note, now=now)
    return gettext("Order #%(order)s is being sent.") % {"order": order.pk}


def refuse_content(order: Order, *, by: User, note: str, now: datetime) -> str:
    holding.refuse_held(order.pk, by=by, note=note, now=now)
    return gettext("Order #%(order)s is cancelled; its whole charge went back to %(customer)s.") % {
        "order": order.pk,
        "customer": order.customer,
    }


def note_count(
    order: Order, *, by: User, note: str, now: datetime, count: int | None, condition: Condition
) -> str:
    reached = reaching.note_count(order.pk, count=count, condition=condition, by=by, note=note, now=now)
    if reached:
        return gettext("The count is noted; order #%(order)s is complete by it.") % {"order": order.pk}
    return gettext("The count of order #%(order)s is noted.") % {"order": order.pk}


def _is_held(order: Order) -> bool:
    return order.submission.state == DispatchState.HELD


ABOUT_WATCHED = (
    Decision(
        "let_go",
        _("Let it go"),
        _("You have seen link and comments, and nothing speaks against them. The order is sent."),
        SETTLE,
        ReasonForm,
        let_go,
        _is_held,
    ),
    Decision(
        "refuse_content",
        _("Refuse its content"),
        _("The content may not be promoted. The order is cancelled, and its whole charge goes back."),
        SETTLE,
        ReasonForm,
        refuse_content,
        _is_held,
    ),
    Decision(
        "note_count",
        _("Note a count"),
        _(
            "What the counter shows is kept as evidence. Where the terms say so, an order whose target is there "
            "is complete by it."
        ),
        HANDLE,
        CountForm,
        note_count,
        lambda order: True,
        for_many=False,
    ),
)


# --- Watched words -------------------------------------------------------------------------------------------


class WatchwordForm(forms.ModelForm):  # type: ignore[type-arg]
    def clean_word(self) -> str:
        word: str = " ".join(self.cleaned_data["word"].split())
        require_word(word)
        return word


class WatchwordAdmin(admin.ModelAdmin):  # type: ignore[type-arg]
    form = WatchwordForm
    list_display = ["word", "in_links", "in_comments", "is_active", "note"]
    list_filter = ["is_active"]
    search_fields = ["word", "note"]
    ordering = ["word"]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


# --- Wishes for more speed -----------------------------------------------------------------------------------


class AnswerForm(forms.Form):
    answer = forms.CharField(
        label=_("Answer"),
        max_length=LONGEST_NOTE,
        widget=forms.TextInput(attrs={"class": "vTextField"}),
        help_text=_("The customer reads this."),
    )


class WishQueue(admin.SimpleListFilter):
    """The queue is what is open; what waits longest comes first."""

    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Lookups:
        answered: Lookups = [
            (state.value, str(state.label)) for state in SpeedUpState if state is not SpeedUpState.OPEN
        ]
        return [("over_72_h", str(_("open for over 72 h"))), *answered, ("all", str(_("All")))]

    def choices(self, changelist: Any) -> Any:
        first, *others = super().choices(changelist)
        yield {**first, "display": SpeedUpState.OPEN.label}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        match self.value():
            case None:
                return queryset.filter(state=SpeedUpState.OPEN)
            case "over_72_h":
                return queryset.filter(pk__in=hastening.waiting_long(timezone.now()))
            case "all":
                return queryset
            case state:
                return queryset.filter(state=state)


def done(asked: SpeedUp, *, by: User, answer: str, now: datetime) -> str:
    hastening.answer_speed_up(asked.pk, state=SpeedUpState.DONE, answer=answer, by=by, now=now)
    return gettext("The customer of order #%(order)s was told.") % {"order": asked.order_id}


def declined(asked: SpeedUp, *, by: User, answer: str, now: datetime) -> str:
    hastening.answer_speed_up(asked.pk, state=SpeedUpState.DECLINED, answer=answer, by=by, now=now)
    return gettext("The customer of order #%(order)s was told.") % {"order": asked.order_id}


def _is_open(asked: SpeedUp) -> bool:
    return asked.state == SpeedUpState.OPEN


ABOUT_WISHES = (
    Decision(
        "done",
        _("Done"),
        _("You have asked the provider to hurry. The customer is told."),
        HANDLE,
        AnswerForm,
        done,
        _is_open,
    ),
    Decision(
        "decline",
        _("Decline"),
        _("It cannot be hurried. The customer is told why."),
        HANDLE,
        AnswerForm,
        declined,
        _is_open,
    ),
)


class SpeedUpAdmin(DecidingAdmin, LookOnlyAdmin):
    change_form_template = "admin/orders/speedup/change_form.html"
    decisions = ABOUT_WISHES
    decide_display = ("to_order", "customer", "provider", "asked_at", "text")
    list_display = ["to_order", "customer", "provider", "asked_at", "waits", "said", "state"]
    list_display_links = ["asked_at"]
    list_filter = [WishQueue]
    list_select_related = ["order__customer", "order__submission__provider"]
    search_fields = ["order__pk"]
    show_facets = admin.ShowFacets.NEVER
    fields = [
        "to_order",
        "customer",
        "provider",
        "asked_at",
        "text",
        "state",
        "answer",
        "answered_by",
        "answered_at",
    ]
    readonly_fields = ["to_order", "customer", "provider"]
    ordering = ["asked_at", "pk"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[SpeedUp]:
        wishes: QuerySet[SpeedUp] = super().get_queryset(request)
        return wishes.select_related(*self.list_select_related)

    @admin.display(description=_("order"))
    def to_order(self, asked: SpeedUp) -> SafeString:
        address = reverse("admin:orders_order_change", args=[asked.order_id])
        return format_html('<a href="{}">#{}</a>', address, str(asked.order_id))

    @admin.display(description=_("customer"))
    def customer(self, asked: SpeedUp) -> str:
        return str(asked.order.customer)

    @admin.display(description=_("provider"))
    def provider(self, asked: SpeedUp) -> str:
        submission = asked.order.submission
        return f"{submission.provider} {submission.external_id}".strip()

    @admin.display(description=_("over 72 h"))
    def waits(self, asked: SpeedUp) -> str:
        is_long = _is_open(asked) and timezone.now() - asked.asked_at > hastening.WAITS_LONG_AFTER
        return gettext("yes") if is_long else ""

    @admin.display(description=_("what the customer says"))
    def said(self, asked: SpeedUp) -> str:
        return Truncator(asked.text).chars(SHORT)
