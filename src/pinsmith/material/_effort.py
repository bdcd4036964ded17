"""
The work that is needed to check the password of a file.

PKCS#12 and PKCS#8 files contain the number of rounds for hashing the password. The library follows the file and cannot
be interrupted: 30 million rounds keep a core busy for 20 seconds. Therefore this module reads the numbers first. It
only searches for them; the library checks the structure of the file.

Source: :rfc:`7292#appendix-C`, :rfc:`8018#appendix-A`, :rfc:`7914#section-7`, :rfc:`9579`, ITU-T X.690 (BER)
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.errors import MaterialError

if TYPE_CHECKING:
    from collections.abc import Iterator

# The sum of all rounds in one file. A PKCS#12 hashes the password three times: to authenticate the file, to decrypt the
# certificates and to decrypt the key. OWASP's Password Storage Cheat Sheet recommends up to 1,300,000 rounds
# (PBKDF2-HMAC-SHA1) every time.
MAX_ROUNDS: Final = 4_000_000
MAX_KEY_BYTES: Final = 64  # no cipher has a longer key, and OpenSSL has no longer digest
_MAX_DEPTH: Final = 64
_MAX_ELEMENTS: Final = 300_000
_MAX_NUMBER_BYTES: Final = 8
_INTEGER: Final = 0x02
_OCTETS: Final = 0x04
_CONSTRUCTED: Final = 0x20
_MORE: Final = 0x80  # in a tag: more bytes follow; in a length: so many bytes follow, or none for "up to an end mark"
_LONG_TAG: Final = 0x1F
_PKCS5: Final = bytes.fromhex("2a864886f70d0105")
_PKCS12: Final = bytes.fromhex("2a864886f70d010c01")
_SCRYPT: Final = bytes.fromhex("2b06010401da47040b")
_PBKDF2: Final = _PKCS5 + b"\x0c"
_ROUNDS_FIRST: Final = {
    _PBKDF2,
    *(_PKCS5 + bytes([number]) for number in (1, 3, 4, 6, 10, 11)),  # PBES1
    *(_PKCS12 + bytes([number]) for number in range(1, 7)),
}


class _Element(NamedTuple):
    tag: int
    content: bytes  # empty if the element consists of others
    children: list[_Element]

    @property
    def number(self) -> int:
        if len(self.content) > _MAX_NUMBER_BYTES:
            return 1 << 63
        return max(0, int.from_bytes(self.content, "big", signed=True))


def require_bearable(ber: bytes) -> None:
    """
    Raise if opening *ber*, a PKCS#12 or an encrypted PKCS#8, would take unreasonable work.

    A key that is encrypted again inside encrypted content is not found.

    Raises:
        MaterialError: If it needs more than `MAX_ROUNDS` rounds, or a key of more than `MAX_KEY_BYTES` bytes.
    """
    reader = _Reader()
    elements, _ = reader.read(ber, 0, len(ber), 0)
    rounds = _rounds_of_seal(elements)
    for element in _walk(elements):
        rounds += _rounds_of(element)
    if rounds > MAX_ROUNDS:
        raise MaterialError(
            f"opening it would take {rounds:,} rounds of hashing, more than the {MAX_ROUNDS:,} that are accepted",
            hint="export it again with fewer iterations, or pass its certificate, which needs no password",
        )


def _rounds_of(element: _Element) -> int:
    """Return the rounds of an algorithm, whose parameters are the salt and then numbers."""
    match element.children:
        case [_Element(tag=0x06, content=algorithm), _Element(tag=0x30, children=parameters), *_]:
            numbers = [parameter.number for parameter in parameters if parameter.tag == _INTEGER]
        case _:
            return 0
    if algorithm == _SCRYPT:
        return math.prod(numbers[:3])  # N, r and p
    if algorithm not in _ROUNDS_FIRST:
        return 0
    if algorithm == _PBKDF2 and len(numbers) > 1 and numbers[1] > MAX_KEY_BYTES:
        raise MaterialError(
            f"it asks for a key of {numbers[1]} bytes, more than any algorithm takes", hint="export it again"
        )
    return sum(numbers[:1])


def _rounds_of_seal(elements: list[_Element]) -> int:
    """Return the rounds of the third part of a PKCS#12, which authenticates it: digest, salt, rounds."""
    match elements:
        case [_Element(children=[_, _, _Element(children=[_, _Element(tag=0x04), _Element(tag=0x02) as rounds])]), *_]:
            return rounds.number
    return 0


def _walk(elements: list[_Element]) -> Iterator[_Element]:
    for element in elements:
        yield element
        yield from _walk(element.children)


class _Reader:
    """Reads BER, also inside octet strings, and stops where it is not BER, because the library stops there too."""

    def __init__(self) -> None:
        self._left = _MAX_ELEMENTS

    def read(self, ber: bytes, at: int, end: int, depth: int) -> tuple[list[_Element], int]:
        """Read elements up to *end* or an end mark, and return where the next element begins."""
        found: list[_Element] = []
        while header := _header(ber, at, end):
            self._left -= 1
            if depth > _MAX_DEPTH or not self._left:
                raise MaterialError(
                    "its structure is too deep or too large for certificates and keys",
                    hint="make sure that it is the right file",
                )
            tag, start, stop = header
            if stop is None:
                children, at = self.read(ber, start, end, depth + 1)
            elif tag == 0 and stop == start:
                return found, start
            else:
                at = stop
                children = self.read(ber, start, stop, depth + 1)[0] if tag & _CONSTRUCTED else []
            content = b"" if tag & _CONSTRUCTED else ber[start:at]
            if tag & ~_CONSTRUCTED == _OCTETS:
                whole = content or b"".join(child.content for child in children)
                children = self.read(whole, 0, len(whole), depth + 1)[0]
            found.append(_Element(tag, content, children))
        return found, end


def _header(ber: bytes, at: int, end: int) -> tuple[int, int, int | None] | None:
    """Return the tag, where its content begins, and where it ends; the end is None if the length is indefinite."""
    try:
        tag, at = ber[at], at + 1
        if tag & _LONG_TAG == _LONG_TAG:
            while ber[at] & _MORE:
                at += 1
            at += 1
        length, at = ber[at], at + 1
        if length == _MORE:
            return (tag, at, None) if tag & _CONSTRUCTED and at <= end else None
        if length & _MORE:
            count = length & ~_MORE
            length, at = int.from_bytes(ber[at : at + count], "big"), at + count
    except IndexError:
        return None
    return (tag, at, at + length) if at + length <= end else None
