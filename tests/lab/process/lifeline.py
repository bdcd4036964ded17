"""A pipe that shows for certain that processes started, and that all of them have ended."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


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
