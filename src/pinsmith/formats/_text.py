"""What readers share: bytes to text, and spellings of pins and hosts to values, with the line in each error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, HostError, PinFormatError
from pinsmith.formats._format import Note
from pinsmith.host import canonical_host
from pinsmith.pin import parse_spelling

if TYPE_CHECKING:
    from pinsmith.pin import Pin

MOST_BYTES: Final = 4 * 1024 * 1024
_MARKS: Final = {b"\xef\xbb\xbf": "utf-8-sig", b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


def decode(content: bytes, file: str) -> str:
    """
    Decode a text file: UTF-8, or UTF-16 with a byte order mark, which is taken off.

    Raises:
        FormatError: It is too large, is no such text, or holds a NUL character.
    """
    require_size(content, file)
    encoding = next((name for mark, name in _MARKS.items() if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FormatError("it is not UTF-8 text", file=file, line=line, hint="save it as UTF-8") from error
    if "\0" in text:
        raise FormatError("it is not a text file", file=file, line=text.count("\n", 0, text.index("\0")) + 1)
    return text


def require_size(content: bytes, file: str) -> None:
    """
    Refuse what no pin file of any platform is as large as.

    Raises:
        FormatError: *content* is too large.
    """
    if len(content) > MOST_BYTES:
        raise FormatError(f"it is larger than {MOST_BYTES // 2**20} MiB", file=file)


def read_pin(text: str, file: str, line: int | None, notes: list[Note], *, style: str | None = None) -> Pin:
    """
    Read a pin in any spelling in use; a spelling that is not canonical is noted.

    Args:
        text: As it stands.

        file: For errors.

        line: For errors and notes.

        notes: Grows.

        style: The spelling that the platform understands, as `pinsmith.pin.Spelling.style` names it; another is noted.

    Raises:
        FormatError: It is no pin.
    """
    try:
        spelling = parse_spelling(text)
    except PinFormatError as error:
        raise FormatError(str(error), file=file, line=line, hint=error.hint) from error
    if style is not None and spelling.style != style:
        notes.append(Note(f"{text!r} is spelled as {spelling.style}; the platform reads {style} only", line))
    if spelling.remarks:
        notes.append(Note(f"{text!r}: {', '.join(spelling.remarks)}", line))
    return spelling.pin


def read_host(text: str, file: str, line: int | None) -> str:
    """
    Read a host.

    Raises:
        FormatError: It is none.
    """
    try:
        return canonical_host(text)
    except HostError as error:
        raise FormatError(str(error), file=file, line=line, hint=error.hint) from error
