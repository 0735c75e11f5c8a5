"""A sandbox over HTTP, and a demo without a past that uses it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.catalogue import own_catalogue
from tests.sandbox.conftest import Caller


def now() -> datetime:
    return datetime.now(UTC)


@pytest.fixture
def sandbox(tmp_path: Path, settings) -> Iterator[Caller]:
    caller = Caller(tmp_path / "sandbox.sqlite3", speed="demo", catalogue=own_catalogue()[::4])
    settings.PANEL_SANDBOX_URL = f"http://127.0.0.1:{caller.port}/api/v2"
    settings.PANEL_DATA = tmp_path / "data"
    settings.PANEL_URL = "http://127.0.0.1:8123"
    yield caller
    caller.close()
