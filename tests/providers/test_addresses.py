"""A provider's address must never lead into our own network."""

import ipaddress

import pytest

from providers.addresses import (
    AddressRefused,
    checked_addresses,
    endpoint_of,
    is_private,
    is_public,
    system_resolver,
)
from providers.wire import NoAnswer, Route, post
from tests.providers.upstream import Upstream, always, said

PRIVATE = [
    "127.0.0.1",
    "127.8.8.8",
    "10.1.2.3",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.0.1",
    "::1",
    "fd00::1",
]
NEVER = [
    "0.0.0.0",
    "0.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "::ffff:169.254.169.254",
    "::127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001:0:7f00:1::",
    "2001:db8::1",
]
PUBLIC = ["8.8.8.8", "1.1.1.1", "172.15.255.255", "172.32.0.1", "100.128.0.1", "2606:4700:4700::1111"]


@pytest.mark.parametrize("text", PUBLIC)
def test_a_public_address_may_be_called(text: str) -> None:
    assert is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PRIVATE + NEVER)
def test_any_other_address_is_refused(text: str) -> None:
    assert not is_public(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", PRIVATE)
def test_an_address_of_our_own_may_be_allowed(text: str) -> None:
    assert is_private(ipaddress.ip_address(text))


@pytest.mark.parametrize("text", NEVER)
def test_some_addresses_cannot_even_be_allowed(text: str) -> None:
    assert not is_private(ipaddress.ip_address(text))


@pytest.mark.parametrize(
    "url",
    [
        "http://panel.example/api/v2",
        "https://panel.example:8443/api/v2",
        "https://panel.example:22/",
        "https://user:word@panel.example/api/v2",
        "https://user@panel.example/api/v2",
        "https://@panel.example/api/v2",
        "ftp://panel.example/",
        "file:///etc/passwd",
        "https://",
        "https:///api",
        "panel.example/api/v2",
        "https://panel.example\\@evil.example/",
        "https://panel.example/a b",
        "https://panel.example/\r\nX: y",
        "https://panel.example:99999/",
        "https://[::1/",
        "https://pänel.example/",
        "",
    ],
)
def test_an_address_of_the_wrong_form_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        endpoint_of(url, allow_private=False)

    assert refused.value.code == "provider_address_refused"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://panel.example", "/"),
        ("https://panel.example:443/api/v2/", "/api/v2/"),
        ("https://panel.example/api.php?v=2#top", "/api.php?v=2"),
    ],
)
def test_a_usual_address_is_taken_apart(url: str, target: str) -> None:
    endpoint = endpoint_of(url, allow_private=False)

    assert (endpoint.host, endpoint.port, endpoint.target) == ("panel.example", 443, target)
    assert endpoint.authority == "panel.example"


def test_an_allowed_private_address_may_be_plain_http_on_any_port() -> None:
    endpoint = endpoint_of("http://[::1]:8900/api/v2", allow_private=True)

    assert (endpoint.is_secure, endpoint.host, endpoint.port) == (False, "::1", 8900)
    assert endpoint.authority == "[::1]:8900"


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "0",
        "localhost",
        "[::1]",
        "[::ffff:7f00:1]",
        "[::]",
    ],
)
def test_every_spelling_of_this_machine_is_refused_before_anything_is_sent(host: str) -> None:
    with pytest.raises(NoAnswer) as failure:
        post(Route(f"https://{host}/api/v2"), {"key": "k"}, max_bytes=100)

    assert failure.value.may_have_left is False
    assert failure.value.why == "The name leads to an address that the panel must not call."


def test_one_private_address_among_public_ones_is_refused() -> None:
    endpoint = endpoint_of("https://panel.example/", allow_private=False)

    with pytest.raises(AddressRefused):
        checked_addresses(
            endpoint, allow_private=False, resolve=lambda host, port: ["8.8.8.8", "169.254.169.254"]
        )


def test_the_secrets_address_of_clouds_is_refused_even_where_private_ones_are_allowed() -> None:
    with pytest.raises(NoAnswer) as failure:
        post(Route("http://169.254.169.254/latest", allow_private=True), {}, max_bytes=100)

    assert failure.value.may_have_left is False


def test_a_name_that_changes_its_address_is_asked_once_and_called_where_it_was_checked() -> None:
    answers = iter([["127.0.0.1"], ["127.0.0.2"]])
    asked = []

    def resolve(host: str, port: int) -> list[str]:
        asked.append(host)
        return next(answers)

    with Upstream(always(said({}))) as upstream:
        route = Route(f"http://panel.example:{upstream.port}/", allow_private=True, resolve=resolve)
        post(route, {"key": "k"}, max_bytes=100)

    assert asked == ["panel.example"]
    assert f"Host: panel.example:{upstream.port}" in upstream.requests[0].head


def test_the_next_address_is_tried_when_the_first_does_not_pick_up() -> None:
    with Upstream(always(said({}))) as upstream:
        route = Route(
            f"http://panel.example:{upstream.port}/",
            allow_private=True,
            resolve=lambda host, port: ["127.0.0.2", "127.0.0.1"],
        )
        assert post(route, {"key": "k"}, max_bytes=100).status == 200
    assert upstream.connections == 1


def test_the_operating_system_is_asked_for_addresses() -> None:
    assert system_resolver("127.0.0.1", 443) == ["127.0.0.1"]


def test_a_name_without_an_address_is_not_called() -> None:
    with pytest.raises(NoAnswer) as failure:
        post(Route("https://panel.example/", resolve=lambda host, port: []), {}, max_bytes=100)

    assert failure.value.may_have_left is False
