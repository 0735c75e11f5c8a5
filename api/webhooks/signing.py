"""How a receiver knows that a message is ours, whole and of this moment: the scheme of Standard Webhooks.

HMAC-SHA256 over the message's id, the second of the attempt and the body. While a secret is being replaced, the old
one signs along, so that the receiver can be changed at any moment in between.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

from django.views.decorators.debug import sensitive_variables

PREFIX = "whsec_"
SECRET_BYTES = 32


class PlainSecret(str):
    """A secret as its owner gets it. Logs and error reports, which print for programmers, do not print it."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<webhook secret>"


@sensitive_variables()
def new_secret() -> PlainSecret:
    return PlainSecret(PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode())


@sensitive_variables()
def signed_headers(
    message_id: str, body: bytes, plain_secrets: Sequence[str], *, now: datetime
) -> dict[str, str]:
    """The three headers of Standard Webhooks, with a signature by each of the secrets, the newest first (F-23)."""
    second = str(int(now.timestamp()))
    signed = b".".join([message_id.encode(), second.encode(), body])
    return {
        "webhook-id": message_id,
        "webhook-timestamp": second,
        "webhook-signature": " ".join(_signature(plain, signed) for plain in plain_secrets),
    }


@sensitive_variables()
def _signature(plain: str, signed: bytes) -> str:
    key = base64.b64decode(plain.removeprefix(PREFIX))
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
