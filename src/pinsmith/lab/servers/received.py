"""Record the bytes of a client: the first ones, their number, and those that are not TLS."""

from __future__ import annotations

import threading
from typing import Final

KEPT_BYTES: Final = 1024 * 1024  # of one connection, inside TLS and in the clear
KEPT_IN_ALL_BYTES: Final = 16 * 1024 * 1024  # of all connections of a server
_HEADER_BYTES: Final = 5
_LONGEST_RECORD: Final = 2**14 + 2048  # TLS 1.2; RFC 8446 section 5.2 allows less
_RECORD_TYPES: Final = range(20, 25)
_MAJOR_VERSION: Final = 3


class Quota:
    """
    The number of bytes of all clients that a server may still keep. Thread-safe.

    Nothing is given back, because the bytes of a server must not become fewer between two looks. So a server that runs
    for months keeps at most `KEPT_IN_ALL_BYTES`, and counts the rest.
    """

    def __init__(self) -> None:
        self._left = KEPT_IN_ALL_BYTES
        self._lock = threading.Lock()

    @property
    def is_used_up(self) -> bool:
        """Whether no more bytes are kept."""
        return not self._left

    def take(self, wanted: int) -> int:
        """Reserve *wanted* bytes, or as many as are left. Return their number."""
        with self._lock:
            taken = min(wanted, self._left)
            self._left -= taken
            return taken


class Received:
    """
    The bytes of a client. The first `KEPT_BYTES` are kept if the quota allows that, and all are counted.

    Attributes:
        size: The number of all bytes.
    """

    def __init__(self, quota: Quota | None = None) -> None:
        self.size = 0
        self._quota = quota or Quota()
        self._kept = bytearray()

    def add(self, received: bytes | memoryview) -> None:
        """Add the next bytes."""
        self.size += len(received)
        if wanted := min(KEPT_BYTES - len(self._kept), len(received)):
            self._kept += received[: self._quota.take(wanted)]

    def __bytes__(self) -> bytes:
        return bytes(self._kept)


class Records:
    """
    Follows TLS records in the bytes of a client, without decrypting them.

    From the first bytes that are not a header, all are in the clear: the client gave up TLS, or never began it.

    Source:
        :rfc:`8446#section-5.1`
    """

    def __init__(self) -> None:
        self._header = b""
        self._left = 0
        self._is_tls = True

    def add(self, received: bytes) -> bytes:
        """Add the next bytes, and return those that are in the clear."""
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
