"""The resellers' door. A call is answered with HTTP 200, errors included: many programs read nothing else."""

import logging

from allauth.account.adapter import get_adapter
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified, JsonResponse
from django.middleware.gzip import re_accepts_gzip
from django.utils import timezone
from django.utils.cache import add_never_cache_headers, patch_vary_headers
from django.utils.http import parse_etags
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from accounts.api_keys import key_of
from accounts.rate_limits import Allowance, RateLimited, take
from accounts.refusals import Refusal
from api.actions import answer
from api.adding import OutcomeUnknown
from api.calls import Call
from api.listing import Listing
from api.reading import KEY_FIELDS, asked_in, given
from api.words import BROKEN, INCORRECT_REQUEST, INVALID_KEY, OUTCOME_UNKNOWN, Declined, explained

METHODS = ("GET", "HEAD", "POST")

logger = logging.getLogger(__name__)


@csrf_exempt
@sensitive_post_parameters(*KEY_FIELDS)
def api_v2(request: HttpRequest) -> HttpResponse:
    headers: dict[str, str] = {}
    status = 200
    try:
        call = _call(request)
        headers |= _told(take(call.key, now=call.now))
        body = answer(call)
        if isinstance(body, Listing):
            return _listed(request, body, headers)
    except Declined as declined:
        body = {"error": str(declined)}
    except RateLimited as refusal:
        headers["Retry-After"] = str(refusal.retry_after)
        body = explained(refusal) | {"retry_after": refusal.retry_after}
    except Refusal as refusal:
        body = explained(refusal)
    except OutcomeUnknown:
        # The one exception: 200 with an error would tell the program that nothing was bought, and nobody knows.
        logger.exception("It is not known whether an order by API was placed")
        status, body = 500, {"error": OUTCOME_UNKNOWN}
    except Exception:
        logger.exception("A call of API v2 failed")
        body = {"error": BROKEN}
    response = JsonResponse(body, safe=False, status=status, headers=headers)
    add_never_cache_headers(response)
    return response


@sensitive_variables()
def _call(request: HttpRequest) -> Call:
    if request.method not in METHODS:
        raise Declined(INCORRECT_REQUEST)
    now = timezone.now()
    ip = _ip(request)
    asked = dict(asked_in(request))
    plain = next((text for name in KEY_FIELDS if (text := given(asked, name))), "") or _bearer(request)
    for name in KEY_FIELDS:
        asked.pop(name, None)
    key = key_of(plain, now=now, ip=ip)
    if key is None:
        raise Declined(INVALID_KEY)
    return Call(key, asked, now, ip=ip, user_agent=request.headers.get("User-Agent", ""))


def _told(allowance: Allowance) -> dict[str, str]:
    return {
        "X-RateLimit-Limit": str(allowance.limit),
        "X-RateLimit-Remaining": str(allowance.remaining),
        "X-RateLimit-Reset": str(allowance.reset_seconds),
    }


def _listed(request: HttpRequest, listing: Listing, headers: dict[str, str]) -> HttpResponse:
    """Who has exactly this list already, however asked, is told so; who can unpack it gets it packed."""
    packs = bool(re_accepts_gzip.search(request.headers.get("Accept-Encoding", "")))
    # Two spellings of one list are two things to a cache on the way.
    etag = f'"{listing.digest}-gzip"' if packs else f'"{listing.digest}"'
    known = {tag.removeprefix("W/") for tag in parse_etags(request.headers.get("If-None-Match", ""))}
    response: HttpResponse
    if etag in known or "*" in known:
        response = HttpResponseNotModified(headers=headers)
    else:
        response = HttpResponse(
            listing.packed if packs else listing.plain, content_type="application/json", headers=headers
        )
        if packs:
            response["Content-Encoding"] = "gzip"
    response["ETag"] = etag
    # One customer's rates: a browser may keep them, but asks each time.
    response["Cache-Control"] = "private, no-cache"
    patch_vary_headers(response, ["Accept-Encoding", "Authorization"])
    return response


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
