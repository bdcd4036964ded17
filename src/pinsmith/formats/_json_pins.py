"""What formats in JSON share: files, values of the expected kind, lists of pins, days."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats._format import FoundPin, Note
from pinsmith.formats._text import decode, read_host, read_pin
from pinsmith.formats._trustkit_ios import domain_problem
from pinsmith.syntax.json import parse_json
from pinsmith.syntax.json_edit import JSONEdits, render

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.formats._format import Export
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import Value

_MARK: Final = "\ufeff"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_KINDS: Final = ((dict, "an object"), (list, "a list"), (str, "a text"), (bool, "true or false"))


def read_file(content: bytes, file: str, *, loose: bool = False) -> Node:
    """
    Read a file of JSON, or of JSON5.

    Raises:
        FormatError: It is none.
    """
    return parse_json(decode(content, file), loose=loose)


def edit_file(export: Export, edit: Callable[[JSONEdits, Node], None], new: Value, *, loose: bool = False) -> str:
    """
    Edit the file that is there, or make a new one.

    Args:
        export: With the file.

        edit: Changes what is there.

        new: The whole of a new file.

        loose: Whether it is JSON5.

    Raises:
        FormatError: The file is not understood.
    """
    existing = export.existing or ""
    if not existing.strip(f" \t\r\n{_MARK}"):
        return render(new) + "\n"
    mark = _MARK if existing.startswith(_MARK) else ""
    text = existing.removeprefix(_MARK)
    edits = JSONEdits(text)
    edit(edits, parse_json(text, loose=loose))
    return mark + edits.result()


def members(node: Node, what: str, file: str) -> dict[str, Node]:
    """Expect an object."""
    if isinstance(node.value, dict):
        return node.value
    raise unexpected(node, what, "an object", file)


def elements(node: Node, what: str, file: str) -> list[Node]:
    """Expect a list."""
    if isinstance(node.value, list):
        return node.value
    raise unexpected(node, what, "a list", file)


def text(node: Node, what: str, file: str) -> str:
    """Expect a text."""
    if isinstance(node.value, str):
        return node.value
    raise unexpected(node, what, "a text", file)


def flag(node: Node, what: str, file: str) -> bool:
    """Expect true or false."""
    if isinstance(node.value, bool):
        return node.value
    raise unexpected(node, what, "true or false", file)


def unexpected(node: Node, what: str, expected: str, file: str) -> FormatError:
    """Say what was found instead."""
    found = next((word for kind, word in _KINDS if isinstance(node.value, kind)), None)
    told = found or ("null" if node.value is None else "a number")
    return FormatError(f"{what} is {told}, {expected} expected", file=file, line=node.line)


def pins(node: Node, what: str, file: str, notes: list[Note], *, style: str | None) -> tuple[FoundPin, ...]:
    """
    Read a list of pins, each once; one that stands twice is noted, one that is no pin is a problem.

    Returns:
        Nothing, where no element is a pin.

    Raises:
        FormatError: It is no list, it is empty, or something in it is no text.
    """
    found: list[FoundPin] = []
    for each in elements(node, what, file):
        pin = json_pin(each, what, file, notes, style=style)
        if pin is None:
            continue
        if pin in found:
            notes.append(Note(f"{each.value!r} stands twice in {what}", each.line))
        else:
            found.append(pin)
    if not node.value:
        raise FormatError(f"{what} is empty", file=file, line=node.line)
    return tuple(found)


def json_pin(node: Node, what: str, file: str, notes: list[Note], *, style: str | None) -> FoundPin | None:
    """Read one element of a list of pins."""
    pin = read_pin(text(node, f"a pin of {what}", file), node.line, notes, style=style)
    return None if pin is None else FoundPin(pin)


def starred(name: str, file: str, line: int) -> tuple[str, bool]:
    """
    Read a host that may begin with ``*.``.

    Raises:
        FormatError: It is none.
    """
    bare = name.removeprefix("*.")
    return read_host(bare, file, line), bare != name


def day(node: Node, what: str, file: str) -> dt.date:
    """
    Expect a day as ``2031-05-01``.

    Raises:
        FormatError: It is none.
    """
    said = text(node, what, file)
    try:
        if _DAY.fullmatch(said):
            return dt.date.fromisoformat(said)
    except ValueError:
        pass
    raise FormatError(f"{what} is {said!r}, a day such as 2031-05-01 expected", file=file, line=node.line)


def require_trustkit(export: Export, format_id: str) -> None:
    """
    Refuse hosts for which TrustKit would end the app on iOS.

    Raises:
        ExportRefusedError: There is one.
    """
    problems = (
        (entry.host, domain_problem(entry.host, include_subdomains=entry.include_subdomains))
        for entry in export.entries
    )
    if reasons := [f"{host}: {problem}" for host, problem in problems if problem]:
        raise ExportRefusedError(format_id, reasons)


def too_few(found: tuple[FoundPin, ...], what: str, line: int, notes: list[Note]) -> None:
    """Note that TrustKit will not start: it wants two pins for a host that is enforced."""
    if len(found) == 1:
        notes.append(Note(f"{what} has one pin; on iOS TrustKit demands two of a host that it enforces", line))
