"""Texts that lead to a person's money are stored only sealed. The first of PANEL_FIELD_KEYS seals, every one opens.

Providers import nothing of ours and seal their keys by themselves (providers/secrets.py), with the same keys.
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


def _box() -> MultiFernet:
    keys: Sequence[str] = settings.PANEL_FIELD_KEYS
    if not keys:
        raise ImproperlyConfigured("PANEL_FIELD_KEYS is empty: nothing secret can be stored.")
    return MultiFernet([Fernet(key) for key in keys])
