"""A worker, as the process that started it sees it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from pinsmith.workers._message import encode, receive, send
from pinsmith.workers.child import LIMITS_ITSELF, READY, Broke

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.workers.child import Done

_ATTEMPTS: Final = 2  # a crash may be the fault of an earlier task, or of a system without memory
_PATIENCE: Final = 10  # real seconds for one of processor time, where the system has no limit for it
_OVER: Final = int(getattr(signal, "SIGXCPU", 0))
# Neither the current folder nor that of a script comes first in the path of modules: it may be the tree that is read.
_BOOT: Final = "import sys; sys.path[:] = sys.argv[4:]; from pinsmith.workers.child import main; main(*sys.argv[1:4])"


@dataclass(frozen=True, slots=True)
class Lost:
    """
    A task without a result.

    Attributes:
        problem: Why, as a clause.
    """

    problem: str


class Worker:
    """A process, and the next one if it ends; used by one thread, except for `close` and `end_if_overdue`."""

    def __init__(self, function: Callable[[Any], object], seconds: float) -> None:
        self._function, self._seconds = function, seconds
        self._lock = threading.Lock()
        self._is_closed = False
        self._process: subprocess.Popen[bytes] | None = None
        self._deadline = float("inf")
        self._is_overdue = False

    def is_ready(self) -> bool:
        """Return whether there is a process that waits for a task, after starting it if there is none."""
        if self._process is None:
            self._process = self._start()
        return self._process is not None

    def ask(self, task: object) -> object:
        """Return the result of a task, `Lost` or `Broke`."""
        for _ in range(_ATTEMPTS):
            if not self.is_ready() or self._process is None:
                return Lost("no process could be started to read it")
            try:
                answer = self._exchange(self._process, task)
            except (EOFError, OSError):
                code = self.end()
                if self._is_overdue or (_OVER and code == -_OVER):
                    return Lost(f"reading it took more than {self._seconds:g} seconds of processor time")
            else:
                return answer if isinstance(answer, Broke) else answer.result
        return Lost("the parser crashed")

    def end(self) -> int:
        """Kill the process, wait for its end, and return its exit code: its own, if it was ending already."""
        process, self._process = self._process, None
        if process is None:
            return 0
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not written yet cannot be written
                pipe.close()  # type: ignore[union-attr]
        return process.wait()

    def close(self) -> None:
        """End the process from another thread, and start no other."""
        with self._lock:
            self._is_closed = True
        self._kill()

    def end_if_overdue(self) -> None:
        """End a process that has used too much time, where the system does not do that."""
        if time.monotonic() > self._deadline:
            self._is_overdue = True
            self._kill()

    def _kill(self) -> None:
        process = self._process
        if process is not None:
            process.kill()

    def _start(self) -> subprocess.Popen[bytes] | None:
        name = self._function.__module__, self._function.__qualname__
        words = (*name, str(self._seconds), *map(os.fspath, sys.path))
        flag = "-I" if sys.flags.isolated else "-P"
        with self._lock:
            if self._is_closed or not sys.executable or getattr(sys, "frozen", False):
                return None
            try:
                self._process = process = subprocess.Popen(  # noqa: S603 - this Python
                    [sys.executable, flag, "-c", _BOOT, *words],
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
                )
            except OSError:
                return None
        assert process.stdout is not None  # noqa: S101 - it was asked for
        try:
            is_ready = receive(process.stdout) == READY
        except (EOFError, OSError):
            is_ready = False
        if is_ready:
            return process
        self.end()
        return None

    def _exchange(self, process: subprocess.Popen[bytes], task: object) -> Done | Broke:
        assert process.stdin is not None  # noqa: S101 - both were asked for
        assert process.stdout is not None  # noqa: S101
        self._is_overdue = False
        if not LIMITS_ITSELF:
            self._deadline = time.monotonic() + self._seconds * _PATIENCE
        try:
            send(process.stdin, encode(task))
            answer: Done | Broke = receive(process.stdout)
        finally:
            self._deadline = float("inf")
        return answer
