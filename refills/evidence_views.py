import logging
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from orders.models import SpeedUp
from providers.secrets import SealBroken
from refills.evidence import (
    MOST_PICTURES,
    PictureGone,
    answer_refill,
    answer_speed_up,
    content_of,
    evidence_refusal,
    wants_count,
)
from refills.evidence_form import EvidenceForm
from refills.forgetting import days_kept
from refills.guides import guide_for
from refills.models import EvidenceImage, Refill
from refills.pictures import MOST_MEGABYTES
from refills.vault import PictureLost

log = logging.getLogger(__name__)

# The picture is looked at and nothing else: not kept by the browser, not guessed about, not embedded by others.
GUARDS = {
    "Cache-Control": "private, no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Content-Disposition": 'inline; filename="screenshot.jpg"',
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def refill_evidence(request: CustomerRequest, number: int) -> HttpResponse:
    refills = Refill.objects.of(request.user).select_related("order__service", "order__terms_version")
    refill = get_object_or_404(refills, pk=number)
    return _page(request, refill, back=reverse("refill_detail", args=[refill.pk]))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def speed_up_evidence(request: CustomerRequest, number: int) -> HttpResponse:
    wishes = SpeedUp.objects.filter(order__customer=request.user)
    wish = get_object_or_404(wishes.select_related("order__service", "order__terms_version"), pk=number)
    return _page(request, wish, back=reverse("order_detail", args=[wish.order_id]) + "#speed-up")


@login_required
@require_safe
def evidence_image(request: CustomerRequest, number: int) -> HttpResponse:
    """A private picture: for its customer, and for staff with the right."""
    image = get_object_or_404(EvidenceImage.objects.select_related("customer"), pk=number)
    person = request.user
    may_look = person.is_staff and person.has_perm("refills.view_evidenceimage")
    if image.customer_id != person.pk and not may_look:
        raise Http404
    try:
        content = content_of(image, by=person, now=timezone.now())
    except PictureGone as gone:
        return HttpResponse(gone.text, status=410, content_type="text/plain; charset=utf-8", headers=GUARDS)
    except (PictureLost, SealBroken):
        log.exception("Screenshot %s cannot be read", image.pk)
        raise Http404 from None
    return HttpResponse(content, content_type="image/jpeg", headers=GUARDS)


def _page(request: CustomerRequest, asked: Refill | SpeedUp, *, back: str) -> HttpResponse:
    if refusal := evidence_refusal(asked):
        messages.error(request, refusal.text)
        return redirect(back)
    is_counted = isinstance(asked, Refill) and wants_count(asked)
    sent = request.method == "POST"
    form = EvidenceForm(
        *([request.POST, request.FILES] if sent else []), order=asked.order, is_counted=is_counted
    )
    if sent and form.is_valid() and _answered(asked, form):
        messages.success(request, _("Thank you. Our staff will look at it."))
        return HttpResponseClientRedirect(back) if request.headers.get("HX-Request") else redirect(back)
    context = _told(asked, back=back) | {"form": form, "is_counted": is_counted}
    return render(request, "refills/evidence.html", context)


def _answered(asked: Refill | SpeedUp, form: EvidenceForm) -> bool:
    pictures, now = form.cleaned_data["pictures"], timezone.now()
    try:
        if isinstance(asked, Refill):
            answer_refill(asked, pictures, now=now, **form.answer)
        else:
            answer_speed_up(asked, pictures, now=now)
    except Refusal as refusal:
        form.refuse(refusal)
        return False
    return True


def _told(asked: Refill | SpeedUp, *, back: str) -> dict[str, Any]:
    return {
        "order": asked.order,
        "asked": asked,
        "guide": guide_for(asked.order),
        "back": back,
        "days_kept": days_kept(),
        "most": MOST_PICTURES,
        "most_megabytes": MOST_MEGABYTES,
    }
