"""Adding money: the form, the page of one payment, and the door where Stripe's messages come in."""

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from accounts.standing import refusal_of
from accounts.states import Deed
from billing.bonuses import offered_tiers
from billing.comparing import compare_payment
from billing.deposit_form import DepositForm
from billing.ledger import balance_of
from billing.methods import method_of
from billing.models import Payment, PaymentState
from billing.paying import open_payment, start_payment
from billing.stripe_gateway import GatewayAway, GatewayRefused, WebhookForged, read_webhook
from billing.stripe_inbox import keep_event
from terms.acceptance import tick_needed
from terms.models import Channel
from terms.versions import newest_version
from terms.wording import sections_of

log = logging.getLogger(__name__)
LARGEST_WEBHOOK = 512 * 1024
GOING_ON = frozenset({PaymentState.STARTED, PaymentState.PROCESSING, PaymentState.REVIEW})
CLAUSES = ("A-23", "A-24", "A-25", "K-26", "K-68", "K-69", "K-75")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def funds_add(request: CustomerRequest) -> HttpResponse:
    refusal = refusal_of(request.user, Deed.DEPOSIT)
    version = newest_version()
    form = _form(request, request.POST if request.method == "POST" else None)
    if refusal or version is None or not form.methods:
        page = render(request, "billing/funds/closed.html", {"refusal": refusal, "no_terms": version is None})
        page.status_code = 403 if refusal else 200
        return page
    if request.method == "POST" and form.is_valid():
        try:
            return _start(request, form)
        except Refusal as no:
            form.refuse(no)
    return render(request, "billing/funds/add.html", _facts(request, form))


@login_required
@require_POST
def funds_quote(request: CustomerRequest) -> HttpResponse:
    form = _form(request, request.POST)
    form.is_valid()
    return render(request, "billing/funds/quote.html", _facts(request, form) | {"live": True})


@login_required
@require_safe
def payment_detail(request: CustomerRequest, code: str) -> HttpResponse:
    payment = _payment(request, code)
    if "back" in request.GET:
        return _come_back(payment)
    is_live = payment.state in GOING_ON and not _waits_for_staff(payment)
    polls = bool(request.headers.get("HX-Request"))
    page = {
        "payment": payment,
        "method": method_of(payment),
        "is_live": is_live,
        "bank_lines": settings.PANEL_BANK_DETAILS.splitlines(),
        "waits_for_staff": _waits_for_staff(payment),
        "live": polls,
        "terms_page": reverse("terms_version", args=[payment.terms_version_id]),
    }
    return render(request, "billing/funds/course.html" if polls else "billing/funds/payment.html", page)


@login_required
@require_POST
def payment_open(request: CustomerRequest, code: str) -> HttpResponse:
    payment = _payment(request, code)
    return _go_to_pay(request, payment) if refusal_of(request.user, Deed.DEPOSIT) is None else _page(payment)


@csrf_exempt
@require_POST
def stripe_webhook(request: HttpRequest) -> HttpResponse:
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_WEBHOOK:
        return HttpResponse(status=413)
    try:
        event = read_webhook(request.body, request.headers.get("Stripe-Signature", ""))
    except WebhookForged as forged:
        log.warning("A message that is not from Stripe was refused: %s", forged)
        return HttpResponse(status=400)
    keep_event(event, now=timezone.now())
    return HttpResponse(status=200)


def _start(request: CustomerRequest, form: DepositForm) -> HttpResponse:
    typed = form.cleaned_data
    adapter = get_adapter(request)
    payment = start_payment(
        customer=request.user,
        method=typed["method"],
        amount=typed["amount"],
        coupon_code=typed["coupon"],
        terms_number=typed["terms_number"],
        ticked=typed["promise"],
        request_id=typed["request_id"],
        now=timezone.now(),
        ip=adapter.get_client_ip(request),
        user_agent=adapter.get_http_user_agent(request),
    )
    return _go_to_pay(request, payment)


def _go_to_pay(request: CustomerRequest, payment: Payment) -> HttpResponse:
    """Open the payment and send the browser to where it is paid; the payment's own page says what went wrong."""
    url = request.build_absolute_uri(reverse("payment_detail", args=[payment.code]))
    try:
        payment = open_payment(payment, url=url, now=timezone.now())
    except (GatewayAway, GatewayRefused) as no:
        log.warning("Payment %s could not be opened: %s", payment.code, no.text)
    if payment.state == PaymentState.STARTED and payment.page_url:
        return redirect(payment.page_url)
    return _page(payment)


def _come_back(payment: Payment) -> HttpResponse:
    """Back from the page where it is paid: look once, so that nobody waits for a message that is on its way."""
    if payment.state in GOING_ON:
        try:
            compare_payment(payment, clock=timezone.now)
        except Refusal as no:
            log.warning("Payment %s could not be looked at: %s", payment.code, no.text)
    return _page(payment)


def _page(payment: Payment) -> HttpResponse:
    return redirect("payment_detail", payment.code)


def _payment(request: CustomerRequest, code: str) -> Payment:
    payments = request.user.payments.select_related("customer", "funding", "coupon")
    return get_object_or_404(payments, code=code)


def _waits_for_staff(payment: Payment) -> bool:
    way = method_of(payment)
    return payment.state == PaymentState.REVIEW or bool(way and way.is_confirmed_by_hand)


def _form(request: CustomerRequest, typed: Any) -> DepositForm:
    return DepositForm(
        typed, customer=request.user, now=timezone.now(), initial={"amount": request.GET.get("amount")}
    )


def _facts(request: CustomerRequest, form: DepositForm) -> dict[str, Any]:
    version = newest_version()
    assert version is not None
    amount = form.cleaned_data.get("amount") if form.is_bound and not form.errors.get("amount") else None
    balance = balance_of(request.user)
    stated = {name for section in sections_of(version.text) for part in section.clauses for name in part.ids}
    return {
        "form": form,
        "version": version,
        "balance": balance,
        "amount": amount,
        "bonus": form.bonus,
        "balance_after": None if amount is None else balance + amount + form.bonus.amount,
        "tiers": offered_tiers(timezone.now()),
        "promise_needed": tick_needed(customer=request.user, version=version, channel=Channel.DEPOSIT),
        "clauses": CLAUSES,
        "stated": stated,
        "request_id": form["request_id"].value(),
        "withdrawals": version.rules.withdrawal.enabled,
    }
