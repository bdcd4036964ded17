"""Shared by formats in Apple's property lists: edits of the existing list, and notes about comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.formats._mark import MARK, mark
from pinsmith.formats._note import COMMENTED_OUT, Notes
from pinsmith.syntax.plist_edit import EMPTY, PlistEdits
from pinsmith.syntax.position import Position
from pinsmith.syntax.xml_splice import set_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Export
    from pinsmith.syntax.edit import Splice
    from pinsmith.syntax.plist import Plist
    from pinsmith.syntax.xml import Element


def edits_of(export: Export) -> PlistEdits:
    """
    Begin to edit the existing list, or an empty one.

    Raises:
        SyntaxFaultError: if it is not an XML property list.
    """
    existing = export.existing
    names = {key.pin.base64: key.name for entry in export.entries for key in entry.keys}
    return PlistEdits(
        existing if existing is not None and existing.strip("\ufeff \t\r\n") else EMPTY,
        mark=MARK,
        comment=mark(export.source),
        names=names,
    )


def with_comments(notes: Iterable[Finding], plist: Plist, key: str, file: str) -> Notes:
    """Add a note for every comment that contains *key*, because it may hold pins that somebody switched off."""
    found = Notes(file, notes)
    for comment in plist.document.comments if plist.document is not None else ():
        if key in comment.text:
            found.add("commented-out-pins", COMMENTED_OUT, Position(comment.line, comment.column))
    return found


def renamed(keys: Mapping[str, Element], name: str, host: str | None) -> tuple[Splice, ...]:
    """
    Return the edit that gives a domain another name.

    Args:
        keys: The keys of all domains; empty in a binary list.

        name: The name as it is written.

        host: The name that was meant; None if that is not certain.

    Returns:
        Empty if the list has a domain of that name already, or there is no key to edit.
    """
    if host is None or name not in keys or any(key != name and key.lower() == host for key in keys):
        return ()
    return set_text(keys[name], host)
