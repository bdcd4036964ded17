"""A relay that forwards the bytes of a server in small pieces, with pauses: a slow connection, not an attack."""

from __future__ import annotations

import selectors
import socket
import time
from typing import TYPE_CHECKING

from pinsmith.lab.servers.connection import end_sending
from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer

_CHUNK = 65536


class SlowRelay(Listener):
    """Relay to a server. The bytes of the server arrive in pieces."""

    def __init__(
        self, server: RecordingServer, *, piece_bytes: int, pause_seconds: float, pauses_in_all_seconds: float
    ) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            server: The server.

            piece_bytes: The size of a piece.

            pause_seconds: The pause after a piece.

            pauses_in_all_seconds: The total of pauses on a connection, after which there are no more.
        """
        self._server = server
        self._piece_bytes = piece_bytes
        self._pause = pause_seconds
        self._in_all = pauses_in_all_seconds
        self._peers: list[tuple[str, int]] = []
        super().__init__(server.address)

    @property
    def connections(self) -> tuple[tuple[str, int], ...]:
        """The addresses and ports of all clients so far."""
        with self._changed:
            return tuple(self._peers)

    @property
    def disclosed(self) -> bytes:
        """The bytes that clients disclosed to the server."""
        return self._server.disclosed

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes."""
        return self._server.disclosed_size

    @property
    def received_size(self) -> int:
        """The number of bytes that the server read inside TLS."""
        return self._server.received_size

    def wait_closed(self, timeout_seconds: float = 10.0) -> None:
        """Return when all connections have ended, including those of the server."""
        super().wait_closed(timeout_seconds)
        self._server.wait_closed(timeout_seconds)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        with self._changed:
            self._peers.append(link.peer)
        upstream = socket.create_connection(self._server.endpoint)
        link.adopt(upstream)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Not epoll, which rounds every pause up to a millisecond.
        with selectors.SelectSelector() as selector:
            selector.register(accepted, selectors.EVENT_READ)
            selector.register(upstream, selectors.EVENT_READ)
            try:
                self._carry(link, selector, accepted, upstream)
            except OSError:
                return  # one side broke off, and the other connection is closed next

    def _carry(
        self, link: Link, selector: selectors.BaseSelector, client: socket.socket, upstream: socket.socket
    ) -> None:
        waiting, due, left = b"", 0.0, self._in_all
        while (selector.get_map() or waiting) and not link.aborted:
            pause = max(0.0, due - time.monotonic()) if waiting else None
            for key, _ in selector.select(pause):
                source = client if key.fileobj is client else upstream
                received = source.recv(_CHUNK)
                if source is upstream:
                    waiting += received
                elif received:
                    upstream.sendall(received)
                if not received:
                    selector.unregister(source)
                    if source is client:
                        end_sending(upstream)
                        left = due = 0.0  # no pauses after the client has ended
            if waiting and time.monotonic() >= due:
                client.sendall(waiting[: self._piece_bytes])
                waiting = waiting[self._piece_bytes :]
                pause = min(self._pause, left)
                left, due = left - pause, time.monotonic() + pause
            if not waiting and upstream not in {key.fileobj for key in selector.get_map().values()}:
                end_sending(client)
