"""Shared by readers: decode bytes, and parse pins, hosts and addresses, with the line in every error."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, TypeVar

from pinsmith.errors import FormatError, HostError, KnownBadPinError, PinFormatError, PinsmithError
from pinsmith.formats._fault import in_file
from pinsmith.formats._respelling import respelled
from pinsmith.host import canonical_host
from pinsmith.pin import parse_spelling, require_credible
from pinsmith.pinfile._spelling import url_problem
from pinsmith.syntax import encoding
from pinsmith.syntax.position import Position, SyntaxFaultError
from pinsmith.syntax.text import decode as decode_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinsmith.formats._note import Notes
    from pinsmith.pin import Pin
    from pinsmith.repair import Respelling
    from pinsmith.syntax.edit import Splice

Part = TypeVar("Part")
Read = TypeVar("Read")
_URL: Final = re.compile(r"(?:[a-z][a-z0-9+.-]*://)?([^/@:?#\s]+)(?:[/?#]\S*)?", re.IGNORECASE)


def decode(content: bytes, file: str) -> str:
    """
    Decode a text file: UTF-8, or UTF-16 with a byte order mark, which is removed.

    Raises:
        FormatError: if it is too large, is not such a text, or contains a NUL character.
    """
    with in_file(file):
        return decode_text(content)


def decode_to_edit(content: bytes, file: str) -> str:
    """
    Decode a text file that will be edited and written back in the same encoding.

    Raises:
        FormatError: if it is neither UTF-8 nor XML in UTF-16, or is XML that declares another encoding.
    """
    with in_file(file):
        return encoding.decode_to_edit(content)


def read_parts(
    parts: Iterable[Part],
    read: Callable[[Part], Read | None],
    notes: Notes,
    *,
    mend: Callable[[Part], Iterable[Splice | Respelling]] = lambda _: (),
) -> Iterator[Read]:
    """
    Read a file part by part. A broken part becomes a problem, and the others are still read.

    Args:
        parts: The parts, such as the entries of hosts.

        read: Reads one part, or raises `FormatError` or `SyntaxFaultError`. Returns None if the part has no pins.

        notes: Grows by the problems.

        mend: Returns the edits that make a broken part sound; empty if it is not certain what was meant.
    """
    for part in parts:
        try:
            found = read(part)
        except (FormatError, SyntaxFaultError) as error:
            at = Position(error.line, error.column) if error.line and error.column else error.line
            cause = error.__cause__
            if isinstance(cause, PinsmithError) and str(cause) == error.problem:
                notes.add_error(cause, at)
            else:
                notes.add_problem(error.problem, at, error.hint, mend(part))
        else:
            if found is not None:
                yield found


def read_pin(text: str, at: Position | int | None, notes: Notes, *, style: str | None = None) -> Pin | None:
    """
    Read a pin in any spelling in use. A spelling that is not canonical is noted.

    Args:
        text: The text of the pin.

        at: The place of the pin, for notes.

        notes: Grows.

        style: The spelling that the platform reads, as `pinsmith.pin.Spelling.style` names it. Others are noted.

    Returns:
        The pin. None, and a problem among the notes, if the text is not a pin or the pin must not be used.
    """
    try:
        spelling = parse_spelling(text)
    except PinFormatError as error:
        notes.add_error(error, at, respelled(text, style))
        return None
    if style is not None and spelling.style != style:
        message = f"{text!r} is spelled as {spelling.style}, but the platform reads only {style}"
        notes.add("pin-never-matches", message, at, repair=respelled(text, style))
    if re.fullmatch("[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2})+", text):
        message = f"{text!r} looks like the fingerprint of a certificate, which is not the hash of its key"
        notes.add("maybe-certificate-hash", message, at, fix="compare it with the output of `pinsmith fetch HOST`")
    if spelling.remarks:
        message = f"{text!r}: {', '.join(spelling.remarks)}"
        notes.add("odd-pin-spelling", message, at, repair=respelled(text, style))
    return accept_pin(spelling.pin, at, notes)


def accept_pin(pin: Pin, at: Position | int | None, notes: Notes) -> Pin | None:
    """
    Return *pin*, or None and a problem among the notes if it must not be used.

    Args:
        pin: The pin, from a reader that decodes pins itself.

        at: The place of the pin, for notes.

        notes: Grows.
    """
    try:
        require_credible(pin)
    except PinsmithError as error:
        notes.add_error(error, at)
        return None
    return pin


def read_report_uri(text: str, at: Position | int | None, notes: Notes) -> str | None:
    """
    Read an address for reports.

    Returns:
        The address. None and a note if a policy cannot hold it. That is not a problem, because pins matter more.
    """
    problem = url_problem(text)
    if problem is None:
        return text
    notes.add("report-address-not-kept", f"{problem[0]}; this address for reports is left out", at)
    return None


def read_host(text: str, file: str, line: int | None) -> str:
    """
    Read a host.

    Raises:
        FormatError: if it is not a host.
    """
    try:
        return canonical_host(text)
    except HostError as error:
        raise FormatError(str(error), file=file, line=line, hint=error.hint) from error


def host_of_url(text: str) -> str | None:
    """Return the host of a URL that stands where a host is expected; None if it also names a user or a port."""
    found = _URL.fullmatch(text)
    try:
        return canonical_host(found[1]) if found else None
    except HostError:
        return None


def is_pin(text: str) -> bool:
    """Say whether the platform could compare a text with a key, even if the text is the placeholder of a guide."""
    try:
        parse_spelling(text)
    except KnownBadPinError:
        return True
    except PinFormatError:
        return False
    return True
