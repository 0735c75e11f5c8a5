from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from orders.conditions import stated_clauses
from orders.models import Channel, Order
from orders.quantities import plain_number
from refills.asking_many import offers_of, orders_named
from refills.courses import Point, chart_of, course_of
from refills.hastening import ask_to_speed_up, has_open_wish, speed_up_refusal
from refills.listing import LOOKS, Look, refill_page
from refills.models import Evidence, Refill
from refills.offers import guarantee_of, offer_of
from refills.promising import promise_of
from refills.requesting import MOST_AT_ONCE, Asked, request_many, request_refill
from refills.states import RefillState
from refills.telling import clauses_of, numbers_of, steps_of, turn_of


@login_required
@require_safe
def refill_list(request: CustomerRequest) -> HttpResponse:
    wanted = request.GET
    look = wanted.get("look", "")
    page = refill_page(
        request.user,
        look=look if look in LOOKS else "",
        search=wanted.get("q", ""),
        before=plain_number(wanted.get("before", "")),
        after=plain_number(wanted.get("after", "")),
    )
    refills = page.refills
    context = {
        "rows": [(refill, turn_of(refill) if refill.is_open else refill.answer) for refill in refills],
        "looks": Look,
        "look": look,
        "q": wanted.get("q", ""),
        "newer": refills and page.has_newer and _here(wanted, after=refills[0].pk),
        "older": refills and page.has_older and _here(wanted, before=refills[-1].pk),
        "is_live": page.is_live,
        "has_refills": bool(refills) or Refill.objects.of(request.user).exists(),
    }
    polls = bool(request.headers.get("HX-Request"))
    return render(request, "refills/rows.html" if polls else "refills/refill_list.html", context)


@login_required
@require_safe
def refill_detail(request: CustomerRequest, number: int) -> HttpResponse:
    refill = _mine(request, number)
    context = _told(refill)
    if request.headers.get("HX-Request"):
        return _news(request, "refills/course.html", context)
    return render(request, "refills/refill_detail.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refill_ask(request: CustomerRequest, number: int) -> HttpResponse:
    """Asking shows its answer on the order's page first; a button there asks."""
    order = get_object_or_404(_orders(request), pk=number)
    if request.method != "POST":
        if request.headers.get("HX-Request"):
            return _news(request, "refills/of_order.html", told_of_order(order))
        return redirect(_on_the_page_of(order))
    try:
        refill = request_refill(order, channel=Channel.BROWSER, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
        return redirect(_on_the_page_of(order))
    if refill.is_open:
        messages.success(request, _("Your request is kept; here you see how it goes."))
    return redirect("refill_detail", refill.pk)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refill_ask_many(request: CustomerRequest) -> HttpResponse:
    """Each chosen order with the answer that asking would get; then each with the answer that it got."""
    asks = request.method == "POST"
    given = request.POST if asks else request.GET
    typed = given.get("numbers", "")
    named = orders_named(_orders(request), chosen=given.getlist("order"), typed=typed)
    context: dict[str, Any] = {"typed": typed, "most": MOST_AT_ONCE, "unknown": named.unknown}
    if named.too_many:
        return render(request, "refills/ask_many.html", context | {"too_many": True})
    if asks and named.orders:
        answers = request_many(named.orders, channel=Channel.BROWSER, now=timezone.now())
        context["answers"] = [(asked, _answer_in_words(asked)) for asked in answers]
    else:
        context["offers"] = offers_of(named.orders, now=timezone.now())
    return render(request, "refills/ask_many.html", context)


@login_required
@require_POST
def refill_speed_up(request: CustomerRequest, number: int) -> HttpResponseRedirect:
    refill = _mine(request, number)
    try:
        ask_to_speed_up(refill, text=request.POST.get("text", ""), now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("Our staff will see whether it can be hurried."))
    return redirect("refill_detail", refill.pk)


def _answer_in_words(asked: Asked) -> str:
    if asked.refill is None:
        return asked.refusal.text if asked.refusal else ""
    return turn_of(asked.refill) if asked.refill.is_open else asked.refill.answer


def told_of_order(order: Order) -> dict[str, Any]:
    """What the part about refills on an order's page needs."""
    now = timezone.now()
    offer = offer_of(order, now=now)
    points = course_of(order)
    running = offer.running if offer else None
    return {
        "order": order,
        "offer": offer,
        "turn": turn_of(running) if running else "",
        "stamp": _stamp(running, points),
        "points": points,
        "chart": chart_of(order, points, now=now),
        "refills": list(order.refills.order_by("-pk")[:10]) if offer else [],
        "is_live": running is not None,
        "stated": stated_clauses(order.terms_version),
        "terms_page": order.terms_version.get_absolute_url(),
    }


def _told(refill: Refill) -> dict[str, Any]:
    now = timezone.now()
    order = refill.order
    points = course_of(order)
    return {
        "refill": refill,
        "order": order,
        "stamp": _stamp(refill, points),
        "turn": turn_of(refill),
        "numbers": numbers_of(refill),
        "clauses": clauses_of(refill),
        "steps": steps_of(refill, refill.events.order_by("pk")),
        "guarantee": guarantee_of(promise_of(order), now=now),
        "shown": Evidence.objects.filter(refill=refill).prefetch_related("images").order_by("pk"),
        "needs_info": refill.state == RefillState.NEEDS_INFO,
        "may_speed_up": speed_up_refusal(refill, now=now) is None,
        "wish_is_open": has_open_wish(refill),
        "is_live": refill.is_open,
        "points": points,
        "chart": chart_of(order, points, now=now),
        "stated": stated_clauses(order.terms_version),
        "terms_page": order.terms_version.get_absolute_url(),
    }


def _news(request: CustomerRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A page that asks again and again is told nothing while nothing is new, so its chart stays as it is."""
    if request.GET.get("seen") == context["stamp"]:
        return HttpResponse(status=204)
    return render(request, template, context)


def _stamp(refill: Refill | None, points: list[Point]) -> str:
    last = refill and refill.events.order_by("-pk").values_list("pk", flat=True).first()
    return f"{refill.state}.{refill.waits_for}.{last}.{len(points)}" if refill else f"{len(points)}"


def _orders(request: CustomerRequest) -> Any:
    return Order.objects.of(request.user).select_related("customer", "service", "terms_version", "submission")


def _mine(request: CustomerRequest, number: int) -> Refill:
    refills = Refill.objects.of(request.user).select_related(
        "order__customer", "order__service", "order__terms_version", "behind_order", "behind_refill"
    )
    return get_object_or_404(refills, pk=number)


def _on_the_page_of(order: Order) -> str:
    return reverse("order_detail", args=[order.pk]) + "#refill"


def _here(wanted: QueryDict, **place: int) -> str:
    query = wanted.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    query.update({name: str(number) for name, number in place.items()})
    return f"?{query.urlencode()}"
