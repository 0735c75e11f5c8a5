"""From where a key may be used, and from where it was: single addresses and networks, of both kinds.

Of a caller only the neighbourhood is kept, never the address: enough for its owner to know a server again, too little
to find one person (R-16).
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.utils.translation import gettext_lazy as _

from accounts.refusals import Refusal

MOST_NETWORKS = 20
NETWORK_LENGTH = 43
NEIGHBOURHOOD = {4: 24, 6: 48}


class NetworkUnreadable(Refusal):
    code = "network_unreadable"
    sentence = _("“%(text)s” is neither an address such as 203.0.113.7 nor a network such as 203.0.113.0/24.")


class TooManyNetworks(Refusal):
    code = "too_many_networks"
    sentence = _("Name at most %(most)s addresses and networks.")


def networks_in(texts: Iterable[str]) -> list[str]:
    """Return addresses and networks in their usual spelling, each once. Raises NetworkUnreadable, TooManyNetworks."""
    networks = list(dict.fromkeys(_network(text.strip()) for text in texts if text.strip()))
    if len(networks) > MOST_NETWORKS:
        raise TooManyNetworks(most=MOST_NETWORKS)
    return networks


def is_within(ip: str | None, networks: Iterable[str]) -> bool:
    """Whether the address lies in one of the networks; an address that nobody knows lies in none."""
    address = _address(ip)
    return address is not None and any(address in ip_network(network) for network in networks)


def neighbourhood_of(ip: str | None) -> str:
    """Return the network around an address, /24 or /48, or nothing for no address (R-16)."""
    address = _address(ip)
    if address is None:
        return ""
    return str(ip_network((address, NEIGHBOURHOOD[address.version]), strict=False))


def _network(text: str) -> str:
    try:
        # Bits behind the slash's length are cut off, as every firewall does.
        network = ip_network(text, strict=False)
    except ValueError:
        raise NetworkUnreadable(text=text[:NETWORK_LENGTH]) from None
    if "%" in str(network):
        raise NetworkUnreadable(text=text[:NETWORK_LENGTH])
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)


def _address(ip: str | None) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(ip or "")
    except ValueError:
        return None
    # A server that listens to both kinds sees old addresses written as new ones.
    return getattr(address, "ipv4_mapped", None) or address
