"""Edits of an XML text in place: what they do not touch stays byte for byte."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import MARK
from pinsmith.formats._xml import escape_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.formats._xml import Comment, Document, Element

    Block = tuple[tuple[int, str], ...]

_BLANKS: Final = b" \t\r\n"
_USUAL_INDENT: Final = "    "
_BLANK: Final = re.compile(rb"[ \t]*+")
_LINE_END: Final = re.compile(rb"[ \t\r]*+\n[ \t]*+")
_NAME: Final = re.compile(rb"<([^\s/>]+)")
_ATTRIBUTE: Final = re.compile(rb"""(\s+)([^\s=/>"']+)\s*=\s*("[^"]*"|'[^']*')""")


class Edits:
    """
    Changes to one document, made all at once.

    A block is the lines of an element to add, each with its depth below the first.
    """

    def __init__(self, document: Document) -> None:
        self._raw = document.raw
        self._comments = document.comments
        self._starts = [comment.start for comment in document.comments]
        self._changes: list[tuple[int, int, str]] = []
        self._newline = "\r\n" if b"\r\n" in self._raw else "\n"
        own = [self._indent(child.start) for child in document.root.children[:1]]
        self._unit = own[0] or _USUAL_INDENT if own else _USUAL_INDENT

    def replace(self, start: int, end: int, text: str) -> None:
        """Put *text* in the place of the bytes from *start* to *end*."""
        self._changes.append((start, end, text))

    def remove(self, element: Element) -> None:
        """Take *element* out with the comments that belong to it, and with its line if it has one for itself."""
        above, behind = self.comments_of(element)
        start = above[0].start if above else element.start
        end = behind[-1].end if behind else element.end
        line = self._raw.rfind(b"\n", 0, start)
        if self._ends_line(end) and line >= 0 and not self._raw[line:start].strip():
            start = line - 1 if self._raw.endswith(b"\r", 0, line) else line
            end = self._skip(end)
        self.replace(start, end, "")

    def comments_of(self, element: Element) -> tuple[list[Comment], list[Comment]]:
        """
        Return the comments that belong to *element*: those on the lines right above it, and those behind it.

        A comment belongs to none if another element stands on its line or on that of *element*, and the one that says
        what made the file never does.
        """
        behind = self._behind(element)
        is_last = self._ends_line(behind[-1].end if behind else element.end)
        return self._above(element) if is_last else [], behind

    def _above(self, element: Element) -> list[Comment]:
        found: list[Comment] = []
        start = element.start
        for at in range(bisect_left(self._starts, start) - 1, -1, -1):
            comment = self._comments[at]
            between = _LINE_END.match(self._raw, comment.end, start)
            if between is None or between.end() != start or MARK in comment.text:
                break
            if self._raw[self._raw.rfind(b"\n", 0, comment.start) + 1 : comment.start].strip(b" \t"):
                break  # something else stands on its line
            found.insert(0, comment)
            start = comment.start
        return found

    def _behind(self, element: Element) -> list[Comment]:
        found: list[Comment] = []
        end = element.end
        for comment in self._from(bisect_left(self._starts, end)):
            if self._skip(end) != comment.start or MARK in comment.text:
                break
            found.append(comment)
            end = comment.end
        return found if self._ends_line(end) else []

    def _from(self, at: int) -> Iterator[Comment]:
        while at < len(self._comments):
            yield self._comments[at]
            at += 1

    def _skip(self, at: int) -> int:
        """Return where the blanks end that stand at a place."""
        found = _BLANK.match(self._raw, at)
        return found.end() if found else at

    def _ends_line(self, at: int) -> bool:
        rest = self._raw[self._skip(at) : self._skip(at) + 2]
        return rest in {b"", b"\r\n"} or rest.startswith(b"\n")

    def append(self, element: Element, blocks: Iterable[Block]) -> None:
        """Add *blocks* behind all that *element* holds. At most once for each element."""
        outer = self._indent(element.start)
        inner = self._indent(element.children[0].start) if element.children else ""
        inner = inner if len(inner) > len(outer) else outer + self._unit
        added = "".join(f"{self._newline}{inner}{line}" for block in blocks for line in self._lines(block))
        if element.close == element.end:
            head = self._raw[: element.end - 2].rstrip(_BLANKS)
            self.replace(len(head), element.end, f">{added}{self._newline}{outer}</{self._name(element)}>")
            return
        held = self._raw[element.open_end : element.close]
        at = element.open_end + len(held.rstrip(_BLANKS))
        if b"\n" in self._raw[at : element.close]:
            self.replace(at, at, added)
        else:
            self.replace(at, element.close, added + self._newline + outer)

    def prepend(self, element: Element, line: str) -> None:
        """Add a line before all that *element* holds, which must have an end tag."""
        inner = self._indent(element.children[0].start) if element.children else self._unit
        self.replace(element.open_end, element.open_end, f"{self._newline}{inner}{line}")

    def set_attribute(self, element: Element, name: str, value: str | None) -> None:
        """Give an attribute that is in no namespace another value, or take it out. Before `append`."""
        at = element.start + len(self._name(element).encode()) + 1
        while found := _ATTRIBUTE.match(self._raw, at, element.open_end):
            if found[2] == name.encode():
                if value is None:
                    self.replace(found.start(), found.end(), "")
                else:
                    self.replace(found.start(3) + 1, found.end(3) - 1, escape_attribute(value).replace("'", "&#39;"))
                return
            at = found.end()
        if value is not None:
            self.replace(at, at, f' {name}="{escape_attribute(value)}"')

    def result(self) -> str:
        """Return the text with all changes made."""
        pieces: list[bytes] = []
        at = 0
        for start, end, text in sorted(self._changes, key=lambda change: change[:2]):
            if start < at:
                raise AssertionError(f"two changes meet at byte {start}")
            pieces += (self._raw[at:start], text.encode("utf-8", "surrogatepass"))
            at = end
        return b"".join((*pieces, self._raw[at:])).decode("utf-8", "surrogatepass")

    def _lines(self, block: Block) -> Iterator[str]:
        for depth, line in block:
            yield self._unit * depth + line

    def _indent(self, at: int) -> str:
        """Return the blanks before a place if nothing else stands before it on its line."""
        line = self._raw[self._raw.rfind(b"\n", 0, at) + 1 : at]
        return "" if line.strip(b" \t") else line.decode("ascii")

    def _name(self, element: Element) -> str:
        found = _NAME.match(self._raw, element.start)
        assert found is not None  # noqa: S101 - the parser saw a tag here
        return found[1].decode()
