from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.adapter import sender_of
from accounts.api_keys import working_keys
from accounts.closing import closing_refusal
from accounts.forms import ClosingForm
from accounts.models import AccountState
from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from accounts.signing_in import ip_digest, sign_ins_of
from accounts.standing import change_state, refusal_of
from accounts.states import Deed

SIGN_INS_SHOWN = 50


@require_safe
@login_required
def account_settings(request: CustomerRequest) -> HttpResponse:
    live_key_count = working_keys(request.user, now=timezone.now()).count()
    return render(request, "accounts/account_settings.html", {"live_key_count": live_key_count})


@require_safe
@login_required
def sign_in_list(request: CustomerRequest) -> HttpResponse:
    page = {
        "sign_ins": sign_ins_of(request.user)[:SIGN_INS_SHOWN],
        "shown": SIGN_INS_SHOWN,
        "this_network": ip_digest(sender_of(request)[0]),
    }
    return render(request, "accounts/sign_in_list.html", page)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def account_close(request: CustomerRequest) -> HttpResponse:
    obstacle = refusal_of(request.user, Deed.CLOSE) or closing_refusal(request.user)
    form = ClosingForm(request.POST or None)
    if form.is_valid() and not obstacle:
        why = _("Closed at the customer's own wish.")
        try:
            change_state(
                customer=request.user, to=AccountState.CLOSED, why=why, by=request.user, now=timezone.now()
            )
        except Refusal as refusal:
            obstacle = refusal
        else:
            logout(request)
            messages.success(request, _("Your account is closed. Thank you for having been here."))
            return redirect("dashboard")
    return render(request, "accounts/account_close.html", {"form": form, "obstacle": obstacle})
