"""An HTTP CONNECT proxy on the loopback, plain or over TLS, that records its requests."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.lab.proxy.tunnel import CHUNK, read_head, tunnel
from pinsmith.lab.servers.connection import end_sending
from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.lab.pki.identity import Identity

    Endpoint = tuple[str, int]

_LOOPBACK = frozenset({"127.0.0.1", "[::1]", "localhost"})


@dataclass(frozen=True)
class Request:
    """One request to the proxy itself."""

    line: str
    """The request line: ``CONNECT api.example.com:443 HTTP/1.1``."""

    headers: tuple[str, ...]
    """The header lines, as they came."""

    tls: bool
    """Whether it came inside TLS."""

    @property
    def target(self) -> str:
        """The target of the request: ``host:port`` for CONNECT."""
        return self.line.split(" ")[1] if " " in self.line else ""


class ConnectProxy(Listener):
    """
    Tunnel CONNECT requests to servers of the lab.

    It never leaves the loopback: a target that is neither routed nor on the loopback gets 502. Any
    other method gets 405 and is recorded, so that `requests` shows a client that sends its request
    to the proxy in the clear.
    """

    def __init__(
        self,
        *,
        tls: Identity | None = None,
        route: Mapping[str, Endpoint] | None = None,
        redirect_to: Endpoint | None = None,
        address: str = "127.0.0.1",
    ) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            tls: The identity of an HTTPS proxy, which speaks TLS to the client; None for a plain proxy.

            route: The addresses of targets, by ``host:port`` as the client spells it.

            redirect_to: The address for all targets, whatever *route* contains: a proxy that lies.

            address: An IP address of the loopback, ``127.0.0.1`` or ``::1``.
        """
        self._route = dict(route or {})
        self._redirect_to = redirect_to
        self._requests: list[Request] = []
        self._end_errors: list[OSError] = []
        self._context: ssl.SSLContext | None = None
        if tls is not None:
            self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            tls.load_into(self._context)
        super().__init__(address)

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests to the proxy so far; if there are very many, the first ones."""
        with self._changed:
            return tuple(self._requests)

    @property
    def connects(self) -> tuple[str, ...]:
        """The targets of the CONNECT requests so far, ``host:port`` each."""
        return tuple(request.target for request in self.requests if request.line.startswith("CONNECT "))

    @property
    def connections(self) -> tuple[Request, ...]:
        """The same as `requests`, which prove that a client used the proxy."""
        return self.requests

    @property
    def disclosed(self) -> bytes:
        """The requests to the proxy other than CONNECT, which TLS should have hidden."""
        heads = (
            (request.line, *request.headers) for request in self.requests if not request.line.startswith("CONNECT ")
        )
        return b"".join("\r\n".join(head).encode("latin-1") for head in heads)

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes."""
        return len(self.disclosed)

    @property
    def end_errors(self) -> tuple[OSError, ...]:
        """The errors with which connections ended: an alert of the client, a reset, a missing server."""
        with self._changed:
            return tuple(self._end_errors)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        try:
            client = self._secure(link, accepted)
            head, rest = read_head(client)
            if not head:
                return
            line, *headers = head.decode("latin-1").split("\r\n")
            request = Request(line, tuple(headers), isinstance(client, ssl.SSLSocket))
            if self.quota.take(len(head)) == len(head):
                with self._changed:
                    self._requests.append(request)
            self._answer(link, client, request, rest)
        except OSError as error:
            with self._changed:
                self._end_errors.append(error.with_traceback(None))

    def _secure(self, link: Link, accepted: socket.socket) -> socket.socket:
        if self._context is None:
            return accepted
        client = self._context.wrap_socket(accepted, server_side=True, do_handshake_on_connect=False)
        link.adopt(client)
        client.do_handshake()
        return client

    def _answer(self, link: Link, client: socket.socket, request: Request, rest: bytes) -> None:
        if not request.line.startswith("CONNECT "):
            _refuse(client, "405 Method Not Allowed")
            return
        endpoint = self.endpoint_of(request.target)
        if endpoint is None:
            _refuse(client, "502 Bad Gateway")
            return
        try:
            upstream = socket.create_connection(endpoint)
        except OSError:
            _refuse(client, "502 Bad Gateway")
            raise
        link.adopt(upstream)
        client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        upstream.sendall(rest)
        tunnel(client, upstream)

    def endpoint_of(self, target: str) -> Endpoint | None:
        """Return the address for *target*, ``host:port``; None if it gets 502."""
        if self._redirect_to is not None:
            return self._redirect_to
        if target in self._route:
            return self._route[target]
        host, _, port = target.rpartition(":")
        if host in _LOOPBACK and port.isdecimal():
            return host.strip("[]"), int(port)
        return None


def _refuse(client: socket.socket, status: str) -> None:
    client.sendall(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode("ascii"))
    end_sending(client)
    while client.recv(CHUNK):
        pass
