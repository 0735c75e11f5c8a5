from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import F
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.adapter import sender_of
from accounts.api_keys import create_key, revoke_key
from accounts.closing import closing_refusal
from accounts.forms import ApiKeyForm, ClosingForm
from accounts.models import AccountState
from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from accounts.signing_in import ip_digest, sign_ins_of
from accounts.standing import change_state, refusal_of
from accounts.states import Deed

SIGN_INS_SHOWN = 50
REVOKED_KEYS_SHOWN = 20


@require_safe
@login_required
def account_settings(request: CustomerRequest) -> HttpResponse:
    live_key_count = request.user.api_keys.filter(revoked_at=None).count()
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


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def api_key_list(request: CustomerRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST or None)
    plain = None
    if form.is_valid():
        try:
            plain = create_key(customer=request.user, now=timezone.now(), **form.cleaned_data)[1]
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            form = ApiKeyForm()
    keys = request.user.api_keys
    page = {
        "form": form,
        # Written straight into this one answer: it rests in no session and no cookie on its way.
        "plain": plain,
        "live_keys": keys.filter(revoked_at=None).order_by("-created_at", "-pk"),
        "revoked_keys": keys.exclude(revoked_at=None).order_by(F("revoked_at").desc())[:REVOKED_KEYS_SHOWN],
        "api_url": f"{settings.PANEL_URL.rstrip('/')}/api/v2",
    }
    return render(request, "accounts/api_key_list.html", page)


@require_POST
@login_required
def api_key_revoke(request: CustomerRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(request.user.api_keys, pk=key_id)
    revoke_key(customer=request.user, key_id=key.pk, now=timezone.now())
    messages.success(request, _("The key “%(label)s” no longer works.") % {"label": key.label})
    return redirect("api_key_list")
