"""Recognise IP addresses of this machine or its own link, however they are written."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

# IPv6 networks whose last four bytes are an IPv4 address, with their sources.
_ENDING_IN_IPV4: Final = tuple(
    ipaddress.IPv6Network(network)
    for network in (
        "::/96",  # IPv4-compatible, RFC 4291 section 2.5.5.1
        "::ffff:0:0/96",  # IPv4-mapped, RFC 4291 section 2.5.5.2
        "::ffff:0:0:0/96",  # IPv4-translated, RFC 7915
        "64:ff9b::/96",  # NAT64, RFC 6052
        "64:ff9b:1::/48",  # NAT64 of a local network, RFC 8215
    )
)
_FOUR_BYTES: Final = 0xFFFF_FFFF


def is_loopback(address: str) -> bool:
    """
    Say whether only this machine reaches a server that listens on *address*.

    Before Python 3.13 `ipaddress` does not treat ``::ffff:127.0.0.1`` as a loopback address.

    Args:
        address: An IP address; a zone such as ``%eth0`` is ignored.

    Raises:
        ValueError: if *address* is not an IP address.
    """
    found = _parse(address)
    mapped = found.ipv4_mapped if isinstance(found, ipaddress.IPv6Address) else None
    return (mapped or found).is_loopback


def is_near(address: str) -> bool:
    """
    Say whether *address* may lead to this machine or its own link.

    These are loopback, link-local and unspecified addresses, and IPv6 addresses that contain such an IPv4 address.

    Args:
        address: As in `is_loopback`.

    Raises:
        ValueError: if *address* is not an IP address.
    """
    return any(meaning.is_loopback or meaning.is_link_local or meaning.is_unspecified for meaning in _meanings(address))


def _parse(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    return ipaddress.ip_address(address.partition("%")[0])


def _meanings(address: str) -> Iterator[ipaddress.IPv4Address | ipaddress.IPv6Address]:
    found = _parse(address)
    yield found
    if isinstance(found, ipaddress.IPv4Address):
        return
    if any(found in network for network in _ENDING_IN_IPV4):
        yield ipaddress.IPv4Address(int(found) & _FOUR_BYTES)
    if found.sixtofour is not None:
        yield found.sixtofour
    if found.teredo is not None:
        yield from found.teredo
