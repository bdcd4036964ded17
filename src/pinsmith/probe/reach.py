"""
How far a service or a tool that takes hosts from strangers connects: to public addresses, and to what is allowed.

Otherwise anybody could make this machine connect to the servers behind its firewall, or to the metadata of its cloud
(server-side request forgery). A name is looked up once, all its addresses are judged, and the targets that are returned
have these addresses, so that a name server that changes its answer afterwards changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError
from pinsmith.errors.reach import OutOfReachError
from pinsmith.host import ancestors, canonical_host
from pinsmith.probe.public import is_public, reached
from pinsmith.probe.resolve import resolve_all

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from pinsmith.probe.target import Target

MAX_ADDRESSES: Final = 8
"""Addresses of one host that are connected to."""


@dataclass(frozen=True, slots=True)
class Reach:
    """
    What may be connected to besides public addresses, and at which ports.

    Attributes:
        networks: Networks whose addresses are allowed.
        names: Canonical hosts that may have addresses in private networks; ``*.corp.example`` stands for all hosts
            below corp.example. This machine, links and the metadata of clouds need a network.
        ports: The ports that are allowed; None for all.
    """

    networks: tuple[IPv4Network | IPv6Network, ...] = ()
    names: tuple[str, ...] = ()
    ports: frozenset[int] | None = None

    def allows(self, host: str, address: str) -> bool:
        """Say whether *host* may be connected to at the numeric *address*."""
        found = reached(address)
        if is_public(address) or any(found in network for network in self.networks if network.version == found.version):
            return True
        is_named = host in self.names or any(f"*.{parent}" in self.names for parent in ancestors(host))
        is_special = found.is_loopback or found.is_link_local or found.is_unspecified or found.is_multicast
        return is_named and not is_special and not found.is_reserved

    def targets(self, target: Target, *, hint: str, timeout_seconds: float) -> list[Target]:
        """
        Return a target for each address of *target*, so that no other address is connected to.

        Args:
            target: Without an address.

            hint: The advice if an address is not allowed.

            timeout_seconds: For looking up the name.

        Raises:
            OutOfReachError: If the port or one of the addresses is not allowed.
            ResolveError: If the host has no address.
        """
        if self.ports is not None and target.port not in self.ports:
            raise OutOfReachError(
                f"{target} was not contacted, because port {target.port} is not allowed",
                hint=f"allowed are {', '.join(map(str, sorted(self.ports)))}; the operator can add to `ports`",
            )
        addresses = resolve_all(target.host, timeout_seconds=timeout_seconds)
        for address in addresses:
            if not self.allows(target.host, address):
                raise OutOfReachError(
                    f"{target.host} has the address {address}, which is not public, so it was not contacted", hint=hint
                )
        return [
            replace(target, address=address, connect_port=None, proxy=None) for address in addresses[:MAX_ADDRESSES]
        ]


def parse_reach(allowed: Iterable[str], ports: Collection[int] | None) -> Reach:
    """
    Read what a setting allows.

    Args:
        allowed: Addresses, networks such as ``10.0.0.0/8``, hosts, and ``*.`` with a host for all hosts below it.

        ports: As in `Reach`.

    Raises:
        ValueError: If one of *allowed* is none of these.
    """
    networks: list[IPv4Network | IPv6Network] = []
    names: list[str] = []
    for text in allowed:
        try:
            networks.append(ip_network(text))
            continue
        except ValueError as error:
            if "/" in text:
                raise ValueError(f"{text!r} is not a network: {error}") from error
        below, name = text.startswith("*."), text.removeprefix("*.")
        try:
            host = canonical_host(name)
        except HostError as error:
            raise ValueError(f"{text!r} is not a network, a host, or *. with a host") from error
        names.append(f"*.{host}" if below else host)
    return Reach(tuple(networks), tuple(names), None if ports is None else frozenset(ports))
