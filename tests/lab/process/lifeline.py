"""Know for certain that processes lived, and that every one of them is gone."""

from __future__ import annotations

import os
import select
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from pathlib import Path


PATIENCE_MS = 120_000  # for a process on a busy machine; one that hangs takes all of it


class Lifeline:
    """
    A named pipe that processes write to and keep open: it ends when the last of them does.

    In a shell: ``exec 3>$LIFELINE; echo >&3``; what is started afterwards holds it too.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / "lifeline"
        os.mkfifo(self.path)
        self._reader = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)
        self._poll = select.poll()
        self._poll.register(self._reader, select.POLLIN)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of a client that knows the pipe."""
        return {"PATH": os.environ["PATH"], "LIFELINE": str(self.path)}

    def heard(self) -> bytes:
        """Wait for words from a process."""
        assert self._poll.poll(PATIENCE_MS), "no process wrote"
        return os.read(self._reader, 4096)

    def last_words(self) -> bytes:
        """Wait until every process is gone, and return what they wrote."""
        words = b""
        while chunk := self.heard():
            words += chunk
        return words

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._reader)
