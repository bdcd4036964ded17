"""Shared by all proxies: read the head of a request, and forward bytes in both directions."""

from __future__ import annotations

import selectors
import ssl
import time
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from pinsmith.lab.servers.connection import end_sending

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

CHUNK = 65536
MAX_HEAD = 65536


class Deadline:
    """A moment after which nothing waits, even if single bytes keep arriving."""

    def __init__(self, seconds: float) -> None:
        """Begin now."""
        self._end = time.monotonic() + seconds

    @property
    def seconds_left(self) -> float:
        """
        The time that is left; always positive.

        Raises:
            TimeoutError: if no time is left.
        """
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError("the deadline is over")
        return left


@runtime_checkable
class Veiled(Protocol):
    """A socket that may keep bytes that it could not send yet, and that ends with a message."""

    @property
    def unsent(self) -> bool:
        """Whether bytes wait to be sent. Any later call sends them."""

    def say_goodbye(self) -> None:
        """Send that message and FIN. Bytes can still be received."""


def read_head(client: socket.socket, deadline: Deadline | None = None) -> tuple[bytes, bytes]:
    """
    Read up to the empty line that ends the head of a request.

    Args:
        client: A blocking socket.

        deadline: The deadline for the whole head; None waits for ever.

    Returns:
        The head without its end, and the bytes after it. The head is incomplete if the client left before its end, or
        if it is too long.
    """
    received = b""
    while b"\r\n\r\n" not in received and len(received) < MAX_HEAD:
        if deadline is not None:
            client.settimeout(deadline.seconds_left)
        chunk = client.recv(CHUNK)
        if not chunk:
            break
        received += chunk
    head, _, rest = received.partition(b"\r\n\r\n")
    return head, rest


def tunnel(client: socket.socket, upstream: socket.socket, *, heard: Callable[[bytes], None] | None = None) -> None:
    """
    Forward bytes in both directions until both sides have ended. Both sockets become non-blocking.

    Args:
        client: A plain socket, or TLS after the handshake.

        upstream: The same.

        heard: Called with the bytes of the client, before they are forwarded.

    Raises:
        OSError: if a side broke off with a reset or an alert.
    """
    # One thread for both directions, because two threads must not use a TLS socket at once. Nothing here
    # waits for one side, because two peers that both send first would block each other.
    client.settimeout(0)
    upstream.settimeout(0)
    pipes = (_Pipe(client, upstream, heard), _Pipe(upstream, client))
    with selectors.DefaultSelector() as selector:
        while not all(pipe.done for pipe in pipes):
            for pipe in pipes:
                pipe.pump()
            _await(selector, pipes)


def _await(selector: selectors.BaseSelector, pipes: tuple[_Pipe, ...]) -> None:
    wanted: dict[socket.socket, int] = {}
    for pipe in pipes:
        if pipe.waiting or pipe.holds_back:
            wanted[pipe.sink] = wanted.get(pipe.sink, 0) | selectors.EVENT_WRITE
        if not pipe.waiting and not pipe.ended:
            wanted[pipe.source] = wanted.get(pipe.source, 0) | selectors.EVENT_READ
    for sock, events in wanted.items():
        selector.register(sock, events)
    if wanted:
        selector.select()
    for sock in wanted:
        selector.unregister(sock)


class _Pipe:
    """One direction of a tunnel."""

    def __init__(
        self, source: socket.socket, sink: socket.socket, heard: Callable[[bytes], None] | None = None
    ) -> None:
        self.source = source
        self.sink = sink
        self.waiting = b""
        self.ended = False
        self._heard = heard
        self._veiled = sink if isinstance(sink, Veiled) else None

    @property
    def holds_back(self) -> bool:
        """Whether the sink keeps bytes that it could not send yet."""
        return self._veiled is not None and self._veiled.unsent

    @property
    def done(self) -> bool:
        """Whether the source has ended and all of it is on its way."""
        return self.ended and not self.holds_back

    def pump(self) -> None:
        """Move all bytes that can be moved without waiting, including all that TLS has decrypted."""
        try:
            if self.holds_back:
                self.sink.send(b"")
            while not self.ended:
                while self.waiting:
                    self.waiting = self.waiting[self.sink.send(self.waiting) :]
                self.waiting = self.source.recv(CHUNK)
                if not self.waiting:
                    self.ended = True
                    self._end()
                elif self._heard is not None:
                    self._heard(self.waiting)
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError, BlockingIOError):
            return

    def _end(self) -> None:
        if self._veiled is not None:
            self._veiled.say_goodbye()
        else:
            end_sending(self.sink)
