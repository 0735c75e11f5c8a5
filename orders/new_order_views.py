from typing import Any
from uuid import uuid4

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from billing.ledger import balance_of
from catalog.models import Service
from catalog.platforms import PLATFORMS, Metric, Platform
from orders.conditions import conditions_of, small_order_hint, stated_clauses
from orders.drafting import ServiceNotOnSale
from orders.forms import TYPED, OrderForm
from orders.models import Order
from orders.outlooks import forecast_of
from orders.picking import picks
from orders.placing import place_order
from orders.quantities import plain_number
from terms.acceptance import news_for
from terms.versions import newest_version


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def order_new(request: CustomerRequest) -> HttpResponse:
    typed = request.POST if request.method == "POST" else _typed_before(request)
    do = request.POST.get("do", "")
    service = _service(typed.get("service", ""))
    if newest_version() is None or service is None or do in {"change", "find"}:
        return _show_picker(request, typed)
    form = _form(request, typed, service)
    if do == "place":
        return _place(request, form)
    if not (service.is_on_sale and service.provider.is_active):
        return _show_picker(request, typed, refusal=ServiceNotOnSale())
    if do == "check":
        return _check(request, form)
    if request.method == "POST" and do == "" and not form.is_typed:
        return redirect(f"{request.path}?service={service.pk}")
    return _show_fields(request, form, said=False)


@login_required
@require_GET
def order_picks(request: CustomerRequest) -> HttpResponse:
    return render(request, "orders/picks.html", picks(request.user, request.GET))


@login_required
@require_POST
def order_quote(request: CustomerRequest) -> HttpResponse:
    service = _service(request.POST.get("service", ""))
    if service is None or newest_version() is None:
        return HttpResponse(status=204)
    form = _form(request, request.POST, service)
    form.is_valid()
    return render(request, "orders/quote.html", _facts(request, form) | {"live": True})


def _check(request: CustomerRequest, form: OrderForm) -> HttpResponse:
    """Everything is right: the summary to confirm. Otherwise the fields again."""
    if form.is_valid():
        try:
            form.require_placeable(now=timezone.now())
        except Refusal as refusal:
            form.refuse(refusal)
    return _show_fields(request, form, said=True) if form.errors else _show_summary(request, form)


def _place(request: CustomerRequest, form: OrderForm) -> HttpResponse:
    form.is_valid()
    if not form.was_confirmed():
        return _check(request, form)
    address, program = _sender(request)
    try:
        order = place_order(
            customer=request.user,
            request=form.order_request(ip=address, user_agent=program),
            now=timezone.now(),
        )
    except ServiceNotOnSale as refusal:
        return _show_picker(request, request.POST, refusal=refusal)
    except Refusal as refusal:
        form.refuse(refusal)
        if form.draft and form.is_mended_by_confirming:
            return _show_summary(request, form)
        return _show_fields(request, form, said=True)
    messages.success(request, _("Order #%(number)s is placed.") % {"number": order.pk})
    return redirect("order_detail", order.pk)


def _show_picker(
    request: CustomerRequest, typed: QueryDict, *, refusal: Refusal | None = None
) -> HttpResponse:
    version = newest_version()
    context = picks(request.user, typed) | {
        "step": "pick",
        "refusal": refusal,
        "stated": stated_clauses(version) if version else (),
        "typed": {name: typed.get(name, "") for name in TYPED},
    }
    return render(request, "orders/order_new.html", context)


def _show_fields(request: CustomerRequest, form: OrderForm, *, said: bool) -> HttpResponse:
    """Show the fields; `said` tells whether what is wrong with them is said already."""
    confirms = form.version.rules.order.confirm_step
    context = _facts(request, form) | ({} if confirms else _ticks(request, form))
    context |= {"step": "fields", "confirms": confirms, "fields": form if said else form.unsaid()}
    return render(request, "orders/order_new.html", context)


def _show_summary(request: CustomerRequest, form: OrderForm) -> HttpResponse:
    context = _facts(request, form) | _ticks(request, form) | {"step": "summary"}
    return render(request, "orders/order_new.html", context)


def _ticks(request: CustomerRequest, form: OrderForm) -> dict[str, Any]:
    """What has to be ticked, and what the next press of the button will refer to."""
    changed = form.has_error("__all__", "terms_changed")
    return {
        "terms_tick": form.terms_tick_needed(),
        "terms_news": news_for(request.user, form.version),
        "terms_ticked": form["accept_terms"].value() and not changed,
        "public_tick": form.version.rules.order.public_ack,
        "overlap_tick": form.warning_to_tick(now=timezone.now()) if form.draft else None,
        "watched_clauses": ("A-19", "K-25"),
        "watched": form.watched_words() if form.draft else (),
        "request_id": _request_id(form),
    }


def _request_id(form: OrderForm) -> str:
    """The same summary keeps its id, so that pressing twice orders once; another order gets its own."""
    kept = form.cleaned_data.get("request_id") if form.errors else None
    return str(uuid4() if kept is None or form.has_error("__all__", "request_reused") else kept)


def _facts(request: CustomerRequest, form: OrderForm) -> dict[str, Any]:
    balance, charge, policy = balance_of(request.user), form.charge, form.version.rules
    return {
        "form": form,
        "service": form.service,
        "version": form.version,
        "stated": stated_clauses(form.version),
        "last_run_at": timezone.now() + form.plan.length if form.plan else None,
        "balance": balance,
        "balance_after": None if charge is None else balance - charge,
        "conditions": conditions_of(form.service, policy, stated_clauses(form.version)),
        "hint": small_order_hint(form.service, policy) if form.is_first_and_large() else None,
        "network_terms": PLATFORMS[Platform(form.service.platform)].terms_url,
        "metric": Metric(form.service.metric).label,
        "forecast": forecast_of(request.user, form.service, form.units, form.target, policy),
    }


def _form(request: CustomerRequest, typed: QueryDict, service: Service) -> OrderForm:
    version = newest_version()
    assert version is not None
    return OrderForm(typed, customer=request.user, service=service, version=version, now=timezone.now())


def _typed_before(request: CustomerRequest) -> QueryDict:
    """The service of a link, or an earlier order to place again."""
    again = plain_number(request.GET.get("again", ""))
    if again is None:
        return request.GET
    order = get_object_or_404(Order.objects.of(request.user).select_related("drip_feed"), pk=again)
    typed = QueryDict(mutable=True)
    typed.update(
        {
            "service": str(order.service_id),
            "link": order.link,
            "channel": order.channel_link,
            "comments": order.comments,
        }
    )
    if order.service_kind == "default":
        typed["quantity"] = str(order.quantity)
    if order.drip_feed:
        typed.update(
            {
                "in_runs": "on",
                "runs": str(order.drip_feed.runs),
                "interval": str(order.drip_feed.interval_minutes),
            }
        )
    return typed


def _service(text: str) -> Service | None:
    number = plain_number(text)
    if number is None:
        return None
    return Service.objects.select_related("provider", "category", "estimate").filter(pk=number).first()


def _sender(request: HttpRequest) -> tuple[str | None, str]:
    adapter = get_adapter(request)
    return adapter.get_client_ip(request), adapter.get_http_user_agent(request)
