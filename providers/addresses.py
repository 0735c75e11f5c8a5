"""Which addresses the panel may call.

A provider's address is typed by people and resolved by strangers: it could point back into our own network.
Only public addresses are called, over TLS, unless staff explicitly allowed a private one.
"""

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.core.exceptions import ValidationError
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
Resolver = Callable[[str, int], Sequence[str]]

OUR_OWN = tuple(
    ipaddress.ip_network(network)
    for network in ("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "::1/128", "fc00::/7")
)
# A translator at these addresses hands the call on to the IPv4 address that is written inside.
NAT64 = (ipaddress.ip_network("64:ff9b::/96"), ipaddress.ip_network("64:ff9b:1::/48"))


class AddressRefused(ValidationError):
    """The panel does not call this address."""

    def __init__(self, message: str | Promise) -> None:
        super().__init__(message, code="provider_address_refused")  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An address that was looked at, though not yet resolved."""

    is_secure: bool
    host: str
    port: int
    target: str

    @property
    def authority(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_secure else 80) else f"{host}:{self.port}"


def endpoint_of(url: str, *, allow_private: bool) -> Endpoint:
    """Take an API address apart. Raises AddressRefused for what can never be a provider's (R-16; SSRF)."""
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise AddressRefused(_("The address may hold only plain letters, digits and signs."))
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressRefused(_("This is not an address.")) from error
    if not parts.hostname or parts.scheme not in {"https", "http"}:
        raise AddressRefused(_("The address must begin with https:// and name a host."))
    if "@" in parts.netloc:
        raise AddressRefused(_("The address must not hold a user name or password."))
    is_secure = parts.scheme == "https"
    if not allow_private and (not is_secure or port not in {None, 443}):
        raise AddressRefused(_("The address must use https on its usual port, 443."))
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Endpoint(is_secure, parts.hostname, port or (443 if is_secure else 80), target)


def checked_addresses(endpoint: Endpoint, *, allow_private: bool, resolve: Resolver) -> tuple[IPAddress, ...]:
    """Resolve once and return what may be called.

    Raises AddressRefused if any address may not be called, OSError if there is none. The caller connects to
    these addresses and never to the name, so that a second look-up cannot lead elsewhere (SSRF, rebinding).
    """
    found = tuple(ipaddress.ip_address(text) for text in dict.fromkeys(resolve(endpoint.host, endpoint.port)))
    if not found:
        raise OSError("the name has no address")
    if not all(is_public(address) or (allow_private and is_private(address)) for address in found):
        raise AddressRefused(_("The name leads to an address that the panel must not call."))
    return found


def is_public(address: IPAddress) -> bool:
    if not address.is_global or address.is_multicast or address.is_reserved:
        return False
    return isinstance(address, ipaddress.IPv4Address) or not _wraps_ipv4(address)


def is_private(address: IPAddress) -> bool:
    """This machine or its own network; never link-local, where clouds keep their secrets."""
    return any(address in network for network in OUR_OWN)


def _wraps_ipv4(address: ipaddress.IPv6Address) -> bool:
    return (
        address.ipv4_mapped is not None
        or address.sixtofour is not None
        or address.teredo is not None
        or address.is_site_local
        or any(address in network for network in NAT64)
    )


def system_resolver(host: str, port: int) -> list[str]:
    """Ask the operating system."""
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
