"""What a port is."""

from __future__ import annotations

MAX_PORT = 65535
_MAX_DIGITS = 5


def is_port(number: object) -> bool:
    """Say whether *number* is one from 1 to `MAX_PORT`."""
    return type(number) is int and 1 <= number <= MAX_PORT


def parse_port(text: str) -> int | None:
    """Read a port from ASCII digits; None if *text* is anything else."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        return None
    return int(text) if is_port(int(text)) else None
