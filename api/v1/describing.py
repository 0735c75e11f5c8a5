"""How the OpenAPI file is made from the views: each says in one place what it takes, answers and needs.

manage.py spectacular --validate --fail-on-warn --file docs/openapi.yaml      (that is bin/openapi)
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiExample, OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import serializers

from accounts.scopes import Scope
from api.models import MOST_KEY_LETTERS
from api.v1.fields import Told
from api.v1.problems import CONTENT_TYPE, TITLES, TYPE_PAGE
from api.v1.repeating import HEADER

View = TypeVar("View", bound=Callable[..., Any])

# Whatever is called may be answered with these.
EVERYWHERE = (401, 403, 404, 405, 429, 500)
WORDS_AT = {
    400: ("bad_fields", "Some fields cannot be taken as they are; “errors” names each of them."),
    401: ("key_unknown", "This is not a working key."),
    403: ("scope_missing", "This key may not do that: it lacks the scope “order”."),
    404: ("not_found", "There is no such thing, or it is not yours."),
    405: ("method_not_allowed", 'Method "PUT" not allowed.'),
    409: (
        "idempotency_key_reused",
        "This Idempotency-Key was used before for another request. Nothing was done.",
    ),
    411: ("length_needed", "Send the body with a Content-Length."),
    413: ("too_large", "The body is too large."),
    415: ("unsupported_media_type", 'Unsupported media type "text/plain" in request.'),
    422: ("insufficient_balance", "The order costs 12.50; your balance is 3.20."),
    429: ("rate_limited", "This key may make 120 calls a minute. Call again in 21 seconds."),
    500: ("broken", "Something broke on our side. Repeat the request with the same Idempotency-Key."),
}
RATE_LIMIT_HEADERS = {
    "RateLimit-Limit": "Calls a minute that this key may make.",
    "RateLimit-Remaining": "How many of them are left.",
    "RateLimit-Reset": "In how many seconds there are all of them again.",
}


class FieldError(Told):
    field = serializers.CharField(help_text="Its name; names in lists have numbers: `lines.3.link`.")
    code = serializers.CharField()
    detail = serializers.CharField()


class Problem(Told):
    """What every “no” looks like (RFC 9457)."""

    type = serializers.CharField(help_text="Where the code is explained.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="A sentence for people, with its numbers.")
    code = serializers.CharField(help_text="For programs. It never changes.")
    clauses = serializers.ListField(
        child=serializers.CharField(), help_text="Clauses of the terms that it rests on, such as K-67."
    )
    params = serializers.DictField(help_text="The numbers of the sentence: whole numbers, and texts.")
    errors = serializers.ListField(  # type: ignore[assignment]
        child=FieldError(), required=False, help_text="With `bad_fields`: what is wrong with each field."
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = "api.v1.authentication.BearerKey"
    name = "key"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        scopes = "; ".join(f"`{scope.value}`: {scope.label}" for scope in Scope)
        return {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "fp_…",
            "description": f"An API key of your account. What it may do was chosen when it was made. {scopes}.",
        }


def described(
    summary: str,
    text: str,
    *,
    tag: str,
    operation: str,
    scope: Scope,
    answers: Mapping[int, Any],
    example: Any,
    problems: Sequence[int] = (),
    parameters: Sequence[OpenApiParameter] = (),
    takes: Any = None,
    takes_example: Any = None,
    repeats: str = "",
) -> Callable[[View], View]:
    """Describe one operation, with everything that is the same for all."""
    good = next(iter(answers))
    shown = (
        [OpenApiExample("answer", value=example, response_only=True, status_codes=[str(good)])]
        if example
        else []
    )
    if takes_example is not None:
        shown.append(OpenApiExample("request", value=takes_example, request_only=True))
    responses: dict[Any, Any] = {
        (status, "application/json") if shape is not None else status: OpenApiResponse(
            shape, description="Done." if shape is not None else "Done; there is nothing to say."
        )
        for status, shape in answers.items()
    }
    responses |= {(status, CONTENT_TYPE): _problem(status) for status in sorted({*problems, *EVERYWHERE})}
    headers = [_idempotency_key(repeats)] if repeats else []
    if not takes and good == 200 and not repeats:
        headers.append(_if_none_match())
        responses[304] = OpenApiResponse(None, description="It is as the ETag says that you have.")
    described_view: Callable[[View], View] = extend_schema(
        operation_id=operation,
        summary=summary,
        description=f"{text}\n\nScope of the key: `{scope.value}`.",
        tags=[tag],
        request=takes,
        responses=responses,
        parameters=[*parameters, *headers],
        examples=shown,
        extensions={"x-scope": scope.value},
    )
    return described_view


def _problem(status: int) -> OpenApiResponse:
    code, detail = WORDS_AT[status]
    body: dict[str, Any] = {
        "type": f"{TYPE_PAGE}{code}",
        "title": str(TITLES[status]),
        "status": status,
        "detail": detail,
        "code": code,
        "clauses": [],
        "params": {},
    }
    if code == "bad_fields":
        body["errors"] = [{"field": "quantity", "code": "invalid", "detail": "A valid integer is required."}]
    shown = OpenApiExample(code, value=body, response_only=True, status_codes=[str(status)])
    return OpenApiResponse(Problem, description=f"{TITLES[status]}.", examples=[shown])


def _idempotency_key(repeats: str) -> OpenApiParameter:
    return OpenApiParameter(
        HEADER,
        {
            "type": "string",
            "minLength": 1,
            "maxLength": MOST_KEY_LETTERS,
            "pattern": r"^[!-~]([ -~]*[!-~])?$",
        },
        OpenApiParameter.HEADER,
        required=repeats == "needed",
        description="Of your own making, one for each thing you want done. The same key and body are done once and "
        "answered alike for two days; the same key with another body is refused (409).",
    )


def _if_none_match() -> OpenApiParameter:
    return OpenApiParameter(
        "If-None-Match",
        {"type": "string"},
        OpenApiParameter.HEADER,
        description="The ETag of an answer that you have: 304 when it is still so.",
    )


def only_ours(endpoints: list[Any]) -> list[Any]:
    """Leave out the address that answers where nothing is (a preprocessing hook)."""
    return [
        endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v1/") and endpoint[0] != "/api/v1/"
    ]


def finish(result: dict[str, Any], **_kept: Any) -> dict[str, Any]:
    """Add what drf-spectacular cannot know: the headers of every answer (a postprocessing hook)."""
    components = result.setdefault("components", {})
    components["headers"] = {
        name: {"description": text, "schema": {"type": "integer", "minimum": 0}}
        for name, text in RATE_LIMIT_HEADERS.items()
    }
    limits = {name: {"$ref": f"#/components/headers/{name}"} for name in RATE_LIMIT_HEADERS}
    for path in result["paths"].values():
        for operation in path.values():
            for status, response in operation["responses"].items():
                if "security" in operation and status not in {"401", "500"}:
                    response.setdefault("headers", {}).update(limits)
                if status == "429":
                    retry = {
                        "description": "In how many seconds to call again.",
                        "schema": {"type": "integer"},
                    }
                    response["headers"]["Retry-After"] = retry
    return result
