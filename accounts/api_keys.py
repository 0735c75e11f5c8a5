"""API keys: how a program proves whose customer it is.

A key is shown once, to the customer who made it. We keep its eight-character id, to name it, and a SHA-256
digest, to recognise it; from these nobody can get the key back. A revoked key never works again.
"""

import hashlib
import hmac
import re
import secrets
import string
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import ApiKey, User
from accounts.safety import KEY_MADE, tell_change
from accounts.standing import require_may
from accounts.states import Deed

LABEL_LENGTH = 80
LIVE_KEYS_PER_CUSTOMER = 20
LAST_USED_EVERY = timedelta(minutes=1)

ALPHABET = string.digits + string.ascii_letters
PREFIX_LENGTH = 8
# 62^32 is more than 2^190: too many to guess, so a fast digest is enough and no salt is needed.
SECRET_LENGTH = 32
KEY_SHAPE = re.compile(rf"fp_(?P<prefix>[0-9A-Za-z]{{{PREFIX_LENGTH}}})[0-9A-Za-z]{{{SECRET_LENGTH}}}")


class PlainKey(str):
    """A key as its owner gets it. Logs and error reports, which print for programmers, print only its name."""

    __slots__ = ()

    def __repr__(self) -> str:
        return f"<API key fp_{self[3:11]}…>"


class LabelUnusable(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("Name the key with 1 to %(longest)d ordinary characters."),
            code="label_unusable",
            params={"longest": LABEL_LENGTH},
        )


class TooManyKeys(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("You have %(most)d working keys, which is the most there can be. Revoke one first."),
            code="too_many_api_keys",
            params={"most": LIVE_KEYS_PER_CUSTOMER},
        )


@sensitive_variables()
@transaction.atomic(durable=True)
def create_key(*, customer: User, label: str, now: datetime) -> tuple[ApiKey, PlainKey]:
    """Make a key and return its row together with the key itself, which cannot be had again.

    Raises LabelUnusable, TooManyKeys or what the state of the account forbids; then nothing is stored (R-16).
    """
    require_may(customer, Deed.CALL_API)
    label = label.strip()
    if not (0 < len(label) <= LABEL_LENGTH and label.isprintable()):
        raise LabelUnusable

    # The customer's row is locked, so that two keys made at the same moment cannot both be the twentieth.
    User.objects.select_for_update(no_key=True).get(pk=customer.pk)
    if customer.api_keys.filter(revoked_at=None).count() >= LIVE_KEYS_PER_CUSTOMER:
        raise TooManyKeys

    prefix = _random_characters(PREFIX_LENGTH)
    plain = PlainKey(f"fp_{prefix}{_random_characters(SECRET_LENGTH)}")
    key = ApiKey.objects.create(
        customer=customer, label=label, prefix=prefix, digest=_digest(plain), created_at=now
    )
    tell_change(customer, KEY_MADE, now=now)
    return key, plain


@sensitive_variables()
def customer_of_key(plain: object, *, now: datetime) -> User | None:
    """Return whose key this is; None for whatever is not a working key.

    Takes anything a program may send. Notes the use, at most once a minute (R-16). Raises AccountFrozen,
    AccountSuspended, AccountTerminated or AccountClosed when the account may not use its keys, also for a key that
    was ended together with it (A-27).
    """
    shape = KEY_SHAPE.fullmatch(plain) if isinstance(plain, str) else None
    if shape is None:
        return None
    key = ApiKey.objects.select_related("customer").filter(prefix=shape["prefix"]).first()
    if key is None or not hmac.compare_digest(key.digest, _digest(shape[0])):
        return None
    if key.revoked_at and not key.customer.state_changes.filter(at=key.revoked_at).exists():
        return None
    require_may(key.customer, Deed.CALL_API)
    if key.revoked_at:
        return None
    _note_use(key, now=now)
    return key.customer


def revoke_key(*, customer: User, key_id: int, now: datetime) -> None:
    """End a key of this customer for good. Repeating it, or naming another's key, changes nothing."""
    customer.api_keys.filter(pk=key_id, revoked_at=None).update(revoked_at=now)


def _note_use(key: ApiKey, *, now: datetime) -> None:
    minute_ago = now - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at > minute_ago:
        return
    # Asked again in the statement, because of a busy key many requests get here in the same moment.
    stale = Q(last_used_at=None) | Q(last_used_at__lte=minute_ago)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now)


@sensitive_variables()
def _random_characters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _position in range(count))


@sensitive_variables()
def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
