"""Edits of a JSON text in place. All other characters are unchanged, including comments and layout."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.edit import Edits, Splice
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.syntax.json import Node

Value = str | float | bool | None | Mapping[str, "Value"] | Sequence["Value"]

_USUAL_INDENT: Final = "  "
_INDENT: Final = re.compile(r"\n([ \t]+)[^\s]")
_REMARK_BEHIND: Final = re.compile(r"[ \t]*(?://[^\r\n]*|/\*(?:[^*\r\n]|\*(?!/))*\*/)(?=[ \t]*(?:\r?\n|\Z))")


def quote(text: str) -> str:
    """Return *text* as an ASCII string literal of JSON and JavaScript, in which no character can do harm."""
    return json.dumps(text)


def render(value: Value, *, unit: str = _USUAL_INDENT, indent: str = "", newline: str = "\n") -> str:
    """
    Return the text of a value on several lines, as ``JSON.stringify`` writes it.

    Args:
        value: The value.

        unit: One step of indentation.

        indent: The indentation of the line on which the value begins.

        newline: The line end.
    """
    text = json.dumps(value, indent=unit)
    return text.replace("\n", newline + indent)


def remove_element(node: Node, at: int) -> Splice:
    """Return the edit that removes an element of an array, by its number, with one comma."""
    assert isinstance(node.value, list)  # noqa: S101 - the caller has checked it
    start, end = node.value[at].start, node.value[at].end
    if at + 1 < len(node.value):
        return Splice(start, node.value[at + 1].start, "")
    return Splice(node.value[at - 1].end if at else start, end, "")


class JSONEdits(Edits):
    """Changes to one document, which are applied all at once. An object or array can be changed only once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = _INDENT.search(text)
        self._unit = found[1] if found else _USUAL_INDENT

    def put(self, root: Node, path: Sequence[str], value: Value) -> None:
        """
        Set *value* at a path of names, and create missing objects on the path.

        Raises:
            SyntaxFaultError: If a value on the path is not an object.
        """
        node = root
        for at, name in enumerate(path):
            members = _members(node, ".".join(path[:at]) or "the file")
            if name not in members:
                for outer in reversed(path[at + 1 :]):
                    value = {outer: value}
                self.update(node, {name: value})
                return
            node = members[name]
        self.merge(node, value)

    def update(self, node: Node, members: Mapping[str, Value]) -> None:
        """
        Set these members of an object, and keep its other members.

        Raises:
            SyntaxFaultError: If *node* is not an object.
        """
        old = _members(node, "it")
        for name, value in members.items():
            if name in old:
                self.merge(old[name], value)
        new = [(name, value) for name, value in members.items() if name not in old]
        self.change(node, range(len(old)), new)

    def merge(self, node: Node, value: Value) -> None:
        """Change *node* to *value*. Members, and strings in lists, that it has already keep their place."""
        if isinstance(node.value, dict) and isinstance(value, Mapping):
            for name in node.value:
                if name in value:
                    self.merge(node.value[name], value[name])
            new = [(name, member) for name, member in value.items() if name not in node.value]
            self.change(node, [at for at, name in enumerate(node.value) if name in value], new)
        elif _is_list_of_texts(node) and isinstance(value, Sequence) and not isinstance(value, str):
            self._merge_texts(node, value)
        elif json.dumps(node.plain(), sort_keys=True) != json.dumps(value, sort_keys=True):
            self.replace(node, value)

    def replace(self, node: Node, value: Value) -> None:
        """Replace *node* by *value*."""
        text = render(value, unit=self._unit, indent=self.indent(node.start), newline=self.newline)
        self.splice(node.start, node.end, text)

    def remove(self, node: Node, name: str) -> None:
        """Remove a member of an object."""
        assert isinstance(node.value, dict)  # noqa: S101 - the caller has checked it
        self.change(node, [at for at, member in enumerate(node.value) if member != name], [])

    def change(self, node: Node, keep: Iterable[int], new: Sequence[tuple[str | None, Value]]) -> None:
        """
        Keep the members or elements with these numbers, and add new ones at the end. Elements of an array have no name.

        A comment on the line of a removed member, or directly above it, is removed too.
        """
        kept = dict.fromkeys(sorted(keep))
        segments = self._segments(node)
        if len(kept) == len(segments) and not new:
            return
        for at, (start, end) in enumerate(segments):
            if at not in kept:
                self.splice(start, end, "")
        if not kept:
            self._refill(node, segments, new)
            return
        last = next(reversed(kept))
        if not new:
            if last < len(node.commas) and len(node.commas) < len(segments):
                self.splice(node.commas[last], node.commas[last] + 1, "")
            return
        end, behind = _values(node)[last].end, segments[last][1]
        added = self._added(node, new)
        closing = "," if len(node.commas) == len(segments) else ""
        text = ",".join(added) + closing
        if last >= len(node.commas):
            if end == behind:
                text = "," + text
            else:
                self.splice(end, end, ",")
        self.splice(behind, behind, text)

    def _merge_texts(self, node: Node, value: Sequence[Value]) -> None:
        assert isinstance(node.value, list)  # noqa: S101 - the caller has checked it
        left = list(value)
        keep = []
        for at, element in enumerate(node.value):
            if isinstance(element.value, str) and element.value in left:
                left.remove(element.value)
                keep.append(at)
        self.change(node, keep, [(None, text) for text in left])

    def _segments(self, node: Node) -> list[tuple[int, int]]:
        """Split the text between the brackets. A segment ends with its comma and with the comment after that."""
        segments = []
        start = self._behind(node.start + 1)
        for at, value in enumerate(_values(node)):
            end = self._behind(node.commas[at] + 1 if at < len(node.commas) else value.end)
            segments.append((start, end))
            start = end
        return segments

    def _behind(self, at: int) -> int:
        """Return where the comment at the end of the line ends, or *at* if there is none."""
        found = _REMARK_BEHIND.match(self.text, at)
        return found.end() if found else at

    def _added(self, node: Node, new: Sequence[tuple[str | None, Value]]) -> list[str]:
        outer = self.indent(node.start)
        if node.starts and "\n" not in self.text[node.start : node.end]:
            return [f" {_item(name, json.dumps(value))}" for name, value in new]
        inner = self.own_indent(node.starts[0]) if node.starts else ""
        inner = inner if len(inner) > len(outer) else outer + self._unit
        texts = (_item(name, render(value, unit=self._unit, indent=inner, newline=self.newline)) for name, value in new)
        return [f"{self.newline}{inner}{text}" for text in texts]

    def _refill(self, node: Node, segments: list[tuple[int, int]], new: Sequence[tuple[str | None, Value]]) -> None:
        """Write the new content of an object or array of which nothing is kept."""
        start = segments[-1][1] if segments else node.start + 1
        rest = self.text[start : node.end - 1]
        at = start + len(rest.rstrip())
        if not new:
            if not rest.strip():
                self.splice(start, node.end - 1, "")
            return
        text = ",".join(self._added(node, new)) + ("," if segments and len(node.commas) == len(segments) else "")
        is_one_line = bool(node.starts) and "\n" not in self.text[node.start : node.end]
        text = text if is_one_line else f"{text}{self.newline}{self.indent(node.start)}"
        self.splice(at, at if is_one_line else node.end - 1, text)


def _members(node: Node, what: str) -> dict[str, Node]:
    if isinstance(node.value, dict):
        return node.value
    raise SyntaxFaultError(f"{what} is not an object", node.position)


def _values(node: Node) -> list[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values())
    return node.value if isinstance(node.value, list) else []


def _item(name: str | None, text: str) -> str:
    return text if name is None else f"{quote(name)}: {text}"


def _is_list_of_texts(node: Node) -> bool:
    return isinstance(node.value, list) and all(isinstance(element.value, str) for element in node.value)
