"""A pipe that shows for certain that processes started, and that all of them have ended."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, Self

from pinsmith.lab.process import supervisor
from pinsmith.lab.process.supervisor import Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest


PATIENCE_MS = 120_000  # enough for a process on a busy machine; only a process that hangs uses it up


class Lifeline:
    """
    A named pipe that processes write to and keep open; it ends when the last of them has ended.

    In a shell: ``exec 3>$LIFELINE; echo >&3``. Processes that are started afterwards inherit it.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lifeline"
        os.mkfifo(self.path)
        self._reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a client, with the path of the pipe."""
        return {"PATH": os.environ["PATH"], "LIFELINE": str(self.path)}

    def heard(self) -> bytes:
        """Wait until a process writes, and return the bytes; they are empty if all processes have ended."""
        assert self._poll.poll(PATIENCE_MS), "no process wrote"
        return os.read(self._reader, 4096)

    @property
    def has_spoken(self) -> bool:
        """Whether a process has written what nobody has read yet."""
        return any(event & select.POLLIN for _, event in self._poll.poll(0))

    def last_words(self) -> bytes:
        """Wait until every process has ended, and return what they wrote."""
        words = b""
        while chunk := self.heard():
            words += chunk
        return words

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reader)


def let_limits_pass(monkeypatch: pytest.MonkeyPatch, *, once: Callable[[], bool]) -> None:
    """
    Let the time limits of the clients that run pass as soon as *once* holds, and not before.

    A test that needs a client to do something before its limit passes gives it a long limit, and calls this.
    """
    until = Supervisor._until

    def noted(supervised: Supervisor, is_done: Callable[[], bool], seconds: float) -> None:
        is_limit = not supervised._has_exited and not supervised._was_asked
        until(supervised, (lambda: is_done() or once()) if is_limit else is_done, seconds)

    monkeypatch.setattr(Supervisor, "_until", noted)
    monkeypatch.setattr(supervisor, "_LONGEST_SECONDS", 0.005)  # so that it asks often
