"""Port numbers, and addresses to connect to with a port or without."""

from __future__ import annotations

import re

MAX_PORT = 65535
_MAX_DIGITS = 5
_BRACKETED = re.compile(r"\[([^\]]*)\](?::(.*))?", re.DOTALL)


def is_port(number: object) -> bool:
    """Return whether *number* is an integer from 1 to `MAX_PORT`."""
    return type(number) is int and 1 <= number <= MAX_PORT


def parse_port(text: str) -> int | None:
    """Read a port from ASCII digits; return None if *text* is not a port."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS):
        return None
    return int(text) if is_port(int(text)) else None


def parse_address(text: str) -> tuple[str, int | None]:
    """
    Read ``ADDRESS``, ``ADDRESS:PORT``, ``[::1]:PORT`` or ``::1``.

    Raises:
        ValueError: If the address is a URL, or the port is not valid. The message goes after the text.
    """
    digits: str | None = None
    if "/" in text:
        raise ValueError("is not an address")
    if match := _BRACKETED.fullmatch(text):
        address, digits = match[1], match[2]
    elif text.count(":") == 1:
        address, _, digits = text.partition(":")
    else:
        address = text
    if not address or not address.isprintable() or " " in address:
        raise ValueError("is not an address")
    if digits is None:
        return address, None
    port = parse_port(digits)
    if port is None:
        raise ValueError(f"has no valid port: expected a number from 1 to {MAX_PORT}")
    return address, port
