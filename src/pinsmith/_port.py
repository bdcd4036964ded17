"""Port numbers."""

from __future__ import annotations

MAX_PORT = 65535
_MAX_DIGITS = 5


def is_port(number: object) -> bool:
    """Return whether *number* is an integer from 1 to `MAX_PORT`."""
    return type(number) is int and 1 <= number <= MAX_PORT


def parse_port(text: str) -> int | None:
    """Read a port from ASCII digits; return None if *text* is not a port."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        return None
    return int(text) if is_port(int(text)) else None
