"""What a client sent: the beginning of it, how much it was, and what of it was no TLS."""

from __future__ import annotations

import threading
from typing import Final

KEPT_BYTES: Final = 1024 * 1024  # of one connection, of each kind
KEPT_IN_ALL_BYTES: Final = 16 * 1024 * 1024  # of all connections of a server
_HEADER_BYTES: Final = 5
_LONGEST_RECORD: Final = 2**14 + 2048  # TLS 1.2; RFC 8446 section 5.2 allows less
_RECORD_TYPES: Final = range(20, 25)
_MAJOR_VERSION: Final = 3


class Quota:
    """
    How much a server may still keep of what its clients send, in all. Safe in threads.

    Nothing is given back: what was kept once stays, because whoever compares two looks at a server must never see it
    shrink. A server that runs for months therefore keeps `KEPT_IN_ALL_BYTES` at most, and counts the rest.
    """

    def __init__(self) -> None:
        self._left = KEPT_IN_ALL_BYTES
        self._lock = threading.Lock()

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more is kept."""
        return not self._left

    def take(self, wanted: int) -> int:
        """Reserve *wanted* bytes, or as many as are left; return how many that is."""
        with self._lock:
            taken = min(wanted, self._left)
            self._left -= taken
            return taken


class Received:
    """
    Bytes as they come: the first `KEPT_BYTES` are kept if the quota allows it, all are counted.

    Attributes:
        size: How many came.
    """

    def __init__(self, quota: Quota | None = None) -> None:
        self.size = 0
        self._quota = quota or Quota()
        self._kept = bytearray()

    def add(self, received: bytes | memoryview) -> None:
        """Take what came next."""
        self.size += len(received)
        if wanted := min(KEPT_BYTES - len(self._kept), len(received)):
            self._kept += received[: self._quota.take(wanted)]

    def __bytes__(self) -> bytes:
        return bytes(self._kept)


class Records:
    """
    Follows the records of TLS in what a client sends, without opening them.

    From the first header on that is none, all is in the clear: a client that gave TLS up, or never began it.

    Source:
        :rfc:`8446#section-5.1`
    """

    def __init__(self) -> None:
        self._header = b""
        self._left = 0
        self._is_tls = True

    def add(self, received: bytes) -> bytes:
        """Take what came next, and return what of it is in the clear."""
        while received and self._is_tls:
            if self._left:
                skipped = min(self._left, len(received))
                self._left -= skipped
                received = received[skipped:]
                continue
            missing = _HEADER_BYTES - len(self._header)
            self._header, received = self._header + received[:missing], received[missing:]
            if not _may_be_header(self._header):
                self._is_tls = False
                return self._header + received
            if len(self._header) == _HEADER_BYTES:
                self._left, self._header = int.from_bytes(self._header[3:]), b""
        return received


def _may_be_header(begun: bytes) -> bool:
    return (
        begun[0] in _RECORD_TYPES
        and begun[1:2] in {b"", bytes([_MAJOR_VERSION])}
        and (len(begun) < _HEADER_BYTES or int.from_bytes(begun[3:]) <= _LONGEST_RECORD)
    )
