"""A real browser on a real server. What the browser complains about fails the story."""

import os
import shutil
from collections.abc import Callable, Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

from accounts.models import User

# The browser's driver runs a loop of its own in this thread; the database is asked outside of it.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
MISSING = "No Chromium is found: `apt-get install chromium`, or name one in PANEL_CHROMIUM."
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}

# Open pages ask every five seconds, and machines may be slow.
expect.set_options(timeout=15_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "tests/browser/" in item.nodeid:
            item.add_marker(pytest.mark.browser)


def chromium() -> str | None:
    named = os.environ.get("PANEL_CHROMIUM", "")
    return shutil.which(named) if named else next(filter(None, map(shutil.which, NAMES)), None)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = chromium()
    if program is None:
        if os.environ.get("CI"):
            raise RuntimeError(MISSING)
        pytest.skip(MISSING)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=program)
        yield started
        started.close()


@pytest.fixture
def complaints() -> Iterator[list[str]]:
    """What the browser complained about: errors of scripts, missing files, and what the security policy refused."""
    found: list[str] = []
    yield found
    assert found == []


@pytest.fixture
def visit(browser: Browser, live_server, settings, complaints: list[str]) -> Iterator[Callable[..., Page]]:
    """Open a browser window: `visit(alice, "/orders/")` signed in, `visit(None, "/")` as a stranger."""
    settings.PANEL_URL = live_server.url
    contexts: list[BrowserContext] = []

    def open_window(customer: User | None, path: str = "/", **options: object) -> Page:
        context = browser.new_context(base_url=live_server.url, **({"viewport": DESK} | options))
        contexts.append(context)
        context.set_default_timeout(15_000)
        if customer:
            context.add_cookies([_session(customer, live_server.url)])
        page = context.new_page()
        page.on("console", lambda message: _hear(message, complaints))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_window
    for context in contexts:
        context.close()


def _session(customer: User, url: str) -> dict[str, str]:
    client = Client()
    client.force_login(customer)
    return {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": url}


def _hear(message: ConsoleMessage, complaints: list[str]) -> None:
    if message.type in {"error", "warning"}:
        complaints.append(f"{message.text} ({message.location.get('url', '')})")
