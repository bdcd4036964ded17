"""Changes to a text: spans and what takes their place, collected and made at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Splice:
    """*text* takes the place of what stands from *start* to *end*."""

    start: int
    end: int
    text: str


def apply(text: str, splices: Iterable[Splice]) -> str:
    """
    Make all changes.

    Args:
        text: The whole text.

        splices: In any order. Those that insert at one place keep their order, and come before one that replaces what
            follows.

    Raises:
        AssertionError: Two of them change the same characters.
    """
    pieces: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < at:
            raise AssertionError(f"two changes meet at {splice.start}")
        pieces += (text[at : splice.start], splice.text)
        at = splice.end
    return "".join((*pieces, text[at:]))


class Edits:
    """
    Changes to one text, made all at once. What none of them touches stays to the character.

    Attributes:
        text: The whole text, as it was.
        newline: How its lines end.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._splices: list[Splice] = []

    def splice(self, start: int, end: int, text: str) -> None:
        """Put *text* in the place of what stands from *start* to *end*."""
        self._splices.append(Splice(start, end, text))

    def result(self) -> str:
        """Return the text with all changes made."""
        return apply(self.text, self._splices)

    def line_start(self, offset: int) -> int:
        """Return where the line of *offset* begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def indent(self, offset: int) -> str:
        """Return the blanks that begin the line of *offset*."""
        line = self.text[self.line_start(offset) : offset]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def own_indent(self, offset: int) -> str:
        """Return the blanks before *offset* if nothing else stands before it on its line, else nothing."""
        line = self.text[self.line_start(offset) : offset]
        return "" if line.strip(" \t") else line
