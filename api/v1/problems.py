"""How the REST API says no: one shape for every refusal and every mistake (RFC 9457, application/problem+json).

A refusal of a rule keeps its code, its sentence, its clauses and its numbers. What cannot be read is named field by
field. What broke is written to our log and told without its cause.
"""

import logging
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.functional import Promise
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from rest_framework import exceptions
from rest_framework.response import Response
from rest_framework.views import set_rollback

from accounts.api_keys import AddressNotAllowed, KeyExpired, ScopeMissing
from accounts.rate_limits import RateLimited
from accounts.refusals import Refusal
from accounts.standing import AccountClosed, AccountFrozen, AccountSuspended, AccountTerminated
from billing.withdrawing import WithdrawalRequestReused
from orders.asking import RequestReused

CONTENT_TYPE = "application/problem+json"
# Where the codes are explained; a reference relative to the panel, as RFC 9457 allows.
TYPE_PAGE = "/api/#"

UNAUTHORIZED = 401

TITLES: dict[int, str | Promise] = {
    400: _("The request cannot be read"),
    401: _("A working key is needed"),
    403: _("This key or account may not do that"),
    404: _("There is no such thing here"),
    405: _("This is not done in this way"),
    406: _("Only JSON is spoken here"),
    409: _("It clashes with another request"),
    411: _("The length of the body is needed"),
    413: _("The request is too large"),
    415: _("Only JSON is read here"),
    422: _("A rule speaks against it"),
    429: _("Too many requests"),
    500: _("Something broke on our side"),
    503: _("Not available at the moment"),
}


class InsecureDoor(Refusal):
    code = "https_needed"
    sentence = _("Call with https. The key was sent in the open: replace it.")


# Every other refusal of a rule is 422.
STATUS_OF: tuple[tuple[type[Refusal], int], ...] = (
    (RateLimited, 429),
    (KeyExpired, 401),
    (AddressNotAllowed, 403),
    (ScopeMissing, 403),
    (InsecureDoor, 403),
    (AccountFrozen, 403),
    (AccountSuspended, 403),
    (AccountTerminated, 403),
    (AccountClosed, 403),
    (RequestReused, 409),
    (WithdrawalRequestReused, 409),
)

logger = logging.getLogger(__name__)


class Unreadable(exceptions.APIException):
    """A request that no rule is asked about; subclasses say why."""

    status_code = 400
    default_code = "unreadable"
    default_detail = _("The request cannot be read.")


class Clash:
    """What marks a refusal because of another request with the same Idempotency-Key."""


class KeyReused(Clash, Refusal):
    code = "idempotency_key_reused"
    sentence = _("This Idempotency-Key was used before for another request. Nothing was done.")


class InProgress(Clash, Refusal):
    code = "in_progress"
    sentence = _(
        "A request with this Idempotency-Key is still at work. Repeat it in %(retry_after)s seconds; it is done once."
    )


class OutcomeUnknown(Exception):
    """The database failed so that nobody knows whether the thing was done."""


@dataclass
class Problem:
    status: int
    code: str
    detail: str
    clauses: tuple[str, ...] = ()
    params: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, str]] | None = None
    headers: dict[str, str] = field(default_factory=dict)

    def body(self) -> dict[str, Any]:
        body: dict[str, Any] = {
            "type": f"{TYPE_PAGE}{self.code}",
            "title": str(TITLES[self.status]),
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            "clauses": list(self.clauses),
            "params": self.params,
        }
        if self.errors is not None:
            body["errors"] = self.errors
        return body


def explain(error: Exception, _context: Mapping[str, Any]) -> Response:
    """Answer whatever was raised: the one place where refusals become answers (DRF's EXCEPTION_HANDLER)."""
    set_rollback()
    problem = problem_of(error)
    return Response(problem.body(), status=problem.status, headers=problem.headers, content_type=CONTENT_TYPE)


def problem_of(error: Exception) -> Problem:
    match error:
        case Refusal():
            return of_refusal(error)
        case ValidationError():
            return Problem(
                422, str(error.code or "refused"), str(error.messages[0]), params=_plain(error.params)
            )
        case exceptions.ValidationError():
            detail = translate("Some fields cannot be taken as they are; “errors” names each of them.")
            return Problem(400, "bad_fields", detail, errors=list(_errors(error.detail)))
        case Http404() | exceptions.NotFound():
            return Problem(404, "not_found", translate("There is no such thing, or it is not yours."))
        case PermissionDenied():
            return Problem(403, "forbidden", translate("This is not allowed."))
        case exceptions.APIException():
            return _of_api_exception(error)
        case OutcomeUnknown():
            logger.exception("It is not known whether a call of the REST API was done", exc_info=error)
            detail = translate(
                "It is not known whether this was done. Repeat it with the same Idempotency-Key."
            )
            return Problem(500, "outcome_unknown", detail)
        case _:
            logger.exception("A call of the REST API failed", exc_info=error)
            detail = translate(
                "Something broke on our side. Repeat the request with the same Idempotency-Key."
            )
            return Problem(500, "broken", detail)


def of_refusal(refusal: Refusal) -> Problem:
    status = next((status for kind, status in STATUS_OF if isinstance(refusal, kind)), 422)
    headers = {}
    if isinstance(refusal, Clash):
        status = 409
    if status == UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    params = _plain(refusal.params)
    if "retry_after" in params:
        headers["Retry-After"] = str(params["retry_after"])
    return Problem(status, refusal.code, refusal.text, refusal.clauses, params, headers=headers)


def _of_api_exception(error: exceptions.APIException) -> Problem:
    headers = {}
    auth_header = getattr(error, "auth_header", None)
    if auth_header:
        headers["WWW-Authenticate"] = auth_header
    code = error.detail.code if isinstance(error.detail, exceptions.ErrorDetail) else error.default_code
    return Problem(error.status_code, str(code), str(error.detail), headers=headers)


def _plain(params: Any) -> dict[str, Any]:
    """The numbers of a sentence: whole numbers as such, amounts as texts, never a binary fraction."""
    return {
        name: value
        if isinstance(value, bool | int)
        else f"{value:f}"
        if isinstance(value, Decimal)
        else str(value)
        for name, value in (params or {}).items()
    }


def _errors(detail: Any, place: str = "") -> Iterator[dict[str, str]]:
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            here = "" if name == "non_field_errors" else str(name)
            yield from _errors(inner, ".".join(filter(None, (place, here))))
    elif isinstance(detail, list):
        for number, inner in enumerate(detail):
            # A list of mistakes, or one entry for each element of a list that was sent.
            yield from _errors(inner, place if isinstance(inner, str) else f"{place}.{number}".strip("."))
    else:
        yield {"field": place, "code": str(getattr(detail, "code", "invalid")), "detail": str(detail)}
