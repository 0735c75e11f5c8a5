from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from orders.hastening import ask_to_speed_up
from orders.models import Condition, Order
from orders.quantities import read_quantity
from orders.sightings import state_count


class CountForm(forms.Form):
    condition = forms.TypedChoiceField(choices=Condition.choices, coerce=Condition)
    count = forms.CharField(required=False)

    def clean(self) -> dict[str, Any]:
        told = super().clean() or {}
        number = read_quantity(told.get("count", ""))
        if told.get("condition") == Condition.PUBLIC and number is None:
            self.add_error("count", _("Type the count as a whole number."))
        told["count"] = number if told.get("condition") == Condition.PUBLIC else None
        return told


@login_required
@require_POST
def order_speed_up(request: CustomerRequest, number: int) -> HttpResponseRedirect:
    order = _mine(request, number)
    try:
        ask_to_speed_up(order, text=request.POST.get("text", ""), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("Our staff will see whether it can be hurried."))
    return redirect("order_detail", order.pk)


@login_required
@require_POST
def order_state_count(request: CustomerRequest, number: int) -> HttpResponseRedirect:
    order = _mine(request, number)
    form = CountForm(request.POST)
    try:
        if form.is_valid():
            state_count(order, by=request.user, now=timezone.now(), **form.cleaned_data)
            messages.success(request, _("Kept with the order, as your word."))
        else:
            messages.error(request, " ".join(str(text) for texts in form.errors.values() for text in texts))
    except Refusal as refusal:
        messages.error(request, refusal.text)
    return redirect("order_detail", order.pk)


def _mine(request: CustomerRequest, number: int) -> Order:
    orders = Order.objects.of(request.user).select_related("customer", "terms_version", "submission")
    return get_object_or_404(orders, pk=number)
