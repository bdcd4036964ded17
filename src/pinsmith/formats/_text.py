"""What readers share: bytes to text, and spellings of pins and hosts to values, with the line in each error."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pinsmith.errors import FormatError, HostError, PinFormatError, PinsmithError
from pinsmith.formats._fault import in_file
from pinsmith.formats._format import Note, Problem
from pinsmith.host import canonical_host
from pinsmith.pin import parse_spelling, require_credible
from pinsmith.pinfile._spelling import url_problem
from pinsmith.syntax import encoding
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode as decode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinsmith.pin import Pin

Part = TypeVar("Part")
Read = TypeVar("Read")


def decode(content: bytes, file: str) -> str:
    """
    Decode a text file: UTF-8, or UTF-16 with a byte order mark, which is taken off.

    Raises:
        FormatError: It is too large, is no such text, or holds a NUL character.
    """
    with in_file(file):
        return decode_text(content)


def decode_to_edit(content: bytes, file: str) -> str:
    """
    Decode a text file that will be edited, and written back in the same encoding.

    Raises:
        FormatError: It is not UTF-8, or XML in UTF-16, or XML that declares another encoding.
    """
    with in_file(file):
        return encoding.decode_to_edit(content)


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
