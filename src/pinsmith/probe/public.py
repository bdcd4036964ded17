"""Which addresses are public, so that a host that a stranger names does not lead into the network of this machine."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from typing import Final

_NAT64: Final = IPv6Network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """
    Return whether *address* belongs to the public Internet: not to a private network, a link or this machine.

    An IPv6 address that stands for an IPv4 address is judged by that. 6to4 is deprecated, and never public.

    Args:
        address: A numeric address, with a zone or without.

    Raises:
        ValueError: If it is not an address.

    Source:
        The registries of :rfc:`6890`, as `ipaddress` has them; :rfc:`4291#section-2.5.5` and
        :rfc:`6052` for IPv6 addresses that contain an IPv4 address, :rfc:`7526` for 6to4
    """
    found = reached(address)
    # Releases of Python disagree about these two.
    if isinstance(found, IPv6Address) and (found.is_site_local or found.sixtofour is not None):
        return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def reached(address: str) -> IPv4Address | IPv6Address:
    """
    Return the address to which *address* leads: the IPv4 address for which an IPv6 address stands, or itself.

    Args:
        address: A numeric address, with a zone or without.

    Raises:
        ValueError: If it is not an address.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is not None:
            return found.ipv4_mapped
        if found in _NAT64:
            return IPv4Address(found.packed[-4:])
    return found
