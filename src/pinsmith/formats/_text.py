"""What readers share: bytes to text, and spellings of pins and hosts to values, with the line in each error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from pinsmith.errors import FormatError, HostError, PinFormatError, PinsmithError
from pinsmith.formats._format import Note, Problem
from pinsmith.host import canonical_host
from pinsmith.pin import parse_spelling, require_credible
from pinsmith.pinfile._spelling import url_problem
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinsmith.pin import Pin

Part = TypeVar("Part")
Read = TypeVar("Read")

MAX_BYTES: Final = 4 * 1024 * 1024
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
    if len(content) > MAX_BYTES:
        raise FormatError(f"it is larger than {MAX_BYTES // 2**20} MiB", file=file)


def read_parts(parts: Iterable[Part], read: Callable[[Part], Read | None], notes: list[Note]) -> Iterator[Read]:
    """
    Read a file part by part: one that is broken becomes a `Problem`, and the others are read all the same.

    Args:
        parts: Such as the entries of hosts.

        read: Reads one part, or raises `FormatError` or `SyntaxFaultError`; None if the part says nothing about pins.

        notes: Grows.
    """
    for part in parts:
        try:
            found = read(part)
        except (FormatError, SyntaxFaultError) as error:
            notes.append(Problem(error.problem, error.line, error.hint))
        else:
            if found is not None:
                yield found


def read_pin(text: str, line: int | None, notes: list[Note], *, style: str | None = None) -> Pin | None:
    """
    Read a pin in any spelling in use; a spelling that is not canonical is noted.

    Args:
        text: As it stands.

        line: For notes.

        notes: Grows.

        style: The spelling that the platform understands, as `pinsmith.pin.Spelling.style` names it; another is noted.

    Returns:
        None, and a `Problem` among the notes, if it is not a pin, or one that must not be pinned.
    """
    try:
        spelling = parse_spelling(text)
    except PinFormatError as error:
        notes.append(Problem(str(error), line, error.hint))
        return None
    if style is not None and spelling.style != style:
        notes.append(Note(f"{text!r} is spelled as {spelling.style}; the platform reads {style} only", line))
    if spelling.remarks:
        notes.append(Note(f"{text!r}: {', '.join(spelling.remarks)}", line))
    return accept_pin(spelling.pin, line, notes)


def accept_pin(pin: Pin, line: int | None, notes: list[Note]) -> Pin | None:
    """
    Return *pin*, or None and a `Problem` among the notes if no policy may hold it.

    Args:
        pin: From a reader that decodes pins itself.

        line: For notes.

        notes: Grows.
    """
    try:
        require_credible(pin)
    except PinsmithError as error:
        notes.append(Problem(str(error), line, error.hint))
        return None
    return pin


def read_report_uri(text: str, line: int | None, notes: list[Note]) -> str | None:
    """
    Read an address for reports.

    Returns:
        None, and a note, if no policy can hold it: pins are worth more than reports, so that is no `Problem`.
    """
    problem = url_problem(text)
    if problem is None:
        return text
    notes.append(Note(f"{problem[0]}; the address for reports is left out", line))
    return None


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
