"""The output of a client: the beginning and the end of it, in bounded memory."""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 16 * 1024
TAIL_BYTES: Final = 48 * 1024


class Excerpt:
    """
    Output as it comes: its first `HEAD_BYTES`, its last `TAIL_BYTES`, and whether it held the expected words.

    ``bytes(excerpt)`` is what was kept, with a line in between that says how much was left out.

    Attributes:
        found: Whether *expect* was seen, in what was left out too; True if nothing was expected.
    """

    def __init__(self, expect: bytes | None = None) -> None:
        self.found = not expect
        self._expect = expect or b""
        self._before = b""
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, chunk: bytes) -> None:
        """Take what came next."""
        if not self.found:
            # Enough of what came before for words that were cut in two.
            searched = self._before + chunk
            self.found = self._expect in searched
            self._before = searched[max(0, len(searched) - len(self._expect) + 1) :]
        if room := HEAD_BYTES - len(self._head):
            self._head += chunk[:room]
            chunk = chunk[room:]
        self._tail += chunk
        surplus = len(self._tail) - TAIL_BYTES
        if surplus > 0:
            del self._tail[:surplus]
            self._left_out += surplus

    def __bytes__(self) -> bytes:
        if not self._left_out:
            return bytes(self._head + self._tail)
        return b"\n".join((self._head, b"[%d bytes left out]" % self._left_out, self._tail))
