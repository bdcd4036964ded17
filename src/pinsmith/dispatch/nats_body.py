"""Bodies of messages: compressed, and divided into parts where NATS limits the size of a message."""

from __future__ import annotations

import zlib
from hashlib import sha256
from typing import Final, NamedTuple

from pinsmith.dispatch.shard import MAX_RESULT_BYTES
from pinsmith.errors.dispatch import DispatchError

_WHOLE: Final = b"z"
_DIVIDED: Final = b"p"
_HEADERS_BYTES: Final = 2_048  # more than those that this package sends
_PART_BYTES: Final = 512 << 10
_MAX_STORED_BYTES: Final = MAX_RESULT_BYTES + (1 << 20)  # what compression may add to what cannot be compressed
_DIGEST_CHARACTERS: Final = 64
_FASTEST: Final = 1


class Parts(NamedTuple):
    """
    The parts of a body.

    Attributes:
        total: How many there are.
        digest: Of all of them, SHA-256 in hexadecimal.
    """

    total: int
    digest: str


def part_bytes(max_payload: int) -> int:
    """Return how many bytes a part has, if a server takes messages of *max_payload* bytes."""
    return max(1, min(_PART_BYTES, max_payload - _HEADERS_BYTES))


def pack(body: bytes, limit: int) -> tuple[bytes, list[bytes]]:
    """
    Compress a body.

    Args:
        body: Any bytes.

        limit: Of a message, in bytes.

    Returns:
        The message, and the parts that it refers to; none if it contains the body.
    """
    packed = zlib.compress(body, _FASTEST)
    if len(packed) < limit:
        return _WHOLE + packed, []
    parts = [packed[start : start + limit] for start in range(0, len(packed), limit)]
    return _DIVIDED + f"{len(parts)} {sha256(packed).hexdigest()}".encode("ascii"), parts


def parts_of(message: bytes) -> Parts | None:
    """
    Return the parts that a message refers to; None if it contains the body.

    Raises:
        DispatchError: If it is not what `pack` writes.
    """
    if message.startswith(_WHOLE):
        return None
    count, _, digest = message[1:].decode("ascii", "replace").partition(" ")
    if (
        not message.startswith(_DIVIDED)
        or not (count.isascii() and count.isdigit() and len(count) < _DIGEST_CHARACTERS)
        or len(digest) != _DIGEST_CHARACTERS
        or not digest.isalnum()
    ):
        raise DispatchError("a message of the queue cannot be read")
    return Parts(int(count), digest)


def join(message: bytes, parts: list[bytes]) -> bytes:
    """
    Return the body.

    It is cut off behind the limit of a result, so that a short message cannot fill the memory.

    Args:
        message: The first part of what `pack` returned.

        parts: The second, complete.

    Raises:
        DispatchError: If they are damaged or too large.
    """
    named = parts_of(message)
    packed = message[1:] if named is None else b"".join(parts)
    if named is not None and sha256(packed).hexdigest() != named.digest:
        raise DispatchError("the parts of a message of the queue do not belong together")
    opened = zlib.decompressobj()
    try:
        body = opened.decompress(packed, MAX_RESULT_BYTES + 1)
    except zlib.error as error:
        raise DispatchError(f"a message of the queue cannot be decompressed: {error}") from error
    if not opened.eof and len(body) <= MAX_RESULT_BYTES:
        raise DispatchError("a message of the queue is cut off")
    return body


def require_room(stored: int) -> None:
    """
    Check the size of the parts that were read so far.

    Raises:
        DispatchError: If a result cannot have as many bytes.
    """
    if stored > _MAX_STORED_BYTES:
        raise DispatchError(f"the parts of a result have more than {_MAX_STORED_BYTES} bytes")
