"""Supervise a client that was started, until it and all processes that it started have ended."""

from __future__ import annotations

import os
import selectors
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ClientStoppedError, LabError
from pinsmith.lab.process.descendants import Descendants

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Sequence

    from pinsmith.lab.process.excerpt import Excerpt
    from pinsmith.lab.process.stop import Bell, Stop

_DRAIN_SECONDS: Final = 0.25  # for leftovers of a client and their output, after the client has ended
_ASK_SECONDS: Final = 0.5  # between SIGTERM and SIGKILL
_KILL_SECONDS: Final = 5.0  # for the kernel to end killed processes
_LONGEST_SECONDS: Final = 3600.0  # of one wait, because epoll accepts at most 24 days
_CHUNK_BYTES: Final = 64 * 1024
_LAST_CHUNKS: Final = 16  # the default capacity of a pipe: 1 MiB
# Without these a thread waits instead. Windows cannot select pipes, and only Linux has pidfd_open.
_SELECTS_PIPES = os.name == "posix"
_pidfd_open: Callable[[int], int] | None = getattr(os, "pidfd_open", None)


@dataclass(frozen=True, slots=True)
class Ending:
    """
    How a client ended.

    Attributes:
        code: The exit code; negative if a signal ended it; None if it had to be stopped because of the time limit.
        output: Standard output and error as they came: the first 16 KiB and the last 48 KiB, with a line that states
            how much was left out.
        seconds: The time until it ended.
        found: Whether the expected output was found, also in the part that was left out; True if none was expected.
    """

    code: int | None
    output: bytes
    seconds: float
    found: bool


class Supervisor:
    """A client that was started, with all its processes."""

    def __init__(
        self,
        process: subprocess.Popen[bytes],
        excerpt: Excerpt,
        selector: selectors.BaseSelector,
        bell: Bell,
        stops: Sequence[Stop],
        *,
        began: float,
    ) -> None:
        self._began, self._seconds = began, 0.0
        self._process, self._excerpt, self._selector, self._bell, self._stops = process, excerpt, selector, bell, stops
        self._descendants = Descendants(process)
        assert process.stdout is not None  # noqa: S101 - it was asked for
        self._pipe = process.stdout
        self._handle: int | None = None
        self._waiter: threading.Thread | None = None
        self._reader: threading.Thread | None = None
        self._has_exited = False
        self._is_silent = False
        self._was_asked = False

    def finish(self, timeout_seconds: float) -> Ending:
        """Wait for the end of the client, or end it."""
        try:
            self._watch()
            self._until(lambda: self._has_exited or self._is_stopped(), timeout_seconds)
            is_in_time = self._has_exited
            if is_in_time:
                self._until(lambda: self._is_silent or self._is_stopped(), _DRAIN_SECONDS)
            if not self._is_over():
                self._was_asked = True
                self._descendants.ask()
                self._until(self._is_over, _ASK_SECONDS)
        finally:
            self._end()
        if self._is_stopped():
            raise ClientStoppedError("the client was ended, because the lab was stopped")
        code = self._process.returncode if is_in_time else None
        return Ending(code, bytes(self._excerpt), self._seconds, self._excerpt.found)

    def close(self) -> None:
        """Release the resources of the system."""
        if self._waiter is not None and self._has_exited:
            self._waiter.join()
        if self._reader is not None and self._is_silent:
            self._reader.join()
        if self._handle is not None:
            os.close(self._handle)
        if _SELECTS_PIPES or self._is_silent:
            self._pipe.close()  # otherwise its reader does

    def _watch(self) -> None:
        self._selector.register(self._bell.reader, selectors.EVENT_READ, self._hear)
        if _SELECTS_PIPES:
            os.set_blocking(self._pipe.fileno(), False)
            self._selector.register(self._pipe, selectors.EVENT_READ, self._read)
        else:
            reader = threading.Thread(target=self._read_in_thread, daemon=True)
            reader.start()
            self._reader = reader
        with suppress(OSError):  # an old kernel, or a sandbox without this call
            self._handle = _pidfd_open(self._process.pid) if _pidfd_open is not None else None
        if self._handle is not None:
            self._selector.register(self._handle, selectors.EVENT_READ, self._note_exit)
        else:
            waiter = threading.Thread(target=self._wait_in_thread, daemon=True)
            waiter.start()
            self._waiter = waiter

    def _until(self, is_done: Callable[[], bool], seconds: float) -> None:
        """Handle events until *is_done* or the time is over, including all events until then."""
        deadline = time.monotonic() + seconds
        while not is_done():
            left = deadline - time.monotonic()
            for key, _ in self._selector.select(min(max(left, 0), _LONGEST_SECONDS)):
                key.data()
            if left <= 0:
                return

    def _is_over(self) -> bool:
        return self._has_exited and self._is_silent

    def _is_stopped(self) -> bool:
        return any(stop.is_set for stop in self._stops)

    def _end(self) -> None:
        is_over = self._is_over()
        # If the client was already waited for, its number is still in use only while a process holds the pipe.
        if not (is_over and self._process.returncode is not None):
            self._descendants.kill(strays=self._was_asked or not is_over)
        if self._handle is None and self._waiter is None:  # the supervision itself could not be set up
            self._process.wait()
            self._note_exit()
        self._until(lambda: self._has_exited, _KILL_SECONDS)
        if not self._has_exited:
            pid = self._process.pid
            threading.Thread(target=self._process.wait, name=f"client process {pid}", daemon=True).start()
            raise LabError(
                f"client process {pid} cannot be ended",
                hint="end it by hand; a client that changes its user, as with sudo, cannot be ended by the lab",
            )
        self._process.wait()
        for _ in range(_LAST_CHUNKS):
            if not _SELECTS_PIPES or self._is_silent or not self._read():
                break

    def _hear(self) -> None:
        self._bell.reader.recv(_CHUNK_BYTES)

    def _note_exit(self) -> None:
        self._seconds = time.monotonic() - self._began
        self._has_exited = True
        if self._handle is not None:
            self._selector.unregister(self._handle)

    def _read(self) -> bool:
        """Read the available bytes. Return whether there were any."""
        try:
            chunk = os.read(self._pipe.fileno(), _CHUNK_BYTES)
        except BlockingIOError:
            return False
        self._excerpt.add(chunk)
        if not chunk:
            self._is_silent = True
            self._selector.unregister(self._pipe)
        return bool(chunk)

    def _read_in_thread(self) -> None:
        with self._pipe:
            while chunk := os.read(self._pipe.fileno(), _CHUNK_BYTES):
                self._excerpt.add(chunk)
            self._is_silent = True
        self._bell.ring()

    def _wait_in_thread(self) -> None:
        if hasattr(os, "waitid"):
            # This only looks, so that the number of the client is not reused until its group is ended.
            with suppress(ChildProcessError):
                os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOWAIT)
        else:
            self._process.wait()
        self._note_exit()
        self._bell.ring()
