"""The order to stop, given by one thread to those that watch clients."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stop:
    """Ends at once, from any thread, every client that runs with it, and lets no other start."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may set it while it is being set
        self._is_set = False
        self._bells: set[Bell] = set()

    @property
    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_set

    def set(self) -> None:
        """End the clients; does not wait for them."""
        with self._lock:
            self._is_set = True
            for bell in tuple(self._bells):
                bell.ring()

    @contextmanager
    def rings(self, bell: Bell) -> Iterator[None]:
        """Ring *bell* when this is set, or right now if it is."""
        with self._lock:
            self._bells.add(bell)
            if self._is_set:
                bell.ring()
        try:
            yield
        finally:
            with self._lock:
                self._bells.discard(bell)


class Bell:
    """Wakes the thread that waits on `reader`."""

    def __init__(self) -> None:
        self.reader, self._writer = socket.socketpair()
        self._writer.settimeout(0)

    def ring(self) -> None:
        """Wake it; from any thread."""
        with suppress(OSError):  # full of rings, or nobody listens any more
            self._writer.send(b"!")

    def close(self) -> None:
        """Give the sockets back."""
        self.reader.close()
        self._writer.close()
