"""Connect to real hosts, with a deadline, and verify their certificates as a careful client does."""

from __future__ import annotations

import functools
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Final

from pinsmith.lab.address import is_near
from pinsmith.lab.proxy.tunnel import Deadline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.lab.proxy.seen import Destination
    from pinsmith.lab.servers.listener import Link

    Endpoint = tuple[str, int]

_MAX_CONTEXTS: Final = 32  # by offered protocols, which clients choose


class Upstream:
    """Connects to real hosts."""

    def __init__(
        self,
        *,
        route: Mapping[str, Endpoint] | None = None,
        cadata: str | None = None,
        own_machine: bool = True,
        timeout_seconds: float = 10.0,
    ) -> None:
        """
        Prepare.

        Args:
            route: The addresses of hosts, by ``host:port``, instead of those from the resolver.

            cadata: PEM certificates to trust, instead of those of the system.

            own_machine:
                Whether targets that are not routed may be on this machine. False if other machines may use the proxy.

            timeout_seconds: The time limit for the resolver and all addresses, and again for the handshake.

        Raises:
            ssl.SSLError: if *cadata* does not contain a certificate.
        """
        self._route = dict(route or {})
        self._own_machine = own_machine
        self._timeout_seconds = timeout_seconds
        self._context = functools.lru_cache(_MAX_CONTEXTS)(functools.partial(_context, cadata))
        self._context(())

    def connect(self, link: Link, destination: Destination) -> socket.socket:
        """
        Open a connection.

        Args:
            link: The owner of the connection, so that a proxy that ends need not wait.

            destination: The host and port.

        Raises:
            OSError: if no address can be reached, or none is allowed.
        """
        deadline = Deadline(self._timeout_seconds)
        host, port = self._route.get(str(destination), (destination.host, destination.port))
        refused: OSError = ConnectionRefusedError(f"{destination} has no address")
        for family, address in _resolve(link, host, port, deadline):
            if str(destination) not in self._route and not self._own_machine and is_near(str(address[0])):
                refused = PermissionError(f"{destination} is on this machine, to which other machines must not connect")
                continue
            sock = socket.socket(family, socket.SOCK_STREAM)
            link.adopt(sock)
            try:
                sock.settimeout(deadline.seconds_left)
                sock.connect(address)
            except OSError as error:
                sock.close()
                refused = error
                if link.aborted:
                    break
                continue
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
        raise refused

    def connect_tls(
        self, link: Link, destination: Destination, server_name: str, alpn: tuple[bytes, ...]
    ) -> ssl.SSLSocket:
        """
        Open a connection, complete the handshake, and verify trust and name.

        Args:
            link: See `connect`.

            destination: The host and port.

            server_name: The SNI, and the name in the certificate.

            alpn: The protocols to offer.

        Raises:
            OSError: if there is no connection, or if it is not trusted.
        """
        plain = self.connect(link, destination)
        plain.settimeout(self._timeout_seconds)
        context = self._context(tuple(name.decode("latin-1") for name in alpn if name.isascii()))
        secure = context.wrap_socket(plain, server_hostname=server_name, do_handshake_on_connect=False)
        link.adopt(secure)
        secure.do_handshake()
        return secure


def _resolve(link: Link, host: str, port: int, deadline: Deadline) -> list[tuple[int, tuple[Any, ...]]]:
    """Ask the resolver, which has no deadline, in a thread that is abandoned if it takes too long."""
    found: list[tuple[int, tuple[Any, ...]]] = []
    errors: list[Exception] = []
    near, far = socket.socketpair()

    def ask() -> None:
        try:
            for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM):
                found.append((family, address))
        except Exception as error:  # noqa: BLE001 - raised again below
            errors.append(error)
        finally:
            far.close()

    link.adopt(near)
    threading.Thread(target=ask, name=f"resolve {host}", daemon=True).start()
    with near:
        near.settimeout(deadline.seconds_left)
        near.recv(1)  # the other end is closed, or a proxy that ends has shut this one down
    if errors:
        raise errors[0]
    if link.aborted:
        raise ConnectionAbortedError("the proxy is stopping")
    return found


def problem_of(error: OSError) -> str:
    """Return in a few words why the real host could not be reached. No part of it is from a client."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error)


def _context(cadata: str | None, alpn: tuple[str, ...]) -> ssl.SSLContext:
    context = ssl.create_default_context(cadata=cadata)
    if alpn:
        context.set_alpn_protocols(list(alpn))
    return context
