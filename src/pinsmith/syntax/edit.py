"""Changes to a text: replacements of spans, which are collected and then applied all at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Splice:
    """The replacement of the characters from *start* to *end* by *text*."""

    start: int
    end: int
    text: str


def apply(text: str, splices: Iterable[Splice]) -> str:
    """
    Apply all changes.

    Args:
        text: The whole text.

        splices: The changes, in any order. Insertions at the same place keep their order, and come before a replacement
            of the characters that follow.

    Raises:
        AssertionError: If two of them change the same characters.
    """
    pieces: list[str] = []
    at = 0
    for splice in sorted(splices, key=lambda splice: (splice.start, splice.end)):
        if splice.start < at:
            raise AssertionError(f"two changes overlap at character {splice.start}")
        pieces += (text[at : splice.start], splice.text)
        at = splice.end
    return "".join((*pieces, text[at:]))


class Edits:
    """
    Changes to one text, which are applied all at once. All other characters are unchanged.

    Attributes:
        text: The whole text before the changes.
        newline: The line end of the text.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"
        self._splices: list[Splice] = []

    def splice(self, start: int, end: int, text: str) -> None:
        """Replace the characters from *start* to *end* by *text*."""
        self._splices.append(Splice(start, end, text))

    def result(self) -> str:
        """Return the text with all changes applied."""
        return apply(self.text, self._splices)

    def line_start(self, offset: int) -> int:
        """Return the offset at which the line of *offset* begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def indent(self, offset: int) -> str:
        """Return the blanks at the beginning of the line of *offset*."""
        line = self.text[self.line_start(offset) : offset]
        return line[: len(line) - len(line.lstrip(" \t"))]

    def own_indent(self, offset: int) -> str:
        """Return the blanks before *offset* if its line has nothing else before it, else an empty string."""
        line = self.text[self.line_start(offset) : offset]
        return "" if line.strip(" \t") else line
