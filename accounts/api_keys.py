"""API keys: how a program proves whose customer it is, and what it was allowed to do.

A key is shown once, to the customer who made it. We keep its eight-character id, to name it, and a SHA-256
digest, to recognise it; from these nobody can get the key back. A revoked key never works again, nor one whose day has
come. A key that is replaced works on for a while beside its successor, so that no program has to stop.
"""

import hashlib
import hmac
import re
import secrets
import string
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from accounts.models import ApiKey, User
from accounts.networks import is_within, neighbourhood_of, networks_in
from accounts.refusals import Refusal
from accounts.safety import KEY_MADE, KEY_REPLACED, tell_change
from accounts.scopes import API_V2, Scope
from accounts.standing import require_may
from accounts.states import Deed

LABEL_LENGTH = 80
LIVE_KEYS_PER_CUSTOMER = 20
LAST_USED_EVERY = timedelta(minutes=1)
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=30)

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


class NoScope(Refusal):
    code = "no_scope"
    sentence = _("Choose at least one thing that the key may do.")


class EndIsPast(Refusal):
    code = "end_is_past"
    sentence = _("The last day of a key must not be over already.")


class AddressNotAllowed(Refusal):
    code = "address_not_allowed"
    sentence = _("This key may not be used from this network address.")


class KeyExpired(Refusal):
    code = "key_expired"
    sentence = _("This key has reached its end. Make another one, or use the one that replaced it.")


class ScopeMissing(Refusal):
    code = "scope_missing"
    sentence = _("This key may not do that: it lacks the scope “%(scope)s”.")


class NotReplaceable(Refusal):
    code = "key_not_replaceable"
    sentence = _("Only a working key can be replaced, and only once.")


@sensitive_variables()
@transaction.atomic(durable=True)
def create_key(
    *,
    customer: User,
    label: str,
    now: datetime,
    scopes: Iterable[str] = API_V2,
    allowed_networks: Iterable[str] = (),
    expires_at: datetime | None = None,
) -> tuple[ApiKey, PlainKey]:
    """Make a key and return its row together with the key itself, which cannot be had again.

    No networks means from everywhere, no end means until it is revoked. Raises LabelUnusable, NoScope,
    NetworkUnreadable, TooManyNetworks, EndIsPast, TooManyKeys or what the state of the account forbids; then nothing
    is stored (R-16).
    """
    require_may(customer, Deed.CALL_API)
    label = label.strip()
    if not (0 < len(label) <= LABEL_LENGTH and label.isprintable()):
        raise LabelUnusable
    key = ApiKey(
        customer=customer,
        label=label,
        scopes=_scopes(scopes),
        allowed_networks=networks_in(allowed_networks),
        expires_at=expires_at,
        created_at=now,
    )
    if expires_at is not None and expires_at <= now:
        raise EndIsPast

    # The customer's row is locked, so that two keys made at the same moment cannot both be the twentieth.
    User.objects.select_for_update(no_key=True).get(pk=customer.pk)
    # What was replaced ends by itself.
    if working_keys(customer, now=now).filter(replaced_by=None).count() >= LIVE_KEYS_PER_CUSTOMER:
        raise TooManyKeys
    plain = _stored(key)
    tell_change(customer, KEY_MADE, now=now, pauses=Scope.MONEY in key.scopes)
    return key, plain


@sensitive_variables()
@transaction.atomic(durable=True)
def replace_key(
    *, customer: User, key_id: int, now: datetime, overlap: timedelta = OVERLAP
) -> tuple[ApiKey, PlainKey]:
    """Make a successor with the same settings; the old key works on for the overlap, then ends (R-16).

    A key that was made for some days gives its successor as many, from now. Raises NotReplaceable for whatever is no
    working key of this customer or was replaced before, or what the state of the account forbids.
    """
    assert timedelta(0) <= overlap <= LONGEST_OVERLAP
    require_may(customer, Deed.CALL_API)
    old = working_keys(customer, now=now).select_for_update().filter(pk=key_id, replaced_by=None).first()
    if old is None:
        raise NotReplaceable
    successor = ApiKey(
        customer=customer,
        label=old.label,
        scopes=old.scopes,
        allowed_networks=old.allowed_networks,
        expires_at=now + (old.expires_at - old.created_at) if old.expires_at else None,
        created_at=now,
    )
    plain = _stored(successor)
    old.replaced_by = successor
    old.expires_at = min(old.expires_at or now + overlap, now + overlap)
    old.save(update_fields=["replaced_by", "expires_at"])
    tell_change(customer, KEY_REPLACED, now=now, pauses=Scope.MONEY in successor.scopes)
    return successor, plain


@sensitive_variables()
def key_of(plain: object, *, now: datetime, ip: str | None) -> ApiKey | None:
    """Return the key with its customer; None for whatever is not a working key.

    Takes anything a program may send. Notes the use, at most once a minute, and from which neighbourhood (R-16).
    Raises AddressNotAllowed and KeyExpired, which only the owner of a real key can see, and AccountFrozen,
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
    if key.allowed_networks and not is_within(ip, key.allowed_networks):
        raise AddressNotAllowed
    require_may(key.customer, Deed.CALL_API)
    if key.revoked_at:
        return None
    if key.expires_at and key.expires_at <= now:
        raise KeyExpired
    _note_use(key, ip=ip, now=now)
    return key


def customer_of_key(plain: object, *, now: datetime, ip: str | None = None) -> User | None:
    """Return whose key this is, as `key_of` does and raises."""
    key = key_of(plain, now=now, ip=ip)
    return key.customer if key else None


def require_scope(key: ApiKey, scope: Scope) -> None:
    """Raise ScopeMissing when the key was not made for this."""
    if scope not in key.scopes:
        raise ScopeMissing(scope=scope.value)


def working_keys(customer: User, *, now: datetime) -> QuerySet[ApiKey]:
    """The customer's keys that are neither revoked nor at their end, the replaced ones among them."""
    return customer.api_keys.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


def revoke_key(*, customer: User, key_id: int, now: datetime) -> None:
    """End a key of this customer for good. Repeating it, or naming another's key, changes nothing."""
    customer.api_keys.filter(pk=key_id, revoked_at=None).update(revoked_at=now)


def _scopes(chosen: Iterable[str]) -> list[str]:
    known = set(chosen)
    assert known <= set(Scope.values), known
    if not known:
        raise NoScope
    return [scope.value for scope in Scope if scope in known]


@sensitive_variables()
def _stored(key: ApiKey) -> PlainKey:
    key.prefix = _random_characters(PREFIX_LENGTH)
    plain = PlainKey(f"fp_{key.prefix}{_random_characters(SECRET_LENGTH)}")
    key.digest = _digest(plain)
    key.save(force_insert=True)
    return plain


def _note_use(key: ApiKey, *, ip: str | None, now: datetime) -> None:
    minute_ago = now - LAST_USED_EVERY
    if key.last_used_at is not None and key.last_used_at > minute_ago:
        return
    # Asked again in the statement, because of a busy key many requests get here in the same moment.
    stale = Q(last_used_at=None) | Q(last_used_at__lte=minute_ago)
    ApiKey.objects.filter(stale, pk=key.pk).update(last_used_at=now, last_used_network=neighbourhood_of(ip))


@sensitive_variables()
def _random_characters(count: int) -> str:
    return "".join(secrets.choice(ALPHABET) for _position in range(count))


@sensitive_variables()
def _digest(plain: str) -> str:
    return hashlib.sha256(plain.encode()).hexdigest()
