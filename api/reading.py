"""What a program asks for, as one flat set of texts, in whatever way it was sent.

Form, JSON, multipart and query string are all in use, sometimes mixed; what cannot be read is an incorrect request.
"""

import json
import re
from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, QueryDict
from django.http.multipartparser import MultiPartParserError

from api.words import INCORRECT_REQUEST, Declined

MAX_IDS = 100
# Orders are numbered far below this; longer numbers are nobody's.
MAX_NUMBER_DIGITS = 18
# What careless clients write for "nothing".
NO_VALUE = frozenset({"", "undefined", "null"})
# Both names are in use for the key.
KEY_FIELDS = ("key", "api_key")
ID_LISTS = frozenset({"orders", "refills"})

Asked = Mapping[str, str]


def asked_in(request: HttpRequest) -> Asked:
    """Return what was asked, the body going before the query. Raises Declined."""
    try:
        asked = request.GET.dict() | _body(request)
        for text in asked.values():
            _require_storable(text)
    except (BadRequest, SuspiciousOperation, MultiPartParserError, OSError, RecursionError, ValueError):
        raise Declined(INCORRECT_REQUEST) from None
    return {name: text.strip() for name, text in asked.items()}


def given(asked: Asked, name: str) -> str:
    """Return what was given under this name, or nothing when a client wrote that it has nothing."""
    text = asked.get(name, "")
    return "" if text in NO_VALUE else text


def ids_in(asked: Asked, one: str, many: str, *, too_many: str) -> tuple[list[str], bool]:
    """Return the ids asked for, each once, and whether to answer as for several. Raises Declined.

    A list in the field for one is answered as a list: some clients know no other field.
    """
    named = given(asked, many) or given(asked, one)
    together = bool(given(asked, many)) or "," in named or (not named and many in asked)
    if not named and not together:
        raise Declined(INCORRECT_REQUEST)
    ids = list(dict.fromkeys(part.strip() for part in named.split(",") if part.strip()))
    if len(ids) > MAX_IDS:
        raise Declined(too_many)
    return ids, together


def number_in(text: str) -> int | None:
    """Return the number that is written here in plain digits, or None."""
    return int(text) if re.fullmatch(rf"[0-9]{{1,{MAX_NUMBER_DIGITS}}}", text) else None


def _body(request: HttpRequest) -> dict[str, str]:
    if request.method != "POST":
        return {}
    if int(request.META.get("CONTENT_LENGTH") or 0) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        # Files in a multipart body would otherwise be taken in at any size.
        raise SuspiciousOperation
    if request.content_type == "multipart/form-data":
        return request.POST.dict()
    body = _bytes(request)
    if body and ("json" in (request.content_type or "") or body.lstrip()[:1] in (b"{", b"[")):
        return _json(body)
    return QueryDict(body, encoding="utf-8").dict()


def _bytes(request: HttpRequest) -> bytes:
    if "HTTP_TRANSFER_ENCODING" not in request.META:
        return request.body
    # Some programs send the body in pieces without a length, which Django takes for an empty one.
    if not request.META.get("wsgi.input_terminated"):
        raise SuspiciousOperation
    most = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body: bytes = request.META["wsgi.input"].read(most + 1)
    if len(body) > most:
        raise SuspiciousOperation
    return body


def _json(body: bytes) -> dict[str, str]:
    # Numbers stay as they are written: 1000.0 and 1e3 are no quantities.
    sent = json.loads(body, parse_int=str, parse_float=str, parse_constant=str)
    if not isinstance(sent, dict):
        raise ValueError("not an object")
    return {name: _text(name, value) for name, value in sent.items()}


def _text(name: str, value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None or value is False:
        return ""
    if isinstance(value, list) and name in ID_LISTS and all(isinstance(each, str) for each in value):
        return ",".join(value)
    raise ValueError(f"{name} is not a plain value")


def _require_storable(text: str) -> None:
    if "\x00" in text:
        raise ValueError("a zero byte")
    # Half a character, as JSON can write it, raises UnicodeEncodeError.
    text.encode()
