"""Edits of a JSON text in place: what they do not touch stays to the character, remarks and layout included."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.edit import Edits
from pinsmith.syntax.position import SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.syntax.json import Node

Value = str | float | bool | None | Mapping[str, "Value"] | Sequence["Value"]

_USUAL_INDENT: Final = "  "
_INDENT: Final = re.compile(r"\n([ \t]+)[^\s]")
_REMARK_BEHIND: Final = re.compile(r"[ \t]*(?://[^\r\n]*|/\*(?:[^*\r\n]|\*(?!/))*\*/)(?=[ \t]*(?:\r?\n|\Z))")


def quote(text: str) -> str:
    """Write *text* as a string of JSON and JavaScript, in ASCII: nothing in it can end it, or turn the line round."""
    return json.dumps(text)


def render(value: Value, *, unit: str = _USUAL_INDENT, indent: str = "", newline: str = "\n") -> str:
    """
    Write a value over several lines, as ``JSON.stringify`` does.

    Args:
        value: What to write.

        unit: One step of indentation.

        indent: That of the line on which the value begins.

        newline: How lines end.
    """
    text = json.dumps(value, indent=unit)
    return text.replace("\n", newline + indent)


class JSONEdits(Edits):
    """Changes to one document, made all at once. Each object and array is changed at most once."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        found = _INDENT.search(text)
        self._unit = found[1] if found else _USUAL_INDENT

    def put(self, root: Node, path: Sequence[str], value: Value) -> None:
        """
        Put *value* at a path of names, and make the objects on the way that are missing.

        Raises:
            SyntaxFaultError: Something on the way is not an object.
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
        Give an object these members, and leave its others.

        Raises:
            SyntaxFaultError: It is not an object.
        """
        old = _members(node, "it")
        for name, value in members.items():
            if name in old:
                self.merge(old[name], value)
        new = [(name, value) for name, value in members.items() if name not in old]
        self.change(node, range(len(old)), new)

    def merge(self, node: Node, value: Value) -> None:
        """Change *node* to *value*: members and strings of lists that it has already stay where they stand."""
        if isinstance(node.value, dict) and isinstance(value, Mapping):
            for name in node.value:
                if name in value:
                    self.merge(node.value[name], value[name])
            new = [(name, each) for name, each in value.items() if name not in node.value]
            self.change(node, [at for at, name in enumerate(node.value) if name in value], new)
        elif _is_list_of_texts(node) and isinstance(value, Sequence) and not isinstance(value, str):
            self._merge_texts(node, value)
        elif json.dumps(node.plain(), sort_keys=True) != json.dumps(value, sort_keys=True):
            self.replace(node, value)

    def replace(self, node: Node, value: Value) -> None:
        """Put *value* in the place of *node*."""
        text = render(value, unit=self._unit, indent=self.indent(node.start), newline=self.newline)
        self.splice(node.start, node.end, text)

    def remove(self, node: Node, name: str) -> None:
        """Take a member out of an object."""
        assert isinstance(node.value, dict)  # noqa: S101 - the caller looked it up
        self.change(node, [at for at, each in enumerate(node.value) if each != name], [])

    def change(self, node: Node, keep: Iterable[int], new: Sequence[tuple[str | None, Value]]) -> None:
        """
        Keep some members or elements, by number, and add others at the end; names are None for those of an array.

        A remark on the line of what goes, and on the lines right above it, goes with it.
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
        assert isinstance(node.value, list)  # noqa: S101 - the caller looked
        left = list(value)
        keep = []
        for at, each in enumerate(node.value):
            if isinstance(each.value, str) and each.value in left:
                left.remove(each.value)
                keep.append(at)
        self.change(node, keep, [(None, each) for each in left])

    def _segments(self, node: Node) -> list[tuple[int, int]]:
        """Part what is between the brackets: each piece ends with its comma, and with the remark behind that."""
        segments = []
        start = self._behind(node.start + 1)
        for at, each in enumerate(_values(node)):
            end = self._behind(node.commas[at] + 1 if at < len(node.commas) else each.end)
            segments.append((start, end))
            start = end
        return segments

    def _behind(self, at: int) -> int:
        """Return where a remark ends that ends the line, or *at*."""
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
        """Fill an object or array of which nothing is kept."""
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
    raise SyntaxFaultError(f"{what} is no object", node.position)


def _values(node: Node) -> list[Node]:
    if isinstance(node.value, dict):
        return list(node.value.values())
    return node.value if isinstance(node.value, list) else []


def _item(name: str | None, text: str) -> str:
    return text if name is None else f"{quote(name)}: {text}"


def _is_list_of_texts(node: Node) -> bool:
    return isinstance(node.value, list) and all(isinstance(each.value, str) for each in node.value)
