"""The output of a client: its beginning and its end, in bounded memory."""

from __future__ import annotations

from typing import Final

HEAD_BYTES: Final = 16 * 1024
TAIL_BYTES: Final = 48 * 1024


class Excerpt:
    """
    The first `HEAD_BYTES` and the last `TAIL_BYTES` of the output, and whether it contained the expected bytes.

    ``bytes(excerpt)`` is the part that was kept, with a line that states how much was left out.

    Attributes:
        found: Whether *expect* was found, also in the part that was left out; True if nothing was expected.
    """

    def __init__(self, expect: bytes | None = None) -> None:
        self.found = not expect
        self._expect = expect or b""
        self._before = b""
        self._head = bytearray()
        self._tail = bytearray()
        self._left_out = 0

    def add(self, chunk: bytes) -> None:
        """Add the next bytes."""
        if not self.found:
            # Enough of the bytes before to find a text that was split.
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
