"""The place of a lab service: the address on which it listens, and the name that devices use."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from pinsmith.host import canonical_host, is_address
from pinsmith.lab.address import is_loopback
from pinsmith.lab.pki.lab_pki import HOST, LAB_DOMAIN
from pinsmith.lab.stage import LOOPBACK


@dataclass(frozen=True, slots=True)
class Place:
    """
    An address and a name to serve at.

    Attributes:
        address: The IP address to listen on, canonical; the unspecified address for all addresses.
        host: The host that is pinned and named in certificates: an A-label or an IP address. With `LAB_DOMAIN` each
            scenario has a host below it, and devices reach all of them through the proxy of the service.
    """

    address: str = LOOPBACK
    host: str = HOST

    @classmethod
    def of(cls, address: str | None, name: str | None) -> Place:
        """
        Fill in defaults: the loopback, and the name for the address.

        Raises:
            ValueError: if *address* is not an IP address, or if it is the unspecified address without a *name*.
            HostError: if *name* is not a host name.
        """
        if address is None:
            return cls(host=canonical_host(name) if name is not None else HOST)
        listening = str(ip_address(address))
        if name is not None:
            return cls(listening, canonical_host(name))
        if ip_address(listening).is_unspecified:
            raise ValueError(
                f"{address} stands for every address of this machine, so devices also need a name to connect to"
            )
        return cls(listening, HOST if listening == LOOPBACK else listening)

    @property
    def is_open(self) -> bool:
        """Whether other machines can connect."""
        return not is_loopback(self.address)

    @property
    def is_proxied(self) -> bool:
        """Whether devices reach the scenarios through the proxy of the service."""
        return self.host == LAB_DOMAIN

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens on every address of the machine."""
        return ip_address(self.address).is_unspecified

    @property
    def names(self) -> tuple[str, ...]:
        """The names in certificates: the host, and the address if it differs."""
        if self.is_everywhere or self.is_proxied or self.address == self.host:
            return (self.host,)
        return (self.host, self.address)

    def urls(self, port: int) -> tuple[str, ...]:
        """
        Return the URLs of a plain HTTP server on *port*, the best one for a device first.

        A name must be resolved, so an address is better if there is one.
        """
        if self.is_proxied:
            direct = () if self.is_everywhere else (f"http://{bracketed(self.address)}:{port}/",)
            return (*direct, f"http://{LAB_DOMAIN}/")
        named = self.host == HOST or is_address(self.host) or self.is_everywhere
        reached = [self.host, *self.names[1:]] if named else [self.address, self.host]
        return tuple(f"http://{bracketed(address)}:{port}/" for address in reached)


def bracketed(address: str) -> str:
    """Write an address as URLs do, with brackets around IPv6."""
    return f"[{address}]" if ":" in address else address
