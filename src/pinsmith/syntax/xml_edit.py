"""Edits of an XML text in place. All other characters are unchanged."""

from __future__ import annotations

import re
from bisect import bisect_left
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.edit import Edits
from pinsmith.syntax.xml import escape_attribute

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.syntax.xml import Comment, Document, Element

    Block = tuple[tuple[int, str], ...]

_BLANKS: Final = " \t\r\n"
_USUAL_INDENT: Final = "    "
_BLANK: Final = re.compile(r"[ \t]*+")
_LINE_END: Final = re.compile(r"[ \t\r]*+\n[ \t]*+")
_NAME: Final = re.compile(r"<([^\s/>]+)")
_ATTRIBUTE: Final = re.compile(r"""(\s+)([^\s=/>"']+)\s*=\s*("[^"]*"|'[^']*')""")


class XMLEdits(Edits):
    """
    Changes to one document, which are applied all at once.

    A block consists of the lines of an element to add, with their depths below the first line.

    Args:
        document: The parsed document.

        mark: The text by which the comment of the generating program is recognised. It belongs to no element.
    """

    def __init__(self, document: Document, *, mark: str) -> None:
        super().__init__(document.text)
        self._mark = mark
        self._comments = document.comments
        self._starts = [comment.start for comment in document.comments]
        own = [self.own_indent(child.start) for child in document.root.children[:1]]
        self._unit = own[0] or _USUAL_INDENT if own else _USUAL_INDENT

    def remove(self, element: Element) -> None:
        """Remove *element* with the comments that belong to it, and with its line if nothing else is on it."""
        above, behind = self.comments_of(element)
        start = above[0].start if above else element.start
        end = behind[-1].end if behind else element.end
        line = self.text.rfind("\n", 0, start)
        if self._ends_line(end) and line >= 0 and not self.text[line:start].strip(_BLANKS):
            start = line - 1 if self.text.endswith("\r", 0, line) else line
            end = self._skip(end)
        self.splice(start, end, "")

    def comments_of(self, element: Element) -> tuple[list[Comment], list[Comment]]:
        """
        Return the comments that belong to *element*: those on the lines directly above it, and those after it.

        A comment belongs to no element if another element is on its line or on the line of *element*. The comment of
        the generating program never belongs to an element.
        """
        behind = self._behind(element)
        is_last = self._ends_line(behind[-1].end if behind else element.end)
        return self._above(element) if is_last else [], behind

    def _above(self, element: Element) -> list[Comment]:
        found: list[Comment] = []
        start = element.start
        for at in range(bisect_left(self._starts, start) - 1, -1, -1):
            comment = self._comments[at]
            between = _LINE_END.match(self.text, comment.end, start)
            if between is None or between.end() != start or self._mark in comment.text:
                break
            if self.text[self.line_start(comment.start) : comment.start].strip(" \t"):
                break  # something else is on its line
            found.insert(0, comment)
            start = comment.start
        return found

    def _behind(self, element: Element) -> list[Comment]:
        found: list[Comment] = []
        end = element.end
        for comment in self._from(bisect_left(self._starts, end)):
            if self._skip(end) != comment.start or self._mark in comment.text:
                break
            found.append(comment)
            end = comment.end
        return found if self._ends_line(end) else []

    def _from(self, at: int) -> Iterator[Comment]:
        while at < len(self._comments):
            yield self._comments[at]
            at += 1

    def _skip(self, at: int) -> int:
        """Return where the blanks at this offset end."""
        found = _BLANK.match(self.text, at)
        return found.end() if found else at

    def _ends_line(self, at: int) -> bool:
        rest = self.text[self._skip(at) : self._skip(at) + 2]
        return rest in {"", "\r\n"} or rest.startswith("\n")

    def append(self, element: Element, blocks: Iterable[Block]) -> None:
        """Add *blocks* after the content of *element*. Call this at most once for an element."""
        outer = self.own_indent(element.start)
        inner = self.own_indent(element.children[0].start) if element.children else ""
        inner = inner if len(inner) > len(outer) else outer + self._unit
        added = "".join(f"{self.newline}{inner}{line}" for block in blocks for line in self._lines(block))
        if element.close == element.end:
            head = self.text[: element.end - 2].rstrip(_BLANKS)
            self.splice(len(head), element.end, f">{added}{self.newline}{outer}</{self._name(element)}>")
            return
        held = self.text[element.open_end : element.close]
        at = element.open_end + len(held.rstrip(_BLANKS))
        if "\n" in self.text[at : element.close]:
            self.splice(at, at, added)
        else:
            self.splice(at, element.close, added + self.newline + outer)

    def prepend(self, element: Element, line: str) -> None:
        """Add a line before the content of *element*, which must have an end tag."""
        inner = self.own_indent(element.children[0].start) if element.children else self._unit
        self.splice(element.open_end, element.open_end, f"{self.newline}{inner}{line}")

    def set_attribute(self, element: Element, name: str, value: str | None) -> None:
        """
        Set or remove an attribute, by its name with its prefix. Call this before `append`.

        A new attribute gets a line of its own if the first one has.
        """
        at = element.start + len(self._name(element)) + 1
        first = _ATTRIBUTE.match(self.text, at, element.open_end)
        lead = first[1] if first is not None and "\n" in first[1] else " "
        while found := _ATTRIBUTE.match(self.text, at, element.open_end):
            if found[2] == name:
                if value is None:
                    self.splice(found.start(), found.end(), "")
                else:
                    self.splice(found.start(3) + 1, found.end(3) - 1, escape_attribute(value).replace("'", "&#39;"))
                return
            at = found.end()
        if value is not None:
            self.splice(at, at, f'{lead}{name}="{escape_attribute(value)}"')

    def _lines(self, block: Block) -> Iterator[str]:
        for depth, line in block:
            yield self._unit * depth + line

    def _name(self, element: Element) -> str:
        found = _NAME.match(self.text, element.start)
        assert found is not None  # noqa: S101 - the parser saw a tag here
        return found[1]
