from typing import Any
from urllib.parse import urlencode

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.models import WebhookEndpoint, WebhookMessage, WebhookState
from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from api.reading import number_in
from api.webhooks import endpoints
from api.webhooks.forms import EndpointForm
from api.webhooks.listing import LOOKS, Look, message_page


@require_safe
@login_required
def webhook_list(request: CustomerRequest) -> HttpResponse:
    return render(request, "api/webhooks/webhook_list.html", {"endpoints": _own(request).order_by("-pk")})


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def webhook_new(request: CustomerRequest) -> HttpResponse:
    form = EndpointForm(request.POST or None)
    if form.is_valid():
        try:
            endpoint, plain = endpoints.create_endpoint(
                customer=request.user, now=timezone.now(), **form.cleaned_data
            )
        except Refusal as refusal:
            form.add_error(None, refusal)
        else:
            # Written straight into this one answer: it rests in no session and no cookie on its way.
            return render(request, "api/webhooks/webhook_secret.html", {"endpoint": endpoint, "plain": plain})
    return render(request, "api/webhooks/webhook_form.html", {"form": form})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def webhook_change(request: CustomerRequest, number: int) -> HttpResponse:
    endpoint = get_object_or_404(_own(request), pk=number)
    now_it_is = {"url": endpoint.url, "description": endpoint.description, "events": endpoint.events}
    form = EndpointForm(request.POST or None, initial=now_it_is)
    if form.is_valid():
        try:
            endpoints.change_endpoint(endpoint, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(None, refusal)
        else:
            messages.success(request, _("The webhook was changed."))
            return redirect("webhook_detail", number)
    return render(request, "api/webhooks/webhook_form.html", {"form": form, "endpoint": endpoint})


@sensitive_variables()
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def webhook_secret(request: CustomerRequest, number: int) -> HttpResponse:
    endpoint = get_object_or_404(_own(request), pk=number)
    plain = endpoints.rotate_secret(endpoint, now=timezone.now()) if request.method == "POST" else None
    return render(request, "api/webhooks/webhook_secret.html", {"endpoint": endpoint, "plain": plain})


@require_safe
@login_required
def webhook_detail(request: CustomerRequest, number: int) -> HttpResponse:
    endpoint = get_object_or_404(_own(request), pk=number)
    look = request.GET.get("look", "")
    look = look if look in LOOKS else ""
    before, after = (number_in(request.GET.get(name, "")) for name in ("before", "after"))
    page = message_page(endpoint, look=look, before=before, after=after)
    rows = page.entries
    context: dict[str, Any] = {
        "endpoint": endpoint,
        "entries": rows,
        "look": look,
        "looks": list(Look),
        "newer": rows and page.has_newer and _here(look, after=rows[0].message.pk),
        "older": rows and page.has_older and _here(look, before=rows[-1].message.pk),
        "former_signs": endpoint.former_secret_until and timezone.now() < endpoint.former_secret_until,
    }
    return render(request, "api/webhooks/webhook_detail.html", context)


@require_POST
@login_required
def webhook_switch(request: CustomerRequest, number: int) -> HttpResponse:
    endpoint = get_object_or_404(_own(request), pk=number)
    if endpoint.state == WebhookState.ACTIVE:
        endpoints.pause(endpoint)
        messages.success(request, _("Paused. What happens meanwhile is sent afterwards."))
    else:
        endpoints.resume(endpoint, now=timezone.now())
        messages.success(request, _("Switched on. What is owed is sent now."))
    return redirect("webhook_detail", number)


@require_POST
@login_required
def webhook_remove(request: CustomerRequest, number: int) -> HttpResponse:
    endpoint = get_object_or_404(_own(request), pk=number)
    endpoints.remove(endpoint)
    messages.success(request, _("The webhook was removed."))
    return redirect("webhook_list")


@require_POST
@login_required
def webhook_test(request: CustomerRequest, number: int) -> HttpResponse:
    endpoint = get_object_or_404(_own(request), pk=number)
    try:
        endpoints.send_test(endpoint, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("A test is on its way. Load this page again to see the answer."))
    return redirect("webhook_detail", number)


@require_POST
@login_required
def webhook_resend(request: CustomerRequest, number: int) -> HttpResponse:
    own = WebhookMessage.objects.filter(endpoint__in=_own(request)).select_related("endpoint")
    message = get_object_or_404(own, pk=number)
    try:
        endpoints.resend(message, now=timezone.now())
    except Refusal as refusal:
        messages.error(request, refusal.text)
    else:
        messages.success(request, _("It is sent once more."))
    return redirect("webhook_detail", message.endpoint_id)


def _own(request: CustomerRequest) -> QuerySet[WebhookEndpoint]:
    return request.user.webhook_endpoints.exclude(state=WebhookState.REMOVED).select_related("customer")


def _here(look: str, **place: int) -> str:
    return "?" + urlencode(({"look": look} if look else {}) | place)
