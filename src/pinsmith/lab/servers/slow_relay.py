"""A relay that passes on in small pieces what a server sends, with pauses between them: a bad line, not an attack."""

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
    """Relay to a server; what the server says arrives in pieces."""

    def __init__(
        self, server: RecordingServer, *, piece_bytes: int, pause_seconds: float, pauses_in_all_seconds: float
    ) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            server: Where to connect to for each client.

            piece_bytes: How much is sent at once.

            pause_seconds: How long nothing is sent after a piece.

            pauses_in_all_seconds: After so much, the pieces of a connection come without pauses.
        """
        self._server = server
        self._piece_bytes = piece_bytes
        self._pause = pause_seconds
        self._in_all = pauses_in_all_seconds
        self._peers: list[tuple[str, int]] = []
        super().__init__(server.address)

    @property
    def connections(self) -> tuple[tuple[str, int], ...]:
        """Address and port of every client so far."""
        with self._changed:
            return tuple(self._peers)

    @property
    def disclosed(self) -> bytes:
        """What clients entrusted to the server."""
        return self._server.disclosed

    @property
    def disclosed_size(self) -> int:
        """How many bytes that is."""
        return self._server.disclosed_size

    @property
    def received_size(self) -> int:
        """How many bytes the server read inside TLS."""
        return self._server.received_size

    def wait_closed(self, timeout_seconds: float = 10.0) -> None:
        """Return once every connection has ended, the server's too."""
        super().wait_closed(timeout_seconds)
        self._server.wait_closed(timeout_seconds)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        with self._changed:
            self._peers.append(link.peer)
        upstream = socket.create_connection(self._server.endpoint)
        link.adopt(upstream)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        # Not epoll: it rounds every pause up to a millisecond.
        with selectors.SelectSelector() as selector:
            selector.register(accepted, selectors.EVENT_READ)
            selector.register(upstream, selectors.EVENT_READ)
            try:
                self._carry(link, selector, accepted, upstream)
            except OSError:
                return  # one side broke off, and the other is about to be told

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
                        left = due = 0.0  # whoever says no more is not kept waiting, and neither is an end
            if waiting and time.monotonic() >= due:
                client.sendall(waiting[: self._piece_bytes])
                waiting = waiting[self._piece_bytes :]
                pause = min(self._pause, left)
                left, due = left - pause, time.monotonic() + pause
            if not waiting and upstream not in {key.fileobj for key in selector.get_map().values()}:
                end_sending(client)
