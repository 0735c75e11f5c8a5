"""What a program sends: one JSON object, exactly as it is written. What could be read in two ways is refused.

No number is ever a binary fraction: those with a point are kept as Decimal, and no field of ours takes one.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as translate
from django.utils.translation import gettext_lazy as _
from rest_framework.parsers import BaseParser
from rest_framework.request import Request

from api.v1.problems import Unreadable


class BadJson(Unreadable):
    default_code = "bad_json"
    default_detail = _("The body must be one JSON object in UTF-8.")


class TooLarge(Unreadable):
    status_code = 413
    default_code = "too_large"
    default_detail = _("The body is too large.")


class LengthNeeded(Unreadable):
    status_code = 411
    default_code = "length_needed"
    default_detail = _("Send the body with a Content-Length.")


class StrictJson(BaseParser):
    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        body = stream.read(settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
        if len(body) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise TooLarge
        try:
            sent = json.loads(
                body.decode(),
                parse_float=Decimal,
                parse_constant=_no_number,
                object_pairs_hook=_each_once,
            )
            _require_storable(sent)
        except (ValueError, RecursionError, ArithmeticError) as error:
            raise BadJson from error
        if not isinstance(sent, dict):
            raise BadJson
        return sent


def require_length(request: Request) -> None:
    """Django takes a body that comes in pieces for an empty one."""
    if request.META.get("HTTP_TRANSFER_ENCODING") and not request.META.get("CONTENT_LENGTH"):
        raise LengthNeeded
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise TooLarge


def body_of(request: Request) -> dict[str, Any]:
    """Return the object that was sent, an empty one without a body. Raises BadJson."""
    data = request.data
    if isinstance(data, dict):
        return dict(data)
    raise BadJson


def _no_number(word: str) -> None:
    raise ValueError(word)


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({name for name, _value in pairs}) < len(pairs):
        raise BadJson(translate("A name stands twice in one object."))
    return dict(pairs)


def _require_storable(value: Any) -> None:
    """Neither a zero byte nor half a character, which JSON can write and a database cannot keep."""
    if isinstance(value, str):
        if "\x00" in value:
            raise ValueError("a zero byte")
        value.encode()
    elif isinstance(value, dict):
        for name, inner in value.items():
            _require_storable(name)
            _require_storable(inner)
    elif isinstance(value, list):
        for inner in value:
            _require_storable(inner)
