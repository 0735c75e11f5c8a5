"""The pages of withdrawals: what one would take and bring, asking for it, and what became of it.

Whoever asks has given the password within the last minutes, so that nobody at a desk that was left open can (A-38).
"""

from decimal import Decimal
from typing import Any

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from billing.ledger import balance_of
from billing.models import Withdrawal, WithdrawalState
from billing.money import plain_amount
from billing.offering import Offer, has_door, offer_for
from billing.ways import ways_of_quote
from billing.withdrawal_forms import WithdrawalForm, shows
from billing.withdrawal_steps import steps_of
from billing.withdrawing import cancel, quote_for, refusal_before_asking, request_withdrawal

PAGE = 25


@never_cache
@sensitive_post_parameters("destination")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def withdrawal_new(request: CustomerRequest) -> HttpResponse:
    offer = _offer(request)
    page: HttpResponse = _ask(request, offer)
    return page


@require_POST
@login_required
def withdrawal_quote(request: CustomerRequest) -> HttpResponse:
    """The table below the form, as it would be for the amount that is being typed."""
    _offer(request)
    return render(request, "billing/withdrawal_quote.html", _quoted(request, WithdrawalForm(request.POST)))


@require_safe
@login_required
def withdrawal_list(request: CustomerRequest) -> HttpResponse:
    now = timezone.now()
    if not has_door(request.user, now=now):
        raise Http404
    paginator = Paginator(request.user.withdrawals.order_by("-pk"), PAGE)
    page = {"page": paginator.get_page(request.GET.get("page")), "offer": offer_for(request.user, now=now)}
    return render(request, "billing/withdrawal_list.html", page)


@require_safe
@login_required
def withdrawal_detail(request: CustomerRequest, number: int) -> HttpResponse:
    withdrawal = get_object_or_404(request.user.withdrawals, pk=number)
    page = {
        "withdrawal": withdrawal,
        "steps": steps_of(withdrawal),
        "parts": withdrawal.parts.select_related("funding").order_by("pk"),
        "payouts": withdrawal.payouts.select_related("payment").exclude(state="failed").order_by("pk"),
        "may_cancel": withdrawal.state == WithdrawalState.REQUESTED,
        "today": timezone.localdate(),
    }
    return render(request, "billing/withdrawal_detail.html", page)


@require_POST
@login_required
def withdrawal_cancel(request: CustomerRequest, number: int) -> HttpResponse:
    withdrawal = get_object_or_404(request.user.withdrawals, pk=number)
    try:
        cancel(withdrawal.pk, customer=request.user, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("You took it back: the money is on your balance again."))
    return redirect("withdrawal_detail", withdrawal.pk)


@reauthentication_required  # type: ignore[untyped-decorator]
def _ask(request: CustomerRequest, offer: Offer) -> HttpResponse:
    form = WithdrawalForm(request.POST) if request.method == "POST" else _filled(request, offer)
    if form.is_bound and form.is_valid():
        try:
            withdrawal = _request(request, form)
        except Refusal as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("You asked to withdraw it. Our staff decide about it."))
            return redirect("withdrawal_detail", withdrawal.pk)
    now = timezone.now()
    page = _quoted(request, form) | {
        "form": form,
        "offer": offer,
        "all": plain_amount(offer.most),
        "in_the_way": refusal_before_asking(request.user, now=now),
    }
    return render(request, "billing/withdrawal_new.html", page, status=422 if form.errors else 200)


def _request(request: CustomerRequest, form: WithdrawalForm) -> Withdrawal:
    return request_withdrawal(
        customer=request.user,
        gross=form.cleaned_data["amount"],
        destination=form.cleaned_data["destination"],
        shown=form.shown(),
        request_id=form.cleaned_data["request_id"],
        now=timezone.now(),
    )


def _filled(request: CustomerRequest, offer: Offer) -> WithdrawalForm:
    return WithdrawalForm(initial={"amount": plain_amount(offer.most)})


def _quoted(request: CustomerRequest, form: WithdrawalForm) -> dict[str, Any]:
    """The quote for the amount in the form, or why there is none."""
    amount = form.amount_now if form.is_bound else Decimal(str(form["amount"].value()))
    if amount is None:
        return {}
    try:
        quote = quote_for(request.user, gross=amount, now=timezone.now())
    except Refusal as refusal:
        return {"refusal": refusal}
    left = balance_of(request.user) - quote.gross - quote.bonus_lost
    return {"quote": quote, "shown": shows(quote), "ways": ways_of_quote(quote), "left": left}


def _offer(request: CustomerRequest) -> Offer:
    """A panel without withdrawals has no such page (A-24)."""
    offer = offer_for(request.user, now=timezone.now())
    if offer is None:
        raise Http404
    return offer
