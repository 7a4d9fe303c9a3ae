"""Which addresses a webhook may reach: the public internet, and what the installation lists.

Whoever may make a webhook could otherwise have this server send requests into the school's own network, or
to a cloud's metadata service (server-side request forgery). Pure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import SplitResult, urlsplit

from adsum_api.errors import Invalid

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]

UNICAST: Final = IPv6Network("2000::/3")
"""All that is given out of IPv6; what embeds IPv4 (`::ffff:0:0/96`, `64:ff9b::/96`) lies outside."""

SIX_TO_FOUR: Final = IPv6Network("2002::/16")
LONGEST: Final = 2000


class BadAddress(Invalid):
    """A webhook cannot be sent there."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: the parts of a URL that was checked."""

    scheme: str
    host: str
    port: int
    path: str


def target_of(url: str, private: Networks) -> Target:
    """Return the parts of a URL; raise `BadAddress` for one that can never be sent to.

    It is https, or http to a loopback address that `private` lists; a name is resolved and checked again at
    each sending.
    """
    parts = _parts(url)
    host, port = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
    if parts.username or parts.password or parts.fragment:
        raise BadAddress("the address has no user, password or fragment: the signature proves who sends")
    address = _literal(host)
    if address is not None and not may_reach(address, private):
        raise BadAddress("this address lies in a private network, which ADSUM_WEBHOOK_NETWORKS does not list")
    loopback = address is not None and address.is_loopback
    if parts.scheme != "https" and not loopback:
        raise BadAddress("the address begins with https://")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(parts.scheme, host, port, path)


def may_reach(address: Address, private: Networks) -> bool:
    """Whether a webhook may be sent to this address."""
    if address.is_link_local or address.is_multicast or address.is_unspecified:
        return False  # never, whatever is listed: 169.254.169.254 tells a cloud's secrets
    return is_public(address) or any(address in network for network in private)


def is_public(address: Address) -> bool:
    """Whether anybody on the internet could reach it as well."""
    if isinstance(address, IPv6Address) and (address not in UNICAST or address in SIX_TO_FOUR):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def chosen(addresses: Sequence[Address], private: Networks) -> Address | None:
    """Return the address to connect to; None unless every one that the name has may be reached."""
    if not addresses or not all(may_reach(each, private) for each in addresses):
        return None
    return addresses[0]


def networks_of(text: str) -> Networks:
    """Read networks parted by commas, such as `127.0.0.0/8,10.1.2.0/24`; raise `ValueError`."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def _parts(url: str) -> SplitResult:
    plain = url.isascii() and url.isprintable() and " " not in url and len(url) <= LONGEST
    try:
        parts = urlsplit(url if plain else "")
        known = parts.scheme in ("https", "http") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        known = False
    if not known:
        raise BadAddress("the address is a URL such as https://example.org/adsum, in ASCII")
    return parts


def _literal(host: str) -> Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None
