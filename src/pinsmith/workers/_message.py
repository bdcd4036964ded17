"""
Values on a pipe: eight bytes with the length, and the value as a pickle.

Both ends are processes of one program and of one user, and the pipe has no name. So whoever could send another pickle
could already run code as that user.
"""

from __future__ import annotations

import pickle
from typing import IO, Any, Final

_HEAD: Final = 8  # bytes
_MAX: Final = 1 << 28  # bytes of a value; a file has at most 20 MB


def encode(value: object) -> bytes:
    """Return a value as bytes."""
    octets = pickle.dumps(value, protocol=pickle.HIGHEST_PROTOCOL)
    return len(octets).to_bytes(_HEAD, "big") + octets


def send(stream: IO[bytes], octets: bytes) -> None:
    """
    Write a value that was encoded.

    Raises:
        OSError: If the other end is gone.
    """
    stream.write(octets)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:  # noqa: ANN401 - the ends know what they send
    """
    Wait for a value.

    Raises:
        EOFError: If the other end is gone, or has sent something else.
    """
    size = int.from_bytes(_all(stream, _HEAD), "big")
    if size > _MAX:
        raise EOFError
    try:
        return pickle.loads(_all(stream, size))  # noqa: S301 - see above
    except Exception as error:  # a process that broke may send anything
        raise EOFError from error


def _all(stream: IO[bytes], size: int) -> bytes:
    octets = stream.read(size)
    if len(octets) < size:
        raise EOFError
    return octets
