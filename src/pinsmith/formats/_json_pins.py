"""Shared by formats in JSON: files, values of an expected type, lists of pins, days."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportRefusedError, FormatError
from pinsmith.formats._format import FoundPin
from pinsmith.formats._loss import refusal
from pinsmith.formats._text import decode, read_host, read_pin
from pinsmith.formats._trustkit_ios import domain_problem
from pinsmith.syntax.json import parse_json
from pinsmith.syntax.json_edit import JSONEdits, remove_element, render

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Mapping

    from pinsmith.formats._format import Export
    from pinsmith.formats._note import Notes
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import Value

_LEAST_PINS: Final = 2  # of TrustKit
_MARK: Final = "\ufeff"
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
_KINDS: Final = ((dict, "an object"), (list, "a list"), (str, "a string"), (bool, "true or false"))


def read_file(content: bytes, file: str, *, loose: bool = False) -> Node:
    """
    Read a JSON file, or a JSON5 file.

    Raises:
        FormatError: if it is neither.
    """
    return parse_json(decode(content, file), loose=loose)


def edit_file(export: Export, edit: Callable[[JSONEdits, Node], None], new: Value, *, loose: bool = False) -> str:
    """
    Edit the existing file, or create a new one.

    Args:
        export: The export, with the existing file.

        edit: Changes the existing file.

        new: The content of a new file.

        loose: Whether the file is JSON5.

    Raises:
        FormatError: if the existing file cannot be read.
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
    """Return the members of an object."""
    if isinstance(node.value, dict):
        return node.value
    raise unexpected(node, what, "an object", file)


def elements(node: Node, what: str, file: str) -> list[Node]:
    """Return the elements of a list."""
    if isinstance(node.value, list):
        return node.value
    raise unexpected(node, what, "a list", file)


def text(node: Node, what: str, file: str) -> str:
    """Return a string."""
    if isinstance(node.value, str):
        return node.value
    raise unexpected(node, what, "a string", file)


def flag(node: Node, what: str, file: str) -> bool:
    """Return a boolean."""
    if isinstance(node.value, bool):
        return node.value
    raise unexpected(node, what, "true or false", file)


def unexpected(node: Node, what: str, expected: str, file: str) -> FormatError:
    """Return the error for a value of another type."""
    found = next((word for kind, word in _KINDS if isinstance(node.value, kind)), None)
    kind = found or ("null" if node.value is None else "a number")
    return FormatError(f"{what} is {kind}, but must be {expected}", file=file, line=node.line, column=node.column)


def pins(node: Node, what: str, file: str, notes: Notes, *, style: str | None) -> tuple[FoundPin, ...]:
    """
    Read the distinct pins of a list. A duplicate is noted, and an element that is not a pin is a problem.

    Returns:
        The pins; empty if no element is a pin.

    Raises:
        FormatError: if the node is not a list of strings, or is empty.
    """
    found: list[FoundPin] = []
    before = len(notes)
    for at, element in enumerate(elements(node, what, file)):
        pin = json_pin(element, what, file, notes, style=style)
        if pin is None:
            continue
        if pin in found:
            repair = [remove_element(node, at)]
            notes.add("duplicate-pin", f"{what} lists {element.value!r} twice", element.position, repair=repair)
        else:
            found.append(pin)
    if not node.value:
        raise FormatError(f"{what} is empty", file=file, line=node.line, column=node.column)
    if len(found) >= _LEAST_PINS:  # TrustKit counts pins that no key has, so they go only if enough remain
        items = elements(node, what, file)
        notes.remove_bad(before, {item.position: remove_element(node, at) for at, item in enumerate(items)})
    return tuple(found)


def json_pin(node: Node, what: str, file: str, notes: Notes, *, style: str | None) -> FoundPin | None:
    """Read one element of a list of pins."""
    pin = read_pin(text(node, f"a pin of {what}", file), node.position, notes, style=style)
    return None if pin is None else FoundPin(pin)


def note_others(settings: Mapping[str, Node], known: Container[str], of: str, notes: Notes) -> None:
    """Note the settings that are not *known*, which are left out; *of* is what has them, or empty for the file."""
    for name, node in settings.items():
        if name not in known:
            what = f"{name!r} of {of}" if of else repr(name)
            notes.add("setting-not-kept", f"{what} is left out", node.position)


def starred(name: str, file: str, line: int) -> tuple[str, bool]:
    """
    Read a host that may begin with ``*.``.

    Raises:
        FormatError: if it is not a host.
    """
    bare = name.removeprefix("*.")
    return read_host(bare, file, line), bare != name


def day(node: Node, what: str, file: str) -> dt.date:
    """
    Read a day such as ``2031-05-01``.

    Raises:
        FormatError: if it is not a day.
    """
    written = text(node, what, file)
    try:
        if _DAY.fullmatch(written):
            return dt.date.fromisoformat(written)
    except ValueError:
        pass
    raise FormatError(
        f"{what} is {written!r}, but must be a day such as 2031-05-01", file=file, line=node.line, column=node.column
    )


def require_trustkit(export: Export, format_id: str) -> None:
    """
    Refuse hosts for which TrustKit would crash the app on iOS.

    Raises:
        ExportRefusedError: if there is one.
    """
    problems = (
        (entry.host, domain_problem(entry.host, include_subdomains=entry.include_subdomains))
        for entry in export.entries
    )
    if reasons := [refusal(host, problem) for host, problem in problems if problem]:
        raise ExportRefusedError(format_id, reasons)


def note_host(name: str, host: str, node: Node, notes: Notes, *, include_subdomains: bool) -> None:
    """Note a host that libraries never find as it is written, or for which TrustKit does not start on iOS."""
    if name.endswith("."):
        text = f"{name!r} never matches, because the platforms look for {host!r}"
        notes.add("host-never-matches", text, node.position, fix=f"write {host!r}")
    if problem := domain_problem(host, include_subdomains=include_subdomains):
        notes.add("app-crashes", f"{host} cannot be pinned on iOS: {problem}", node.position)


def too_few(found: tuple[FoundPin, ...], what: str, node: Node, notes: Notes) -> None:
    """Note that TrustKit does not start, because it needs two pins for a host that is enforced."""
    if len(found) == 1:
        message = f"{what} has one pin, but on iOS TrustKit needs two for every enforced host"
        notes.add("too-few-pins", message, node.position)
