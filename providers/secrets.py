"""Provider keys and private pictures are stored only sealed. The first of PANEL_FIELD_KEYS seals, every one opens.

To rotate: put the new key first, run `rotate_provider_keys`, `rotate_evidence_keys` and `rotate_webhook_keys`, then
drop the old one.
"""

from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


class SealBroken(Exception):
    """None of the configured keys opens this text."""


def seal(plain: str) -> str:
    return _box().encrypt(plain.encode()).decode()


def unseal(sealed: str) -> str:
    """Return the plain text. Raises SealBroken when no configured key opens it."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def reseal(sealed: str) -> str:
    """Seal again with the first key. Raises SealBroken when no configured key opens it."""
    try:
        return _box().rotate(sealed.encode()).decode()
    except InvalidToken as error:
        raise SealBroken from error


def seal_bytes(plain: bytes) -> bytes:
    """Seal what is not text, such as a picture, by the same keys."""
    return _box().encrypt(plain)


def unseal_bytes(sealed: bytes) -> bytes:
    """Return the plain bytes. Raises SealBroken when no configured key opens them."""
    try:
        return _box().decrypt(sealed)
    except InvalidToken as error:
        raise SealBroken from error


def reseal_bytes(sealed: bytes) -> bytes:
    """Seal again with the first key. Raises SealBroken when no configured key opens it."""
    try:
        return _box().rotate(sealed)
    except InvalidToken as error:
        raise SealBroken from error


def _box() -> MultiFernet:
    keys: Sequence[str] = settings.PANEL_FIELD_KEYS
    if not keys:
        raise ImproperlyConfigured("PANEL_FIELD_KEYS is empty: nothing secret can be stored.")
    return MultiFernet([Fernet(key) for key in keys])
