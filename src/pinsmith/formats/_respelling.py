"""Pins that a platform does not read as they are written, in the spelling that it reads."""

from __future__ import annotations

import re
from typing import Final

from pinsmith.errors import PinFormatError
from pinsmith.pin import Pin, parse_spelling
from pinsmith.repair import Respelling

# The name of the hash once or several times, with signs in any number. The length shows where the digest begins.
_PREFIXED: Final = re.compile(r"(?i:(?:(?:pin-)?sha-?256[-/:=]+)+)([A-Za-z0-9+/_-]{43}=?)")
_PREFIXES: Final = {"bare base64": "", "sha256/": "sha256/", "curl (sha256//)": "sha256//"}


def respelled(text: str, style: str | None) -> tuple[Respelling, ...]:
    """
    Return the change of a pin to the spelling that a platform reads.

    Hexadecimal digits are left as they are, because they may be the fingerprint of a certificate.

    Args:
        text: The pin as it is written.

        style: The spelling, as `pinsmith.pin.Spelling.style` names it; None if the reader of the file is not known.

    Returns:
        Empty if it is not certain which key is meant, no client may trust it, or there is nothing to change.
    """
    if style not in _PREFIXES:
        return ()
    pin = _meant(text.strip())
    new = "" if pin is None else _PREFIXES[style] + pin.base64
    return (Respelling(text, new),) if new and new != text else ()


def _meant(text: str) -> Pin | None:
    try:
        spelling = parse_spelling(text)
    except PinFormatError:  # also a pin that no client may trust
        found = _PREFIXED.fullmatch(text)
        return _meant(found[1]) if found else None
    return None if spelling.style == "hexadecimal" else spelling.pin
