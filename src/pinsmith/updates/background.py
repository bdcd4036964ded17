"""A thread that does something again and again, of which each process has its own."""

from __future__ import annotations

import logging
import os
import threading
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_AGAIN_SECONDS: Final = 60.0
_log = logging.getLogger("pinsmith.updates")


class Background:
    """
    A daemon thread.

    Args:
        turn: Does what is due, and returns how many seconds to wait until it is called again.
    """

    def __init__(self, turn: Callable[[], float]) -> None:
        self._turn = turn
        self._ends = False
        self._thread: threading.Thread | None = None
        self.renew()

    def renew(self) -> None:
        """Begin anew, without a thread: in a child after a fork, it is the parent's."""
        self._lock = threading.Lock()
        self._wakes = threading.Event()
        self._thread = None
        self._process = os.getpid()

    @property
    def runs(self) -> bool:
        """Whether the thread of this process runs."""
        return self._process == os.getpid() and self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Start the thread, or wake it if it runs."""
        with self._lock:
            if not self.runs and not self._ends:
                self._thread = threading.Thread(target=self._run, name="pinsmith-updates", daemon=True)
                self._thread.start()
        self._wakes.set()

    def end(self, timeout_seconds: float) -> bool:
        """End the thread, wait for it, and return whether it has ended. It does not start again."""
        with self._lock:
            self._ends = True
            thread = self._thread if self.runs else None
        self._wakes.set()
        if thread is None or thread is threading.current_thread():
            return True
        thread.join(timeout_seconds)
        return not thread.is_alive()

    def _run(self) -> None:
        while not self._ends:
            self._wakes.clear()
            try:
                seconds = self._turn()
            except Exception:  # noqa: BLE001 - without the thread, a suspension would not end
                _log.exception("the updates of pins go on after an error")
                seconds = _AGAIN_SECONDS
            if not self._ends:
                self._wakes.wait(seconds)
