"""The hosts that a page names, as servers on the loopback: names resolve and addresses connect within the process."""

from __future__ import annotations

import socket
import threading
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Self

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.mail import MailServer
from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    from types import TracebackType

    import pytest

    from pinsmith.lab.pki.identity import Identity

DOMAINS: Final = ("example.com", "example.org", "example.net")
"""Every name in these domains exists (RFC 2606, section 3)."""
ADDRESSES: Final = "192.0.2."
"""The addresses of the hosts are for documentation, so that no machine has them (RFC 5737)."""

SMTP: Final = 25


@dataclass
class Network:
    """
    Hosts below one root, each with an address and a server of its own, made when somebody asks for it.

    Every port of a host leads to its server, except port 25, where a mail server presents the same certificate.
    Connections to the loopback are as they are without it, and programs that the process starts are not redirected.

    Attributes:
        root: The authority that issues the certificates of all hosts.
        servers: The server of each host.
    """

    root: Authority = field(default_factory=lambda: Authority.root("Root"))
    servers: dict[str, RecordingServer] = field(default_factory=dict)
    _mail: dict[str, MailServer] = field(default_factory=dict)
    _identities: dict[str, Identity] = field(default_factory=dict)
    _addresses: dict[str, str] = field(default_factory=dict)
    _running: ExitStack = field(default_factory=ExitStack)
    _lock: threading.Lock = field(default_factory=threading.Lock)  # names are resolved in threads

    def server(self, host: str) -> RecordingServer:
        """Return the server of *host*. If there is none, its first certificate is issued below the root."""
        with self._lock:
            if host not in self.servers:
                self.serve(host, self.root.issue(host))
            return self.servers[host]

    def serve(self, host: str, identity: Identity) -> None:
        """Let *host* present *identity* from now on, as after a renewal or in an attack."""
        self.servers[host] = self._running.enter_context(RecordingServer(identity))
        self._identities[host] = identity
        self._mail[host] = self._running.enter_context(MailServer(identity))
        if host not in self._addresses.values():
            self._addresses[f"{ADDRESSES}{len(self._addresses) + 1}"] = host

    def identity(self, host: str) -> Identity:
        """Return what *host* presents."""
        self.server(host)
        return self._identities[host]

    def address(self, host: str) -> str:
        """Return the address to which the name of *host* resolves."""
        self.server(host)
        return next(address for address, name in self._addresses.items() if name == host)

    def join(self, patch: pytest.MonkeyPatch) -> None:
        """Let this process find and reach the hosts."""
        look_up, connect, connect_ex = socket.getaddrinfo, socket.socket.connect, socket.socket.connect_ex

        def resolved(host: Any, port: Any, *given: Any, **named: Any) -> list[Any]:  # noqa: ANN401 - as in socket
            name = host.decode() if isinstance(host, bytes) else str(host)
            if not _exists(name):
                return look_up(host, port, *given, **named)
            address = self.address(name)
            found = look_up("127.0.0.1", port, *given, **named)
            return [(*entry, (address, *sockaddr[1:])) for *entry, sockaddr in found]

        patch.setattr(socket, "getaddrinfo", resolved)
        patch.setattr(socket.socket, "connect", lambda sock, address: connect(sock, self._reached(address)))
        patch.setattr(socket.socket, "connect_ex", lambda sock, address: connect_ex(sock, self._reached(address)))

    def _reached(self, address: Any) -> Any:  # noqa: ANN401 - as in socket
        host = self._addresses.get(address[0]) if isinstance(address, tuple) else None
        servers = self._mail if host and address[1] == SMTP else self.servers
        return servers[host].endpoint if host else address

    def __enter__(self) -> Self:
        """Start with servers that are added later."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all servers, also those that were replaced."""
        self._running.__exit__(kind, error, trace)


def _exists(name: str) -> bool:
    return any(name == domain or name.endswith(f".{domain}") for domain in DOMAINS)
