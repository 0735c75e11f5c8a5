"""No page tells anybody else that somebody is here."""

import re

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.factories import make_customer, make_order, make_service, make_staff

pytestmark = [pytest.mark.django_db, pytest.mark.clause("A-38", "K-85")]

# What a browser fetches by itself, without anybody clicking. A link that waits for a click may lead anywhere.
FETCHED = re.compile(
    r"""<(?:script|img|iframe|link|source|video|audio|embed|object|input)\b[^>]*?\b(?:src|href|srcset|data|poster)=["']([^"']*)"""
    r"""|<form\b[^>]*\baction=["']([^"']*)|url\(([^)]*)\)|<meta[^>]+refresh[^>]*url=([^"'>]*)""",
    re.IGNORECASE,
)
STRICT = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
}


def routes(patterns, prefix="/"):
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, prefix + str(pattern.pattern))
        elif isinstance(pattern, URLPattern):
            yield prefix + re.sub(r"<\w+:\w+>", "1", str(pattern.pattern))


def pages(browser):
    for route in sorted(set(routes(get_resolver().url_patterns))):
        if "(?P" in route or "logout" in route or "<" in route:
            continue
        answer = browser.get(route)
        if answer.status_code == 200 and answer.get("Content-Type", "").startswith("text/html"):
            yield route, answer


def elsewhere(html):
    fetched = [next(filter(None, found), "") for found in FETCHED.findall(html)]
    return [one for one in fetched if re.match(r"(?:[a-z]+:)?//", one.strip("'\" "), re.IGNORECASE)]


def visitors():
    alice, sam = make_customer(balance="100"), make_staff()
    make_order(alice, make_service())
    for person in (None, alice, sam):
        browser = Client()
        if person:
            browser.force_login(person)
        yield browser


def test_the_look_for_foreign_things_finds_them():
    html = '<img alt="" src="//tracker.example/x.gif"><script src="https://a.example/a.js"></script><a href="https://b.example">'
    assert elsewhere(html) == ["//tracker.example/x.gif", "https://a.example/a.js"]


def test_no_page_loads_anything_from_elsewhere(terms):
    seen = set()
    for browser in visitors():
        for route, answer in pages(browser):
            seen.add(route)
            assert not elsewhere(answer.content.decode()), route
            assert set(answer["Content-Security-Policy"].split("; ")) >= STRICT, route
            assert "unsafe" not in answer["Content-Security-Policy"], route
    assert len(seen) > 40
    assert {reverse("privacy"), reverse("dashboard"), reverse("service_list"), "/admin/"} <= seen


def test_what_we_serve_ourselves_names_no_foreign_server():
    from django.contrib.staticfiles.finders import get_finders

    loads = re.compile(
        r"""@import\s+(?:url\()?["']?https?:|url\(["']?(?:https?:)?//|importScripts\(["']https?:|sendBeacon"""
    )
    count = 0
    for finder in get_finders():
        for name, storage in finder.list([]):
            if name.endswith((".css", ".js")):
                count += 1
                with storage.open(name) as file:
                    assert not loads.search(file.read().decode("utf-8", "replace")), name
    assert count > 3
