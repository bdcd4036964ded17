"""Text files: decoding of bytes, and text that fits on one line."""

from __future__ import annotations

from typing import Final

from pinsmith.limit import MAX_BYTES
from pinsmith.syntax.position import SyntaxFaultError, SyntaxLimitError, position_at

_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decode(content: bytes) -> str:
    """
    Decode a text file: UTF-8, or UTF-16 with a byte order mark. The mark is removed.

    Raises:
        SyntaxFaultError: If it is too large, has another encoding, or contains a NUL character.
    """
    require_size(content)
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(errors="replace")
        position = position_at(before, len(before))
        raise SyntaxFaultError("it is not UTF-8 text", position, hint="save it as UTF-8") from error
    if "\0" in text:
        raise SyntaxFaultError("it is not a text file", position_at(text, text.index("\0")))
    return text


def require_size(content: bytes) -> None:
    """
    Refuse content that is larger than the files of all platforms.

    Raises:
        SyntaxLimitError: If *content* is too large.
    """
    if len(content) > MAX_BYTES:
        raise SyntaxLimitError(f"it is larger than {MAX_BYTES // 10**6} MB")


def one_line(text: str) -> str:
    """Make *text* fit on one line, so that no character of it can end the line or reverse its direction."""
    return "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in text)
