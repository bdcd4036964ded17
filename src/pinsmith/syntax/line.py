"""Edits of texts that consist of lines, such as settings of a program or records of a zone."""

from __future__ import annotations

import re
from itertools import accumulate
from typing import TYPE_CHECKING

from pinsmith.syntax.edit import Edits

if TYPE_CHECKING:
    from collections.abc import Iterable


class LineEdits(Edits):
    """
    Changes to whole lines, which are applied all at once. Lines are numbered from 0 here, and end in LF.

    Attributes:
        lines: The lines before the changes, including their ends.
    """

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.lines = re.findall(r"[^\n]*\n|[^\n]+", text)
        self._starts = [0, *accumulate(map(len, self.lines))]
        self._removed: set[int] = set()

    def remove(self, line: int) -> None:
        """Remove a line. Call this before `insert`."""
        self._removed.add(line)
        self.splice(self._starts[line], self._starts[line + 1], "")

    def insert(self, line: int, texts: Iterable[str]) -> None:
        """Insert lines, given without their ends, before *line*, or at the end of the text."""
        new = "".join(text + self.newline for text in texts)
        above = line - 1
        is_open = above >= 0 and above not in self._removed and not self.lines[above].endswith("\n")
        self.splice(self._starts[line], self._starts[line], self.newline + new if is_open else new)
