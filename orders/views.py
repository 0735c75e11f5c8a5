from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from orders.cancelling import cancel_order, cancel_refusal
from orders.conditions import stated_clauses
from orders.dripping import runs_around, whole_of
from orders.hastening import wish_of
from orders.hearings import hearings_of
from orders.looking import looks_of
from orders.models import Condition, Order
from orders.quantities import plain_number
from orders.showing import shown_of
from orders.standing import order_page
from orders.states import OrderState
from orders.timeline import guaranteed_until, refund_reason, timeline
from providers.dispatch import DispatchState


@login_required
@require_safe
def order_list(request: CustomerRequest) -> HttpResponse:
    wanted = request.GET
    state = wanted.get("state", "")
    page = order_page(
        request.user,
        state=state if state in OrderState.values else "",
        search=wanted.get("q", ""),
        before=plain_number(wanted.get("before", "")),
        after=plain_number(wanted.get("after", "")),
    )
    orders = page.orders
    context = {
        "orders": orders,
        "wholes": page.wholes,
        "states": OrderState,
        "state": state,
        "q": wanted.get("q", ""),
        "newer": orders and page.has_newer and _here(wanted, after=orders[0].pk),
        "older": orders and page.has_older and _here(wanted, before=orders[-1].pk),
        "is_live": page.is_live,
        "now": timezone.now(),
        "has_orders": bool(orders) or Order.objects.of(request.user).exists(),
    }
    polls = bool(request.headers.get("HX-Request"))
    return render(
        request, "orders/rows.html" if polls else "orders/order_list.html", context | {"live": polls}
    )


@login_required
@require_safe
def order_detail(request: CustomerRequest, number: int) -> HttpResponse:
    order = _mine(request, number)
    steps = timeline(order, order.events.order_by("pk"))
    whole = whole_of(order)
    context = {
        "order": order,
        "whole": whole,
        "runs": runs_around(order) if whole else [],
        "is_live": (whole or order).is_open,
        "steps": steps,
        "refund_step": refund_reason(order, steps),
        "can_cancel": cancel_refusal(order) is None,
        "guaranteed_until": guaranteed_until(order),
        "stated": stated_clauses(order.terms_version),
        "terms_page": order.terms_version.get_absolute_url(),
        "service": order.service,
        "changes": _changes(order),
        "shown": shown_of(order, now=timezone.now()),
        "hearings": hearings_of(order),
        "wish": wish_of(order, now=timezone.now()),
        "held_clauses": ("A-19", "K-25"),
        "is_held": order.submission.state == DispatchState.HELD,
        "looks": looks_of(order),
        "conditions": Condition.choices,
    }
    polls = bool(request.headers.get("HX-Request"))
    return render(
        request, "orders/course.html" if polls else "orders/order_detail.html", context | {"live": polls}
    )


@login_required
@require_POST
def order_cancel(request: CustomerRequest, number: int) -> HttpResponseRedirect:
    order = _mine(request, number)
    try:
        cancel_order(order, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(
            request,
            _("The drip-feed is stopped; the charge of what had not begun is back on your balance.")
            if order.drip_feed_id
            else _("The order is cancelled; its whole charge is back on your balance."),
        )
    return redirect("order_detail", order.pk)


def _mine(request: CustomerRequest, number: int) -> Order:
    orders = Order.objects.of(request.user).select_related(
        "service", "terms_version", "submission", "drip_feed"
    )
    return get_object_or_404(orders, pk=number)


def _changes(order: Order) -> dict[str, bool]:
    """Which facts of the service are no longer as they were sold."""
    service = order.service
    return {
        "name": service.name != order.service_name,
        "description": service.description != order.service_description,
        "rate": service.rate_per_1000 != order.list_rate,
        "guarantee": service.guarantee_days != order.guarantee_days,
    }


def _here(wanted: QueryDict, **place: int) -> str:
    query = wanted.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    query.update({name: str(number) for name, number in place.items()})
    return f"?{query.urlencode()}"
