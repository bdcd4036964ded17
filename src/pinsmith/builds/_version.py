"""Versions, in the order that package managers share, and ranges of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_VERSION: Final = re.compile(r"[vV]?(\d{1,9}(?:\.\d{1,9}){0,7})(?:\+.*|[.\-_]?([A-Za-z].*))?", re.ASCII | re.DOTALL)
_RELEASED: Final = re.compile(r"(?:final|ga|release|jre|android|post|sp)\b|post\d", re.IGNORECASE)
_BOUND: Final = re.compile(r"(<=|>=|<|==)?\s*([^\s,<>=]+)")
_MAX: Final = (10**9,)

Version = tuple[tuple[int, ...], bool]
"""The numbers without zeros at the end, and whether it is released: a pre-release comes before its release."""


def parse_version(text: str) -> Version | None:
    """Read a version; None if the text is something else, such as a variable or a range."""
    found = _VERSION.fullmatch(text.strip())
    if found is None:
        return None
    numbers = [int(part) for part in found[1].split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers), found[2] is None or _RELEASED.match(found[2]) is not None


@dataclass(frozen=True, slots=True)
class Span:
    """
    A range of versions.

    Attributes:
        low: The first version in it.
        high: The last one, or the first after it.
        has_high: Whether *high* is in it.
    """

    low: Version
    high: Version
    has_high: bool

    def contains(self, other: Span) -> bool:
        """Say whether every version of *other* is in this range."""
        if other.low < self.low:
            return False
        return other.high < self.high or (other.high == self.high and (self.has_high or not other.has_high))


def exactly(version: Version) -> Span:
    """Return the range of one version."""
    return Span(version, version, has_high=True)


def parse_span(text: str) -> Span | None:
    """
    Read bounds such as ``>=2.32.0, <2.32.3``.

    Returns:
        None if there is another operator. Without an upper bound, every later version is in the range.
    """
    low: Version = ((), False)
    high: Version = (_MAX, True)
    has_high = True
    parts = [part for part in text.replace(",", " ").split() if part]
    joined = re.sub(r"(<=|>=|<|==)\s+", r"\1", " ".join(parts)).split()
    for part in joined:
        found = _BOUND.fullmatch(part)
        version = parse_version(found[2]) if found is not None else None
        if found is None or version is None:
            return None
        if found[1] in {"==", ">=", None}:
            low = max(low, version)
        if found[1] in {"==", "<=", "<", None} and version <= high:
            high, has_high = version, found[1] != "<"
    return Span(low, high, has_high) if joined and low <= high else None
