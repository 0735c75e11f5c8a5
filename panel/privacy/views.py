from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.closing import closing_refusal
from accounts.erasing import erase
from accounts.models import Erasure
from accounts.refusals import Refusal
from accounts.requests import CustomerRequest
from accounts.standing import refusal_of
from accounts.states import Deed
from billing.ledger import balance_of
from panel.privacy.erasing import erase_next
from panel.privacy.everything import NOT_TAKEN_OUT, PORTIONS
from panel.privacy.exporting import file_name, zip_of
from panel.privacy.forms import ErasureForm
from panel.privacy.retention import NOTICES_KEPT, address_days

# An ordinary account is blank before the answer is sent; what is left over of a large one is done by a sweep.
PIECES_AT_ONCE = 20


@require_safe
@login_required
def privacy(request: CustomerRequest) -> HttpResponse:
    page = {
        "portions": PORTIONS,
        "left_out": sorted({str(reason) for reason in NOT_TAKEN_OUT.values()}),
        "address_days": address_days(),
        "notice_days": NOTICES_KEPT.days,
    }
    return render(request, "privacy/privacy.html", page)


@never_cache
@require_POST
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def privacy_export(request: CustomerRequest) -> StreamingHttpResponse:
    now = timezone.now()
    name = file_name(request.user, now=now)
    return StreamingHttpResponse(
        zip_of(request.user, now=now),
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@reauthentication_required  # type: ignore[untyped-decorator]
def privacy_erase(request: CustomerRequest) -> HttpResponse:
    person = request.user
    obstacle = refusal_of(person, Deed.CLOSE) or closing_refusal(person)
    form = ErasureForm(request.POST or None, person=person, has_balance=bool(balance_of(person)))
    if form.is_valid() and not obstacle:
        now, why = timezone.now(), _("Erased at the customer's own wish.")
        try:
            erasure = erase(customer=person, by=person, why=why, now=now)
        except Refusal as refusal:
            obstacle = refusal
        else:
            _erase_some(erasure)
            logout(request)
            messages.success(request, _("You were erased here. Thank you for having been with us."))
            return redirect("dashboard")
    return render(request, "privacy/privacy_erase.html", {"form": form, "obstacle": obstacle})


def _erase_some(erasure: Erasure) -> None:
    for _piece in range(PIECES_AT_ONCE):
        if not erase_next(now=timezone.now(), only=erasure):
            break
