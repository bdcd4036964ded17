"""How tests look at the findings of a reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.finding import FilePlace

if TYPE_CHECKING:
    from pinsmith.finding import Finding


def line_of(note: Finding) -> int | None:
    """Return the line of a finding in a file."""
    assert isinstance(note.place, FilePlace)
    return note.place.line


def in_line(note: Finding) -> str:
    """Return a finding with its line, but without file, column and rule."""
    line = line_of(note)
    return f"line {line}: {note.text}" if line else note.text
