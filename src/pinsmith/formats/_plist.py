"""Shared by formats in Apple's property lists: edits of the existing list, and notes about comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.formats._mark import MARK, mark
from pinsmith.formats._note import COMMENTED_OUT, Notes
from pinsmith.syntax.plist_edit import EMPTY, PlistEdits
from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.finding import Finding
    from pinsmith.formats._format import Export
    from pinsmith.syntax.plist import Plist


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
