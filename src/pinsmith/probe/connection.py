"""One socket that never blocks, and the conversation on it."""

from __future__ import annotations

import errno
import os
import selectors
import socket
from collections import deque
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pinsmith.probe.starttls import Flush

if TYPE_CHECKING:
    from collections.abc import Generator

    from pinsmith.probe.handshake import Shaken
    from pinsmith.probe.resolve import Address

_MAX_RECEIVED: Final = 32 * 1024
_PENDING: Final = frozenset({0, errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 0)})
_READ, _WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE


class ProbeConnection:
    """
    A TCP connection that is being made, or on which a conversation has begun.

    Args:
        selector: Watches the socket.

        address: What to dial.

        owner: The object that the selector returns when the socket is ready.

    Attributes:
        address: The address that was dialled.
        talks: Whether the connection was made and the conversation has begun.

    Raises:
        OSError: If the system refused at once.
    """

    def __init__(self, selector: selectors.BaseSelector, address: Address, owner: object) -> None:
        self.address = address
        self.talks = False
        self._selector, self._owner = selector, owner
        self._talk: Generator[bytes, bytes | None, Shaken]
        self._unsent: deque[bytes] = deque()  # one item for each write
        self._socket = socket.socket(address.family, socket.SOCK_STREAM)
        self._events = _WRITE
        self._socket.settimeout(0)
        code = self._socket.connect_ex(address.sockaddr)
        if code not in _PENDING:
            self._socket.close()
            raise OSError(code, os.strerror(code))
        selector.register(self._socket, _WRITE, owner)

    def require_made(self) -> None:
        """
        Raise unless the connection was made; the socket must be ready.

        Raises:
            OSError: If it was refused.
        """
        if code := self._socket.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            raise OSError(code, os.strerror(code))

    def begin(self, talk: Generator[bytes, bytes | None, Shaken], *, prompt: bool) -> Shaken | None:
        """
        Begin the conversation; see `serve`.

        Args:
            talk: See `pinsmith.probe.conversation.converse`.

            prompt: Whether a second write must not wait for an answer to the first.
        """
        if prompt:
            with suppress(OSError):
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.talks, self._talk = True, talk
        return self._hear(None)

    def serve(self, events: int) -> Shaken | None:
        """
        Send or receive, as the socket is ready for it.

        Returns:
            The result of the conversation; None while it goes on.

        Raises:
            FetchError: If the conversation failed.
            UntrustedError: See `pinsmith.probe.handshake.handshake`.
        """
        if events & _WRITE:
            return self._send()
        try:
            received = self._socket.recv(_MAX_RECEIVED)
        except BlockingIOError:
            return None
        except OSError as error:
            return self._hear(error)
        return self._hear(received)

    def give_up(self, error: TimeoutError) -> Shaken | None:
        """End the conversation because the time is up; see `serve`."""
        return self._hear(error)

    def close(self, farewell: bytes = b"") -> None:
        """Hang up, after a *farewell* if the socket takes it at once."""
        if farewell:
            with suppress(OSError):
                self._socket.send(farewell)
        with suppress(KeyError):  # an interrupt came before it was registered
            self._selector.unregister(self._socket)
        self._socket.close()

    def _hear(self, news: bytes | OSError | None) -> Shaken | None:
        """Pass the *news* on to the conversation and send its answer."""
        try:
            message = self._talk.throw(news) if isinstance(news, OSError) else self._talk.send(news)
            while isinstance(message, Flush):
                self._unsent.append(message)
                message = self._talk.send(None)
        except StopIteration as end:
            return _shaken(end.value)
        if message:
            self._unsent.append(message)
        return self._send()

    def _send(self) -> Shaken | None:
        try:
            while self._unsent:
                sent = self._socket.send(self._unsent[0])
                if sent < len(self._unsent[0]):
                    self._unsent[0] = self._unsent[0][sent:]
                else:
                    self._unsent.popleft()
        except BlockingIOError:
            pass
        except OSError as error:
            self._unsent.clear()
            return self._hear(error)
        events = _WRITE if self._unsent else _READ
        if events != self._events:
            self._selector.modify(self._socket, events, self._owner)
            self._events = events
        return None


def _shaken(value: Any) -> Shaken:  # noqa: ANN401 - StopIteration does not know what it carries
    shaken: Shaken = value
    return shaken
