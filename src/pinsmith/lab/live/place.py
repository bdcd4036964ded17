"""Where the lab is kept open: the address it listens on, and the name under which a device asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from pinsmith.host import canonical_host, is_address
from pinsmith.lab.address import is_loopback
from pinsmith.lab.pki.lab_pki import HOST
from pinsmith.lab.stage import LOOPBACK


@dataclass(frozen=True, slots=True)
class Place:
    """
    A place to serve at.

    Attributes:
        address: The IP address to listen on, canonical; the unspecified one for all of them.
        host: What is pinned and named in certificates: an A-label or an IP address.
    """

    address: str = LOOPBACK
    host: str = HOST

    @classmethod
    def of(cls, address: str | None, name: str | None) -> Place:
        """
        Choose what was left open: the loopback, and the name by which it is reached.

        Raises:
            ValueError: *address* is no IP address, or it is the unspecified one and there is no *name* to go with it.
            HostError: *name* is none.
        """
        if address is None:
            return cls(host=canonical_host(name) if name is not None else HOST)
        listening = str(ip_address(address))
        if name is not None:
            return cls(listening, canonical_host(name))
        if ip_address(listening).is_unspecified:
            raise ValueError(f"{address} stands for every address of this machine, so a name must say what is dialled")
        return cls(listening, HOST if listening == LOOPBACK else listening)

    @property
    def is_open(self) -> bool:
        """Whether other machines can come in."""
        return not is_loopback(self.address)

    @property
    def is_everywhere(self) -> bool:
        """Whether it listens on every address of the machine."""
        return ip_address(self.address).is_unspecified

    @property
    def names(self) -> tuple[str, ...]:
        """What certificates name: the host, and the address if that is another one."""
        if self.is_everywhere or self.address == self.host:
            return (self.host,)
        return (self.host, self.address)

    def urls(self, port: int) -> tuple[str, ...]:
        """
        Write where a plain HTTP server on *port* is reached, the best for a device first.

        A name needs somebody who resolves it, so an address is better if there is one to dial.
        """
        named = self.host == HOST or is_address(self.host) or self.is_everywhere
        reached = [self.host, *self.names[1:]] if named else [self.address, self.host]
        return tuple(f"http://{f'[{each}]' if ':' in each else each}:{port}/" for each in reached)
