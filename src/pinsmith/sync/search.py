"""Search a text that no reader understands, such as code, for everything that looks like a pin or a host."""

from __future__ import annotations

import base64
import contextlib
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError, PinsmithError
from pinsmith.host import canonical_host
from pinsmith.pin import DIGEST_SIZE, Pin

if TYPE_CHECKING:
    from collections.abc import Iterator

_PEM: Final = re.compile(r"-----BEGIN [A-Z0-9 ]{1,40}-----[^-]*-----END [A-Z0-9 ]{1,40}-----")
# A digest may itself begin with a slash, so only the length distinguishes "sha256//" of curl from "sha256/".
_BASE64: Final = re.compile(
    r"(?:sha256//?|(?<![A-Za-z0-9+/_=-]))([A-Za-z0-9+/_-]{43})(=?)(?![A-Za-z0-9+/_=-])", re.IGNORECASE
)
_HEX: Final = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{64}|[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})(?![0-9A-Fa-f:])")
_NUMBERS: Final = re.compile(r"(?<![\w.])(?:0x[0-9a-fA-F]{1,2}|\d{1,3})(?:\s*,\s*(?:0x[0-9a-fA-F]{1,2}|\d{1,3})){31,}")
_NUMBER: Final = re.compile(r"0x[0-9a-fA-F]+|\d+")
_LABELS: Final = r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.){1,20}(?:xn--[a-z0-9-]{1,59}|[a-z]{2,63})"
_QUOTED: Final = re.compile(rf"""["'`>](?:\*{{1,2}}\.)?({_LABELS})\.?(?=["'`<])""")
_ANYWHERE: Final = re.compile(rf"""(?:^|[\s"'`>|,;])(?:\*{{1,2}}\.)?({_LABELS})\.?(?=$|[\s"'`<|,;])""", re.MULTILINE)
_OCTET: Final = 256


def pins_in(content: bytes) -> Iterator[str]:
    """
    Yield everything that can be a SHA-256 digest, as ``sha256/...``, and the pin of each certificate.

    Base64 with or without a prefix, hexadecimal digits, and lists of 32 numbers are found. A digest may
    be that of a key or of a certificate: nobody knows.
    """
    text = _text(content)
    if text is None or _PEM.search(text):
        yield from _pins_of_certificates(content)
    text = _PEM.sub(" ", text or "")
    for found in _BASE64.finditer(text):
        digits, padding = found[1], found[2]
        if padding or found[0] != digits or _is_mixed(digits):
            yield str(Pin(base64.urlsafe_b64decode(digits.replace("+", "-").replace("/", "_") + "=")))
    for found in _HEX.finditer(text):
        yield str(Pin(bytes.fromhex(found[0].replace(":", ""))))
    for found in _NUMBERS.finditer(text):
        numbers = [int(text, 0) if text.startswith("0x") else int(text) for text in _NUMBER.findall(found[0])]
        if len(numbers) % DIGEST_SIZE == 0 and max(numbers) < _OCTET:
            for at in range(0, len(numbers), DIGEST_SIZE):
                yield str(Pin(bytes(numbers[at : at + DIGEST_SIZE])))


def hosts_in(content: bytes, *, quoted: bool) -> Iterator[str]:
    """
    Yield everything that looks like a host of two or more labels.

    Args:
        content: The file.

        quoted: Whether only text between quotation marks or tags counts, because code has dots everywhere.
    """
    pattern = _QUOTED if quoted else _ANYWHERE
    for found in pattern.finditer(_text(content) or ""):
        with contextlib.suppress(HostError):
            yield canonical_host(found[1])


def _text(content: bytes) -> str | None:
    try:
        return content.decode("utf-16" if content[:2] in {b"\xff\xfe", b"\xfe\xff"} else "utf-8")
    except UnicodeDecodeError:
        return None


def _pins_of_certificates(content: bytes) -> Iterator[str]:
    from pinsmith.material import read_material

    try:
        yield from (str(part.pin) for part in read_material(content))
    except PinsmithError:
        return


def _is_mixed(digits: str) -> bool:
    """Say whether 43 characters without prefix and padding are base64 rather than a path or a name."""
    kinds = (str.isupper, str.islower, str.isdigit)
    return all(any(kind(digit) for digit in digits) for kind in kinds)
