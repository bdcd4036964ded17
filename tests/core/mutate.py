"""Damage DER in the ways in which attackers and bad disks damage it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from random import Random

# Lengths at which parsers go wrong: zero, indefinite, in the long form, and longer than the rest of the content.
LENGTHS = (0x00, 0x01, 0x7F, 0x80, 0x81, 0x82, 0x83, 0x84, 0x85, 0x88, 0xFE, 0xFF)
TAGS = (0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C, 0x17, 0x1F, 0x30, 0x31, 0x80, 0x9F, 0xA0, 0xA3, 0xBF)


def mutate(der: bytes, random: Random) -> bytes:
    """Damage *der* in one to three places."""
    changed = bytearray(der)
    for _ in range(random.randint(1, 3)):
        random.choice(_WAYS)(changed, random)
    return bytes(changed)


def headers(der: bytes | bytearray, start: int, end: int, depth: int = 0) -> list[int]:
    """List the offsets of the elements of *der* that can be recognised, at every depth."""
    found: list[int] = []
    at = start
    while at + 2 <= end:
        size, content = der[at + 1], at + 2
        if size & 0x80:
            count = size & 0x7F
            size = int.from_bytes(der[content : content + count], "big")
            content += count
        if content + size > end:
            break
        found.append(at)
        if der[at] & 0x20 and depth < 12:
            found += headers(der, content, content + size, depth + 1)
        at = content + size
    return found


def _flip_bit(changed: bytearray, random: Random) -> None:
    if changed:
        changed[random.randrange(len(changed))] ^= 1 << random.randrange(8)


def _edit_length(changed: bytearray, random: Random) -> None:
    places = headers(changed, 0, len(changed))
    if places:
        at = random.choice(places) + 1
        changed[at] = random.choice([*LENGTHS, (changed[at] + 1) & 0xFF, (changed[at] - 1) & 0xFF])


def _edit_tag(changed: bytearray, random: Random) -> None:
    places = headers(changed, 0, len(changed))
    if places:
        changed[random.choice(places)] = random.choice(TAGS)


def _truncate(changed: bytearray, random: Random) -> None:
    del changed[random.randrange(len(changed) + 1) :]


def _insert(changed: bytearray, random: Random) -> None:
    at = random.randrange(len(changed) + 1)
    changed[at:at] = random.randbytes(random.choice((1, 2, 5, 40)))


def _delete(changed: bytearray, random: Random) -> None:
    at = random.randrange(len(changed) + 1)
    del changed[at : at + random.choice((1, 2, 5, 40))]


def _move_element(changed: bytearray, random: Random) -> None:
    # Copy one element over another place and keep all lengths: a parser that skips by tag then finds another key.
    places = headers(changed, 0, len(changed))
    if len(places) > 1:
        one, other = random.sample(places, 2)
        size = random.choice((2, 8, 64))
        changed[other : other + size] = changed[one : one + size]


_WAYS = (_flip_bit, _edit_length, _edit_tag, _truncate, _insert, _delete, _move_element, _flip_bit)
