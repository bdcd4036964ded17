"""What formats in Apple's property lists share: edits of the list that is there, and remarks of who wrote it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.formats._format import Note
from pinsmith.formats._mark import MARK, mark
from pinsmith.syntax.plist_edit import EMPTY, PlistEdits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.formats._format import Export
    from pinsmith.syntax.plist import Plist


def edits_of(export: Export) -> PlistEdits:
    """
    Begin to edit the list that is there, or an empty one.

    Raises:
        SyntaxFaultError: It is not an XML property list.
    """
    existing = export.existing
    names = {key.pin.base64: key.name for entry in export.entries for key in entry.keys}
    return PlistEdits(
        existing if existing is not None and existing.strip("\ufeff \t\r\n") else EMPTY,
        mark=MARK,
        comment=mark(export.source),
        names=names,
    )


def commented(plist: Plist, key: str) -> Iterator[Note]:
    """Note each comment that holds *key*, as pins do that somebody switched off."""
    for comment in plist.document.comments if plist.document is not None else ():
        if key in comment.text:
            yield Note("the pins in this comment are not in force, and not read", comment.line)
