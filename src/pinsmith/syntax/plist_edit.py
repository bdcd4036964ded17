"""Edits of an XML property list in place. All other bytes are unchanged."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.plist import members, parse_plist
from pinsmith.syntax.xml import escape_comment, escape_text
from pinsmith.syntax.xml_edit import XMLEdits

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pinsmith.syntax.plist import Node, Plain
    from pinsmith.syntax.xml import Element
    from pinsmith.syntax.xml_edit import Block

EMPTY: Final = """\
<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">
<dict/>
</plist>
"""


class PlistEdits(XMLEdits):
    """
    Changes to one property list, which are applied all at once.

    Args:
        text: The list, as XML; `EMPTY` is a list without keys.

        mark: The text by which the comment of the generating program is recognised.

        comment: The full text of that comment.

        names: The comment to write after a string that is added, by string. If the list already has a comment for the
            string, that one is used.

    Attributes:
        root: The outermost dictionary.

    Raises:
        SyntaxFaultError: If *text* is not a property list whose outermost value is a dictionary.
    """

    def __init__(self, text: str, *, mark: str, comment: str, names: Mapping[str, str]) -> None:
        plist = parse_plist(text)
        assert plist.document is not None  # noqa: S101 - it was parsed from XML
        super().__init__(plist.document, mark=mark)
        self.root = plist.root
        self._remarks = {string: f"<!-- {escape_comment(name)} -->" for string, name in names.items()}
        self._remarks |= {string: remark for string, remark in self._remarks_of(plist.document.root) if string in names}
        self._remark = f"<!-- {escape_comment(comment)} -->"
        self._blocks: dict[int, tuple[Element, list[Block]]] = {}
        members(self.root, "the property list")
        outer = _element(self.root)
        inner = self.own_indent(outer.children[0].start) if outer.children else ""
        self._unit = inner.removeprefix(self.own_indent(outer.start)) or "\t"

    def run(self) -> str:
        """Return the changed text."""
        for element, blocks in self._blocks.values():
            self.append(element, blocks)
        return self.result()

    def inner(self, node: Node, name: str, what: str) -> Node | None:
        """
        Return a dictionary in a dictionary; None if it does not exist.

        Raises:
            SyntaxFaultError: If the value is not a dictionary, or has a duplicate key.
        """
        found = members(node, what).get(name)
        if found is not None:
            members(found, name)
        return found

    def put_comment(self, node: Node) -> None:
        """Add or update the comment of the program in a dictionary. Call this before other changes to it."""
        element = _element(node)
        for comment in self._comments:
            if self._mark in comment.text and element.start < comment.start < element.end:
                if f"<!--{comment.text}-->" != self._remark:
                    self.splice(comment.start, comment.end, self._remark)
                return
        if element.close == element.end:
            self._add(element, ((0, self._remark),))
        else:
            self.prepend(element, self._remark)

    def add(self, node: Node, name: str, value: Plain, *, marked: str | None = None) -> None:
        """Add a new key to a dictionary. The value of the key *marked* gets the comment of the program."""
        lines = [(0, _key(name)), *self._remarked(value)]
        if marked is not None:
            at = next(number for number, (_, line) in enumerate(lines) if line == _key(marked)) + 1
            lines.insert(at + 1, (lines[at][0] + 1, self._remark))
        self._add(_element(node), tuple(lines))

    def drop(self, node: Node, name: str) -> None:
        """Remove a key and its value from a dictionary."""
        self.remove(replace(node.keys[name], end=_element(node.members[name]).end))

    def merge(self, node: Node, wanted: Mapping[str, Plain | None], usual: Mapping[str, Plain]) -> None:
        """
        Change a dictionary so that it has the *wanted* values. Other keys are unchanged.

        Args:
            node: The dictionary.

            wanted: The values by key; None removes a key.

            usual: The values that missing keys stand for. A missing key is not added with this value.
        """
        for name, value in wanted.items():
            found = node.members.get(name)
            if found is None:
                if value is not None and value != usual.get(name):
                    self.add(node, name, value)
            elif value is None:
                self.drop(node, name)
            elif isinstance(value, list) and found.kind == "array":
                self._merge_array(found, value)
            elif found.plain() != value:
                self._change(found, value)

    def _merge_array(self, node: Node, wanted: list[Plain]) -> None:
        missing = list(wanted)
        for item in node.items:
            plain = item.plain()
            if plain in missing:
                missing.remove(plain)
            else:
                self.remove(_element(item))
        for value in missing:
            self._add(_element(node), tuple(self._remarked(value)))

    def _change(self, node: Node, value: Plain) -> None:
        element = _element(node)
        indent = self.newline + self.own_indent(element.start)
        self.splice(element.start, element.end, indent.join(self._lines(tuple(self._remarked(value)))))

    def _remarked(self, value: Plain) -> Iterator[tuple[int, str]]:
        """Yield the lines of a value. A string is followed by its comment in the file, or by its name."""
        for depth, line in _lines(value):
            remark = self._remarks.get(line.removeprefix("<string>").removesuffix("</string>"))
            yield depth, f"{line} {remark}" if remark else line

    def _remarks_of(self, root: Element) -> Iterator[tuple[str, str]]:
        """Yield the strings with comments, and these; a comment may also belong to a dictionary of one string."""
        for element in root.children:
            yield from self._remarks_of(element)
            if element.name != "string":
                continue
            alone = [root] if root.name == "dict" and len(root.children) == 2 else []  # noqa: PLR2004 - a key and its text
            for commented in (element, *alone):
                above, behind = self.comments_of(commented)
                if above or behind:
                    text = "".join(element.runs).strip()
                    yield text, " ".join(f"<!--{comment.text}-->" for comment in (*above, *behind))

    def _add(self, element: Element, block: Block) -> None:
        self._blocks.setdefault(element.start, (element, []))[1].append(block)


def _element(node: Node) -> Element:
    assert node.element is not None  # noqa: S101 - only XML lists are edited
    return node.element


def _key(name: str) -> str:
    return f"<key>{escape_text(name)}</key>"


def _lines(value: Plain) -> Iterator[tuple[int, str]]:
    """Yield the lines of a value and their depths."""
    if isinstance(value, str):
        yield 0, f"<string>{escape_text(value)}</string>"
    elif isinstance(value, bool):
        yield 0, "<true/>" if value else "<false/>"
    elif isinstance(value, list):
        yield 0, "<array>"
        yield from ((depth + 1, line) for item in value for depth, line in _lines(item))
        yield 0, "</array>"
    else:
        yield 0, "<dict>"
        for name, member in value.items():
            yield 1, _key(name)
            yield from ((depth + 1, line) for depth, line in _lines(member))
        yield 0, "</dict>"
