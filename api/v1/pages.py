"""Long lists in pages: newest first, from a cursor on. What comes in meanwhile moves nothing and hides nothing."""

import base64
import binascii
from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as translate
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request

from api.v1.fields import LARGEST_NUMBER

USUAL_LENGTH = 25
LONGEST = 100
CURSOR_LETTERS = 64

PAGE_PARAMETERS = [
    OpenApiParameter(
        "cursor",
        {"type": "string", "minLength": 1, "maxLength": CURSOR_LETTERS},
        description="Where to go on: `next_cursor` of the page before, with the same filters.",
    ),
    OpenApiParameter(
        "limit",
        {"type": "integer", "minimum": 1, "maximum": LONGEST, "default": USUAL_LENGTH},
        description="How many at most.",
    ),
]


def page_of(name: str, item: type[serializers.Serializer[Any]]) -> Any:
    """The shape of a page, for the OpenAPI file."""
    cursor = serializers.CharField(allow_null=True, help_text="null on the last page.")
    return inline_serializer(name, {"items": item(many=True), "next_cursor": cursor})


def list_of(name: str, item: type[serializers.Serializer[Any]]) -> Any:
    """The shape of a list that is always whole."""
    return inline_serializer(name, {"items": item(many=True)})


def wanted_page(request: Request) -> tuple[int | None, int]:
    """Return the number to go on from, if any, and how many are wanted at most."""
    return _cursor(request.query_params.get("cursor")), _limit(request.query_params.get("limit"))


def newest_first(rows: QuerySet[Any], request: Request, tell: Callable[[Any], Any]) -> dict[str, Any]:
    """Return one page of rows by their numbers, each as it is told."""
    before, limit = wanted_page(request)
    if before is not None:
        rows = rows.filter(pk__lt=before)
    found: list[Model] = list(rows.order_by("-pk")[: limit + 1])
    shown = found[:limit]
    return page((tell(row) for row in shown), last=shown[-1].pk if len(found) > limit else None)


def page(items: Iterable[Any], *, last: int | None) -> dict[str, Any]:
    return {"items": list(items), "next_cursor": None if last is None else cursor_of(last)}


def cursor_of(number: int) -> str:
    return base64.urlsafe_b64encode(f"after:{number}".encode()).decode().rstrip("=")


def _cursor(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        word, _colon, number = (
            base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii").partition(":")
        )
    except (binascii.Error, ValueError):
        word, number = "", ""
    if (
        word != "after"
        or not number.isdecimal()
        or len(text) > CURSOR_LETTERS
        or int(number) > LARGEST_NUMBER
    ):
        raise serializers.ValidationError({"cursor": [translate("This is no cursor of ours.")]})
    return int(number)


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL_LENGTH
    if not (
        text.isascii() and text.isdecimal() and len(text) <= len(str(LONGEST)) and 1 <= int(text) <= LONGEST
    ):
        message = translate("A whole number from 1 to %(most)s.") % {"most": LONGEST}
        raise serializers.ValidationError({"limit": [message]})
    return int(text)
