"""The pages about API keys. Whoever makes or replaces one has given the password within the last minutes.

So somebody at a desk that was left open gets no lasting way in. A new key is written straight into the one answer
that shows it: it rests in no session and no cookie on its way.
"""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import F, Q
from django.db.models.functions import Least
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.api_keys import PlainKey, create_key, replace_key, revoke_key, working_keys
from accounts.forms import ApiKeyForm, ReplaceKeyForm
from accounts.models import ApiKey
from accounts.requests import CustomerRequest

ENDED_KEYS_SHOWN = 20


@never_cache
@require_safe
@login_required
def api_key_list(request: CustomerRequest) -> HttpResponse:
    now = timezone.now()
    working = working_keys(request.user, now=now)
    ended = request.user.api_keys.filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=now))
    page = {
        "working_keys": working.select_related("replaced_by").order_by("-created_at", "-pk"),
        "ended_keys": ended.annotate(ended_at=Least("revoked_at", "expires_at")).order_by(
            F("ended_at").desc(), "-pk"
        )[:ENDED_KEYS_SHOWN],
        "calls_per_minute": settings.PANEL_API_CALLS_PER_MINUTE,
        "api_url": _api_url(),
    }
    return render(request, "accounts/api_key_list.html", page)


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def api_key_new(request: CustomerRequest) -> HttpResponse:
    form = ApiKeyForm(request.POST or None)
    if form.is_valid():
        try:
            key, plain = create_key(customer=request.user, now=timezone.now(), **form.settings())
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _shown_once(request, key, plain)
    return render(request, "accounts/api_key_new.html", {"form": form})


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def api_key_replace(request: CustomerRequest, key_id: int) -> HttpResponse:
    old = get_object_or_404(request.user.api_keys, pk=key_id)
    form = ReplaceKeyForm(request.POST or None)
    if form.is_valid():
        try:
            key, plain = replace_key(
                customer=request.user, key_id=old.pk, now=timezone.now(), overlap=form.overlap()
            )
        except ValidationError as refusal:
            form.add_error(None, refusal)
        else:
            return _shown_once(request, key, plain)
    return render(request, "accounts/api_key_replace.html", {"form": form, "key": old})


@require_POST
@login_required
def api_key_revoke(request: CustomerRequest, key_id: int) -> HttpResponse:
    key = get_object_or_404(request.user.api_keys, pk=key_id)
    revoke_key(customer=request.user, key_id=key.pk, now=timezone.now())
    messages.success(request, _("The key “%(label)s” no longer works.") % {"label": key.label})
    return redirect("api_key_list")


@sensitive_variables()
def _shown_once(request: CustomerRequest, key: ApiKey, plain: PlainKey) -> HttpResponse:
    page = {
        "key": key,
        "plain": plain,
        "old": ApiKey.objects.filter(replaced_by=key).first(),
        "api_url": _api_url(),
    }
    return render(request, "accounts/api_key_made.html", page)


def _api_url() -> str:
    return f"{settings.PANEL_URL.rstrip('/')}/api/v2"
