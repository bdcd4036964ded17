"""
Edits of a TOML text, table by table. All other characters are unchanged.

The text is split into parts once. A change affects only the part of one table, so that its cost does not depend on the
size of the file.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.edit import Splice, apply
from pinsmith.syntax.toml_layout import scan

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.syntax.toml_layout import Array, Layout, Path, Table

_BLANKS: Final = re.compile(r"[ \t]*")


class Part:
    """
    A table, with the comments directly above its header and everything up to the part of the next table.

    Attributes:
        path: The path of the table; empty for the beginning of the file. Its indices are those of the original text,
            even if tables before it have been removed.
        text: The whole part.
        above: The part before it; None for the beginning of the file.
        below: The part after it.
    """

    def __init__(self, path: Path, text: str, newline: str) -> None:
        self.path, self.text = path, text
        self.above: Part | None = None
        self.below: Part | None = None
        self._newline = newline
        self._layout: Layout | None = None

    @property
    def name(self) -> str:
        """The first key of the path; empty for the beginning of the file."""
        return str(self.path[0]) if self.path else ""

    @property
    def layout(self) -> Layout:
        """The places of everything in the part."""
        if self._layout is None or self._layout.text is not self.text:
            self._layout = scan(self.text, header=self.path)
        return self._layout

    @property
    def table(self) -> Table:
        """The header and the entries."""
        return self.layout.tables[1 if self.path else 0]

    def own_end(self) -> int:
        """Return where the table ends, including the comment lines directly below it."""
        end = _content_end(self.text, self.table)
        while _is_comment(self.text, end):
            end = _next_line(self.text, end)
        return end

    def insert_entry(self, line: str) -> None:
        """Insert *line* as the last entry."""
        last = max(self.table.entries.values(), default=None)
        at = _content_end(self.text, self.table)
        indent = self._indent(last[0]) if last else ""
        self._make(Splice(at, at, _line_break(self.text, at, self._newline) + _joined([indent + line], self._newline)))

    def remove_entry(self, path: Path) -> None:
        """Remove an entry with its lines, including a comment after it."""
        start, end = self.table.entries[path]
        self._make(Splice(_line_start(self.text, start), _next_line(self.text, end), ""))
        if self.below is not None:  # comments that are now directly above the next table belong to it
            start = _own_start(self.text, len(self.text), _content_end(self.text, self.table))
            self.below.text = self.text[start:] + self.below.text
            self.text = self.text[:start]

    def set_value(self, path: Path, text: str) -> None:
        """Replace a value, anywhere in the part, by *text*."""
        self._make(Splice(*self.layout.values[path], text))

    def append(self, array: Array, item: str) -> None:
        """Add *item* to *array* in the style of the array: on the same line, or on a new line."""
        if not array.elements:
            self._make(Splice(array.start + 1, array.start + 1, item))
            return
        last = array.elements[-1]
        comma = array.commas[-1] if array.commas and array.commas[-1] > last[1] - 1 else None
        after = last[1] if comma is None else comma + 1
        first_break = self.text.find("\n", after, array.end)
        closing = "" if comma is None else ","
        if first_break < 0:
            self._make(Splice(after, after, f"{',' if comma is None else ''} {item}{closing}"))
            return
        if self.text[first_break - 1] == "\r":
            first_break -= 1
        line = Splice(first_break, first_break, f"{self._newline}{self._indent(last[0])}{item}{closing}")
        self._make(*([Splice(after, after, ",")] if comma is None else []), line)

    def remove_element(self, array: Array, index: int) -> None:
        """Remove one element of *array* with its comma, and with its line if nothing else is on it."""
        start, end = array.elements[index]
        following = array.elements[index + 1] if index + 1 < len(array.elements) else None
        comma = next((at for at in array.commas if at >= end), None)
        if comma is not None:
            end = comma + 1
        line_start, next_line = _line_start(self.text, start), _next_line(self.text, end)
        rest = self.text[end:next_line].strip()
        if not self.text[line_start:start].strip() and (not rest or rest.startswith("#")):
            self._make(Splice(line_start, next_line, ""))
            return
        if following:
            blanks = _BLANKS.match(self.text, end)
            self._make(Splice(start, blanks.end() if blanks else end, ""))
            return
        previous = array.elements[index - 1][1] if index else start
        if "\n" in self.text[previous:start]:  # the comment after the previous element stays
            previous = start
        elif index and comma is not None:  # the array ends in a comma, and must do so again
            previous += 1 + self.text[previous:start].index(",")
        self._make(Splice(previous, end, ""))

    def _make(self, *splices: Splice) -> None:
        self.text = apply(self.text, splices)

    def _indent(self, offset: int) -> str:
        found = _BLANKS.match(self.text, _line_start(self.text, offset))
        return found[0] if found else ""


class TOMLEdits:
    """A TOML text in parts, which can be changed, removed and added."""

    def __init__(self, text: str) -> None:
        self._newline = "\r\n" if re.search(r"\A[^\n]*\r\n", text) else "\n"
        layout = scan(text)
        tables = layout.tables
        starts = [
            _own_start(text, _line_start(text, table.start), _content_end(text, above))
            for above, table in pairwise(tables)
        ]
        ends = [*starts, len(text)]
        self._first = self._end = Part((), text[: ends[0]], self._newline)
        self._parts: dict[Path, Part] = {(): self._first}
        self._last: dict[str, Part] = {"": self._first}  # by name
        for table, start, end in zip(tables[1:], starts, ends[1:], strict=True):
            self._put_below(self._end, table.path, text[start:end])

    @property
    def text(self) -> str:
        """The whole text with the changes made so far."""
        return "".join(part.text for part in self._all())

    def part(self, path: Path) -> Part | None:
        """Return the part of the table with its own header at *path*; None if there is none."""
        return self._parts.get(path)

    def part_around(self, path: Path) -> Part | None:
        """Return the part that contains the value at *path*; None if there is none."""
        outer = (self._parts.get(path[:length]) for length in range(len(path), -1, -1))
        return next((part for part in outer if part is not None and path in part.layout.values), None)

    def remove(self, part: Part) -> None:
        """Remove a table, its comments, and the blank lines that separate it from others."""
        above, below = part.above, part.below
        assert above is not None  # noqa: S101 - the beginning of the file has no header
        end = part.own_end()
        while _is_blank(part.text, end):
            end = _next_line(part.text, end)
        above.text += part.text[end:]
        if end == len(part.text) and below is None:
            above.text = _without_last_blank_lines(above.text)
        above.below = below
        if below is None:
            self._end = above
        else:
            below.above = above
        del self._parts[part.path]
        if self._last[part.name] is part:
            del self._last[part.name]
            other: Part | None = above
            while other is not None and other.name != part.name:
                other = other.above
            if other is not None:
                self._last[part.name] = other

    def insert(self, path: Path, lines: Sequence[str], *, behind: Sequence[str], ahead: Sequence[str]) -> None:
        """
        Insert a table.

        Args:
            path: The path of the table.

            lines: The lines of the table, header first. A string may contain several lines.

            behind: The table is inserted after the last table of its own name. If there is none, it is inserted after
                the last table of the first of these names that exists. An empty name is the beginning of the file.

            ahead: If there is none of these either, it is inserted before the first table of these names, else at the
                end.
        """
        block = _joined(lines, self._newline)
        after = next((self._last[name] for name in (str(path[0]), *behind) if name in self._last), None)
        before = next((part for part in self._all() if part.name in ahead), None) if after is None else None
        if before is not None and before.above is not None:
            self._put_below(before.above, path, block + self._newline)
            return
        target = self._end if after is None else after
        at = len(target.text) if after is None else target.own_end()
        kept, rest = target.text[:at], target.text[at:]
        is_end = not rest and target.below is None
        gap = "" if is_end and kept.endswith(2 * self._newline) else self._newline
        gap_below = "" if is_end or _is_blank(target.text, at) else self._newline
        target.text = kept + _line_break(kept, at, self._newline) + gap
        self._put_below(target, path, block + gap_below + rest)

    def _put_below(self, above: Part, path: Path, text: str) -> None:
        """Insert a part directly after *above*."""
        part = Part(path, text, self._newline)
        part.above, part.below = above, above.below
        if above.below is None:
            self._end = part
        else:
            above.below.above = part
        above.below = part
        self._parts[path] = self._last[part.name] = part

    def _all(self) -> Iterator[Part]:
        part: Part | None = self._first
        while part is not None:
            yield part
            part = part.below


def _own_start(text: str, header: int, floor: int) -> int:
    """Return where the table with its header line at *header* begins, including the comment lines directly above."""
    start = header
    while start > floor and _is_comment(text, above := _line_start(text, start - 1)):
        start = above
    return start


def _content_end(text: str, table: Table) -> int:
    if not table.path and not table.entries:
        return 0
    return _next_line(text, max([table.end, *(end for _, end in table.entries.values())]))


def _line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _next_line(text: str, offset: int) -> int:
    found = text.find("\n", offset)
    return len(text) if found < 0 else found + 1


def _is_comment(text: str, at: int) -> bool:
    return text[at : _next_line(text, at)].lstrip().startswith("#")


def _is_blank(text: str, at: int) -> bool:
    """Return whether a blank line begins at *at*. The end of the text is not a line."""
    return at < len(text) and not text[at : _next_line(text, at)].strip()


def _without_last_blank_lines(text: str) -> str:
    end = len(text)
    while end and not text[(above := _line_start(text, end - 1)) : end].strip():
        end = above
    return text[:end]


def _line_break(text: str, at: int, newline: str) -> str:
    """Return *newline* if the line before *at* has no end, else an empty string."""
    return "" if not at or text[at - 1] == "\n" else newline


def _joined(lines: Sequence[str], newline: str) -> str:
    return "".join(line.replace("\n", newline) + newline for line in lines)
