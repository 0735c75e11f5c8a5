"""Where private pictures lie: sealed by the panel's keys, under names that say nothing, reachable by no address."""

from collections.abc import Callable, Iterator
from datetime import datetime
from uuid import uuid4

from django.core.files.base import ContentFile
from django.core.files.storage import Storage, storages

from providers.secrets import reseal_bytes, seal_bytes, unseal_bytes

SHELF = "evidence"
SEALED = ".sealed"


class PictureLost(Exception):
    """The file is not where it was put: somebody moved or deleted it by hand."""


def put(content: bytes, *, now: datetime) -> str:
    """Seal and keep it; return the name to get it back by."""
    return _shelf().save(f"{now:%Y/%m}/{uuid4().hex}{SEALED}", ContentFile(seal_bytes(content)))


def get(name: str) -> bytes:
    """Return what was put there. Raises PictureLost, or SealBroken when no configured key opens it."""
    return unseal_bytes(_sealed(name))


def drop(name: str) -> None:
    """Delete it; nothing happens when it is gone already."""
    _shelf().delete(name)


def strays(known: Callable[[list[str]], set[str]], *, before: datetime) -> Iterator[str]:
    """Go through what lies there since before then; `known` says which of some names somebody needs."""
    shelf = _shelf()
    for year in _folders(""):
        for month in _folders(year):
            names = [f"{year}/{month}/{name}" for name in shelf.listdir(f"{year}/{month}")[1]]
            needed = known(names)
            yield from (
                name for name in names if name not in needed and shelf.get_modified_time(name) < before
            )


def turn_key(name: str) -> str:
    """Keep it sealed by the first key, in a new file; return its name. The old file stays until it is dropped.

    Raises PictureLost or SealBroken.
    """
    folder, _slash, _old = name.rpartition("/")
    return _shelf().save(f"{folder}/{uuid4().hex}{SEALED}", ContentFile(reseal_bytes(_sealed(name))))


def _folders(path: str) -> list[str]:
    try:
        return _shelf().listdir(path)[0]
    except FileNotFoundError:
        return []


def _sealed(name: str) -> bytes:
    try:
        with _shelf().open(name) as file:
            content: bytes = file.read()
            return content
    except FileNotFoundError as error:
        raise PictureLost(name) from error


def _shelf() -> Storage:
    return storages[SHELF]
