"""The order to stop, from one thread to the threads that supervise clients."""

from __future__ import annotations

import socket
import threading
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Stop:
    """Ends all clients that run with it, from any thread, and prevents new ones."""

    def __init__(self) -> None:
        self._lock = threading.RLock()  # a signal handler may set it while it is being set
        self._is_set = False
        self._bells: set[Bell] = set()

    @property
    def is_set(self) -> bool:
        """Whether it was set."""
        return self._is_set

    def set(self) -> None:
        """End the clients, without waiting for them."""
        with self._lock:
            self._is_set = True
            for bell in tuple(self._bells):
                bell.ring()

    @contextmanager
    def rings(self, bell: Bell) -> Iterator[None]:
        """Ring *bell* when this is set, or at once if it already is."""
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
        """Wake the thread. Any thread may call this."""
        with suppress(OSError):  # the buffer is full, or the reader is closed
            self._writer.send(b"!")

    def close(self) -> None:
        """Close the sockets."""
        self.reader.close()
        self._writer.close()
