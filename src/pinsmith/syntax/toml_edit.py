"""Where in a TOML text a table, an entry or an element begins and ends, and how to change just that."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinsmith.syntax.edit import Splice

if TYPE_CHECKING:
    from pinsmith.syntax.toml_layout import Array, Layout, Path, Table


class Page:
    """
    A text in lines, with what stands where.

    Args:
        layout: What `pinsmith.syntax.toml_layout.scan` found.
    """

    def __init__(self, layout: Layout) -> None:
        self.layout, self.text = layout, layout.text
        self.line_end = "\r\n" if re.search(r"\A[^\n]*\r\n", self.text) else "\n"

    # ---- lines

    def line_start(self, offset: int) -> int:
        """Return where the line of *offset* begins."""
        return self.text.rfind("\n", 0, offset) + 1

    def next_line(self, offset: int) -> int:
        """Return where the line after that of *offset* begins, or the end of the text."""
        found = self.text.find("\n", offset)
        return len(self.text) if found < 0 else found + 1

    def _indent(self, offset: int) -> str:
        found = re.compile(r"[ \t]*").match(self.text, self.line_start(offset))
        return found[0] if found else ""

    def _is(self, kind: str, start: int) -> bool:
        """Say whether the line at *start* is a comment alone, or blank."""
        line = self.text[start : self.next_line(start)].strip()
        return line.startswith("#") if kind == "comment" else not line

    # ---- tables

    def own_start(self, table: Table) -> int:
        """Return where *table* begins, with the comment lines right above its header."""
        tables = self.layout.tables
        floor = self._content_end(tables[tables.index(table) - 1])
        start = self.line_start(table.start)
        while start > floor and self._is("comment", above := self.line_start(start - 1)):
            start = above
        return start

    def own_end(self, table: Table) -> int:
        """Return where *table* ends, with the comment lines right below it that are not the next table's."""
        tables = self.layout.tables
        at = tables.index(table) + 1
        ceiling = self.own_start(tables[at]) if at < len(tables) else len(self.text)
        end = self._content_end(table)
        while end < ceiling and self._is("comment", end):
            end = self.next_line(end)
        return end

    def _content_end(self, table: Table) -> int:
        if not table.path and not table.entries:
            return 0
        return self.next_line(max([table.end, *(end for _, end in table.entries.values())]))

    def remove_table(self, table: Table) -> Splice:
        """Remove *table*, its own comments, and the blank lines that set it apart."""
        start, end = self.own_start(table), self.own_end(table)
        while end < len(self.text) and self._is("blank", end):
            end = self.next_line(end)
        if end == len(self.text):
            while start and self._is("blank", above := self.line_start(start - 1)):
                start = above
        return Splice(start, end, "")

    def insert_table(self, lines: list[str], *, after: Table | None, before: Table | None) -> Splice:
        """Insert a table of *lines* behind *after*, else ahead of *before*, else at the end."""
        block = self._join(lines)
        if after is None and before is not None:
            at = self.own_start(before)
            return Splice(at, at, block + self.line_end)
        at = len(self.text) if after is None else self.own_end(after)
        gap = "" if self.text.endswith(2 * self.line_end) and at == len(self.text) else self.line_end
        below = self.line_end if at < len(self.text) and not self._is("blank", at) else ""
        return Splice(at, at, self._break(at) + gap + block + below)

    def _break(self, at: int) -> str:
        """Return what ends the line before *at*, if nothing does."""
        return "" if not at or self.text[at - 1] == "\n" else self.line_end

    def _join(self, lines: list[str]) -> str:
        return "".join(line.replace("\n", self.line_end) + self.line_end for line in lines)

    # ---- entries

    def insert_entry(self, table: Table, line: str) -> Splice:
        """Insert *line* as the last entry of *table*."""
        last = max(table.entries.values(), default=None)
        at = self._content_end(table)
        return Splice(at, at, self._break(at) + self._join([(self._indent(last[0]) if last else "") + line]))

    def remove_entry(self, table: Table, path: Path) -> Splice:
        """Remove the entry of *table* at *path* with its lines, also what is said behind it."""
        start, end = table.entries[path]
        return Splice(self.line_start(start), self.next_line(end), "")

    # ---- elements of arrays

    def append(self, array: Array, item: str) -> list[Splice]:
        """Add *item* to *array* in its own style: on the same line, or on one of its own."""
        if not array.elements:
            return [Splice(array.start + 1, array.start + 1, item)]
        last = array.elements[-1]
        comma = array.commas[-1] if array.commas and array.commas[-1] > last[1] - 1 else None
        after = last[1] if comma is None else comma + 1
        first_break = self.text.find("\n", after, array.end)
        closing = "" if comma is None else ","
        if first_break < 0:
            return [Splice(after, after, f"{',' if comma is None else ''} {item}{closing}")]
        if self.text[first_break - 1] == "\r":
            first_break -= 1
        line = f"{self.line_end}{self._indent(last[0])}{item}{closing}"
        if comma is not None:
            return [Splice(first_break, first_break, line)]
        if first_break == after:
            return [Splice(after, after, "," + line)]
        return [Splice(after, after, ","), Splice(first_break, first_break, line)]

    def remove_element(self, array: Array, index: int) -> Splice:
        """Remove one element of *array* with its comma, and with its line if it stands alone there."""
        start, end = array.elements[index]
        following = array.elements[index + 1] if index + 1 < len(array.elements) else None
        comma = next((at for at in array.commas if at >= end), None)
        if comma is not None:
            end = comma + 1
        line_start, next_line = self.line_start(start), self.next_line(end)
        rest = self.text[end:next_line].strip()
        alone = not self.text[line_start:start].strip() and (not rest or rest.startswith("#"))
        if alone:
            return Splice(line_start, next_line, "")
        if following:
            blanks = re.compile(r"[ \t]*").match(self.text, end)
            return Splice(start, blanks.end() if blanks else end, "")
        previous = array.elements[index - 1][1] if index else start
        if "\n" in self.text[previous:start]:  # what is said behind the previous element stays
            return Splice(start, end, "")
        if index and comma is not None:  # the array ends in a comma, and shall again
            previous += 1 + self.text[previous:start].index(",")
        return Splice(previous, end, "")
