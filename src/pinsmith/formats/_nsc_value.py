"""Read the values of a network_security_config.xml as Android does: booleans, days and base64."""

from __future__ import annotations

import base64
import re
from datetime import MAXYEAR, date
from typing import Final

from pinsmith.errors import FormatError
from pinsmith.pin import DIGEST_SIZE

_TRUE: Final = frozenset({"true", "True", "TRUE"})
_FALSE: Final = frozenset({"false", "False", "FALSE"})
_NUMBER: Final = re.compile(r"[+-]?[0-9]+|0[xX][0-9a-fA-F]+")
_EXPIRY: Final = re.compile(r"[ \t]*([0-9]{1,9})-[ \t]*([0-9]{1,9})-[ \t]*([0-9]{1,9})(.*)", re.DOTALL)
_FOREIGN: Final = re.compile(r"[^A-Za-z0-9+/=]")
_BASE64: Final = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}(?:==)?|[A-Za-z0-9+/]{3}=?)?")


def read_boolean(text: str | None) -> bool | None:
    """
    Read a boolean attribute; None if Android uses its default.

    Source:
        aapt2 compiles booleans and numbers. XmlBlock.Parser.getAttributeBooleanValue reads any number except 0 as true.
    """
    word = (text or "").strip()
    if word in _TRUE:
        return True
    if word in _FALSE:
        return False
    return any(digit not in "0+-xX" for digit in word) if _NUMBER.fullmatch(word) else None


def read_expiry(text: str | None, file: str, line: int) -> tuple[date | None, str | None]:
    """
    Read the day from which pins are not enforced, with a remark if its spelling is wrong.

    Source:
        java.text.SimpleDateFormat("yyyy-MM-dd"), not lenient: digits may be missing, and text may follow.

    Raises:
        FormatError: if it is not a day, at which the app crashes.
    """
    if text is None:
        return None, None
    found = _EXPIRY.match(text)
    try:
        year, month, day = (int(found[number]) if found else 0 for number in (1, 2, 3))
        if year > MAXYEAR:
            date(MAXYEAR, month, day)
            return None, f"the pins expire on {text!r}, which means never"
        expires = date(year, month, day)
    except ValueError as error:
        raise FormatError(
            f"expiration is {text!r}, but must be a day as yyyy-mm-dd; the app crashes", file=file, line=line
        ) from error
    remark = f"expiration is {text!r}, which Android reads as {expires}" if text != expires.isoformat() else None
    return expires, remark


def read_digest(text: str, file: str, line: int) -> bytes:
    """
    Read the text of a pin.

    Source:
        android.util.Base64, flag DEFAULT: foreign characters are skipped, and padding may be missing but not wrong.

    Raises:
        FormatError: if it is not a digest, at which the app crashes.
    """
    digest = _decoded(text)
    if len(digest) != DIGEST_SIZE:
        problem = f"has {len(digest)} bytes" if digest else "is not base64"
        shown = text if len(text) <= 80 else text[:80] + "..."  # noqa: PLR2004 - enough to find it
        raise FormatError(
            f"the pin {shown!r} {problem}, but must be base64 of {DIGEST_SIZE} bytes; the app crashes",
            file=file,
            line=line,
            hint="write 44 characters of base64 without a prefix",
        )
    return digest


def is_digest(text: str) -> bool:
    """Say whether `read_digest` reads the text of a pin."""
    return len(_decoded(text)) == DIGEST_SIZE


def _decoded(text: str) -> bytes:
    bare = _FOREIGN.sub("", text)
    if not _BASE64.fullmatch(bare):
        return b""
    stripped = bare.rstrip("=")
    return base64.b64decode(stripped + "=" * (-len(stripped) % 4))
