"""
Read a ClientHello before anybody answers it.

It comes from a stranger, so every length is checked, the size is limited, and every error is a `HelloError`.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket

    from pinsmith.lab.proxy.tunnel import Deadline

HANDSHAKE: Final = 0x16  # the content type of the record, RFC 8446 section 5.1
_CLIENT_HELLO: Final = 1
_MAJOR: Final = 3
_GREASE: Final = 0x0A0A
_MAX_RECORD: Final = 2**14  # bytes in one plaintext record, RFC 8446 section 5.1
_MAX_HELLO: Final = 2**16  # bytes of a ClientHello; real ones, post-quantum key shares included, have a few thousand
_MAX_RECORDS: Final = 64  # a hello cut into single bytes is an attack, not a client

_SERVER_NAME, _GROUPS, _SIGNATURES, _ALPN, _VERSIONS = 0, 10, 13, 16, 43
_HOST_NAME: Final = 0
_ECDSA_P256: Final = 0x0403  # ecdsa_secp256r1_sha256, RFC 8446 section 4.2.3
_TLS13: Final = 0x0304
# Suites of TLS 1.2 that an ECDSA certificate serves, by the registry of IANA.
_ECDSA_SUITES: Final = frozenset(
    {0xC009, 0xC00A, 0xC023, 0xC024, 0xC02B, 0xC02C, 0xC0AC, 0xC0AD, 0xC0AE, 0xC0AF, 0xCCA9}
)


class HelloError(ValueError):
    """The bytes are not a ClientHello. The text names the first error."""


@dataclass(frozen=True, slots=True)
class ClientHello:
    """
    The parts of a ClientHello that the proxy needs.

    Attributes:
        server_name: The SNI, which may not be a host name, with bytes beyond ASCII as escapes; None without SNI.
        alpn: The offered protocols, best first.
        fingerprint:
            Twelve hexadecimal digits that distinguish TLS stacks: a hash of the offered suites, groups, signature
            algorithms and versions. Two programs with the same stack have the same fingerprint.
        takes_ecdsa: Whether the client supports a P-256 certificate.
    """

    server_name: str | None
    alpn: tuple[bytes, ...]
    fingerprint: str
    takes_ecdsa: bool


def read_hello(sock: socket.socket, ahead: bytes, deadline: Deadline) -> tuple[ClientHello, bytes]:
    """
    Read the records of one ClientHello.

    Args:
        sock: A blocking socket.

        ahead: The bytes that were already read.

        deadline: The deadline for the whole hello.

    Returns:
        The hello, and all bytes that were read, including *ahead*.

    Raises:
        HelloError: if the bytes are not a ClientHello, or if the client left before it was complete.
        OSError: if the connection broke, or if the deadline is over.
    """
    received = bytearray(ahead)
    while (message := _message(received)) is None:
        sock.settimeout(deadline.seconds_left)
        chunk = sock.recv(_MAX_RECORD)
        if not chunk:
            raise HelloError("the client left before its ClientHello was complete")
        received += chunk
    return parse(message), bytes(received)


def parse(message: bytes) -> ClientHello:
    """
    Parse a ClientHello.

    Args:
        message: The handshake message with its header, without the records around it.

    Raises:
        HelloError: if it is not a ClientHello.

    Source:
        :rfc:`8446#section-4.1.2`, :rfc:`6066#section-3`, :rfc:`7301#section-3.1`
    """
    outer = _Cursor(message)
    if outer.number(1) != _CLIENT_HELLO:
        raise HelloError("the first message is not a ClientHello")
    body = _Cursor(outer.vector(3))
    outer.require_end()
    body.take(2 + 32)  # legacy_version, random
    body.vector(1)  # legacy_session_id
    suites = _numbers(body.vector(2))
    body.vector(1)  # legacy_compression_methods
    extensions = _extensions(body)
    groups = _numbers(_inner(extensions, _GROUPS, 2))
    signatures = _numbers(_inner(extensions, _SIGNATURES, 2))
    versions = _numbers(_inner(extensions, _VERSIONS, 1))
    shown = repr((suites, groups, signatures, versions))
    return ClientHello(
        server_name=_server_name(extensions),
        alpn=_protocols(_inner(extensions, _ALPN, 2)),
        fingerprint=hashlib.sha256(shown.encode("ascii")).hexdigest()[:12],
        takes_ecdsa=(not signatures or _ECDSA_P256 in signatures)
        and (_TLS13 in versions or not _ECDSA_SUITES.isdisjoint(suites)),
    )


def _message(received: bytearray) -> bytes | None:
    """Join the first handshake message from its records; None while it is incomplete."""
    message = bytearray()
    at = 0
    for _ in range(_MAX_RECORDS):
        if len(received) < at + 5:
            return None
        length = int.from_bytes(received[at + 3 : at + 5])
        # Only the first byte of the version counts, because of middle boxes clients write old ones.
        if received[at] != HANDSHAKE or received[at + 1] != _MAJOR or not 0 < length <= _MAX_RECORD:
            raise HelloError("the bytes are not a handshake record")
        if len(received) < at + 5 + length:
            return None
        message += received[at + 5 : at + 5 + length]
        at += 5 + length
        if len(message) >= 4:  # noqa: PLR2004 - the header: type and length
            whole = 4 + int.from_bytes(message[1:4])
            if whole > _MAX_HELLO:
                raise HelloError(f"the ClientHello has {whole} bytes, which is more than {_MAX_HELLO}")
            if len(message) >= whole:
                return bytes(message[:whole])
    raise HelloError(f"the ClientHello has more than {_MAX_RECORDS} records")


def _extensions(body: _Cursor) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    if body.is_at_end:
        return found
    listed = _Cursor(body.vector(2))
    body.require_end()
    while not listed.is_at_end:
        kind = listed.number(2)
        if kind in found:
            raise HelloError(f"extension {kind} occurs twice")
        found[kind] = listed.vector(2)
    return found


def _inner(extensions: dict[int, bytes], kind: int, width: int) -> bytes:
    """Return the list in an extension; empty if the extension is missing."""
    if kind not in extensions:
        return b""
    outer = _Cursor(extensions[kind])
    content = outer.vector(width)
    outer.require_end()
    return content


def _server_name(extensions: dict[int, bytes]) -> str | None:
    names = _Cursor(_inner(extensions, _SERVER_NAME, 2))
    while not names.is_at_end:
        kind, name = names.number(1), names.vector(2)
        if kind == _HOST_NAME:
            return name.decode("ascii", "backslashreplace")
    return None


def _protocols(octets: bytes) -> tuple[bytes, ...]:
    listed, found = _Cursor(octets), []
    while not listed.is_at_end:
        found.append(listed.vector(1))
        if not found[-1]:
            raise HelloError("the name of a protocol is empty")
    return tuple(found)


def _numbers(octets: bytes) -> tuple[int, ...]:
    if len(octets) % 2:
        raise HelloError("a list of numbers has an odd length")
    found = (int.from_bytes(octets[at : at + 2]) for at in range(0, len(octets), 2))
    return tuple(number for number in found if not _is_grease(number))


def _is_grease(number: int) -> bool:
    """Say whether a value is one of those that clients add at random (:rfc:`8701`)."""
    return number & 0x0F0F == _GREASE and number >> 8 == number & 0xFF


class _Cursor:
    """Takes bytes from the front, and never more than there are."""

    def __init__(self, octets: bytes) -> None:
        self._octets = octets
        self._at = 0

    @property
    def is_at_end(self) -> bool:
        return self._at == len(self._octets)

    def take(self, count: int) -> bytes:
        taken = self._octets[self._at : self._at + count]
        if len(taken) < count:
            raise HelloError(f"{count} bytes are expected, but {len(taken)} are left")
        self._at += count
        return taken

    def number(self, width: int) -> int:
        return int.from_bytes(self.take(width))

    def vector(self, width: int) -> bytes:
        """Take a length of *width* bytes, and then as many bytes."""
        return self.take(self.number(width))

    def require_end(self) -> None:
        if not self.is_at_end:
            raise HelloError(f"{len(self._octets) - self._at} bytes too many")
