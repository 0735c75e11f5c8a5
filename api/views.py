"""The resellers' door. A call is answered with HTTP 200, errors included: many programs read nothing else."""

import logging
from typing import Any

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables
from django.views.decorators.http import require_safe

from accounts.api_keys import customer_of_key
from accounts.refusals import Refusal
from api import guide
from api.actions import answer
from api.adding import OutcomeUnknown
from api.calls import Call
from api.reading import asked_in, given
from api.words import BROKEN, INCORRECT_REQUEST, INVALID_KEY, OUTCOME_UNKNOWN, Declined, explained

METHODS = ("GET", "HEAD", "POST")

logger = logging.getLogger(__name__)


@csrf_exempt
@never_cache
@sensitive_post_parameters("key")
def api_v2(request: HttpRequest) -> JsonResponse:
    status = 200
    try:
        body = answer(_call(request))
    except Declined as declined:
        body = {"error": str(declined)}
    except Refusal as refusal:
        body = explained(refusal)
    except OutcomeUnknown:
        # The one exception: 200 with an error would tell the program that nothing was bought, and nobody knows.
        logger.exception("It is not known whether an order by API was placed")
        status, body = 500, {"error": OUTCOME_UNKNOWN}
    except Exception:
        logger.exception("A call of API v2 failed")
        body = {"error": BROKEN}
    return JsonResponse(body, safe=False, status=status)


@sensitive_variables()
def _call(request: HttpRequest) -> Call:
    if request.method not in METHODS:
        raise Declined(INCORRECT_REQUEST)
    now = timezone.now()
    asked = asked_in(request)
    customer = customer_of_key(given(asked, "key") or _bearer(request), now=now)
    if customer is None:
        raise Declined(INVALID_KEY)
    return Call(customer, asked, now, ip=_ip(request), user_agent=request.headers.get("User-Agent", ""))


def _bearer(request: HttpRequest) -> str:
    scheme, _space, key = request.headers.get("Authorization", "").partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def _ip(request: HttpRequest) -> str | None:
    try:
        address: str = get_adapter(request).get_client_ip(request)
    except PermissionDenied:
        # Through a socket without addresses.
        return None
    return address


@require_safe
def api_docs(request: HttpRequest) -> HttpResponse:
    page: dict[str, Any] = {
        "api_url": guide.address(),
        "actions": guide.ACTIONS,
        "order_fields": guide.ORDER_FIELDS,
        "errors": guide.error_rows(),
    }
    return render(request, "api/api_docs.html", page)
