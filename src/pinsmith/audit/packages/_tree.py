"""The XML files of Android packages as a tree, in whichever form they were, and as a text for the readers of XML."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.limit import MAX_BYTES, MAX_VALUES
from pinsmith.syntax.xml import escape_attribute, escape_text

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_MAX_DEPTH: Final = 100
_MAX_LINES: Final = 100_000


@dataclass(frozen=True, slots=True)
class Attribute:
    """
    An attribute.

    Attributes:
        namespace: Its URI; empty if it has none.
        name: The name, which obfuscation may have removed if there is a resource.
        resource: The number by which Android knows it; 0 if it has none.
        value: As text; a reference is ``@0x`` and eight digits.
    """

    namespace: str
    name: str
    resource: int
    value: str


@dataclass(slots=True)
class Element:
    """An element, its line in the source (0 if unknown), and its elements and texts in order."""

    name: str
    line: int
    attributes: list[Attribute] = field(default_factory=list)
    content: list[Element | str] = field(default_factory=list)

    @property
    def children(self) -> Iterator[Element]:
        """The elements in it."""
        return (item for item in self.content if isinstance(item, Element))

    def get(self, resource: int) -> str | None:
        """Return the value of the attribute that Android knows by this number."""
        return next((item.value for item in self.attributes if item.resource == resource), None)

    def plain(self, name: str) -> str:
        """Return the value of an attribute without a namespace; empty if there is none."""
        return next((item.value for item in self.attributes if item.name == name and not item.namespace), "")


class Builder:
    """
    Builds a tree within limits: a few strings, used often, would make a huge one.

    Its methods raise `IndexError` if the tree is not well-formed or too large.
    """

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[Element] = []
        self._elements, self._characters = 0, 0

    def start(self, element: Element) -> None:
        """Begin an element."""
        self._elements += 1 + len(element.attributes)
        self._count(sum(len(item.value) + len(item.name) + len(item.namespace) for item in element.attributes))
        if self._elements > MAX_VALUES or len(self._open) == _MAX_DEPTH:
            raise IndexError
        if self._open:
            self._open[-1].content.append(element)
        elif self.root is None:
            self.root = element
        else:
            raise IndexError
        self._open.append(element)

    def text(self, text: str) -> None:
        """Add text to the element that is open."""
        self._elements += 1
        self._count(len(text))
        self._open[-1].content.append(text)

    def end(self) -> None:
        """End the element that is open."""
        self._open.pop()

    def result(self) -> Element:
        """Return the root, after its end."""
        if self.root is None or self._open:
            raise IndexError
        return self.root

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MAX_BYTES or self._elements > MAX_VALUES:
            raise IndexError


def text_of(root: Element) -> str:
    """
    Write a tree as XML, in which the elements stand in the lines of the source.

    Raises:
        IndexError: If a name is not a name in XML.
    """
    parts: list[str] = []
    _write(root, parts, 1)
    return "".join(parts)


def _write(element: Element, parts: list[str], line: int) -> int:
    if line < element.line < _MAX_LINES:
        parts.append("\n" * (element.line - line))
        line = element.line
    parts.append(f"<{_checked(element.name)}")
    for number, item in enumerate(element.attributes):
        prefix = ""
        if item.namespace:
            prefix = f"n{number}:"
            parts.append(f' xmlns:n{number}="{escape_attribute(item.namespace)}"')
        parts.append(f' {prefix}{_checked(item.name)}="{escape_attribute(item.value)}"')
    parts.append(">")
    for child in element.content:
        if isinstance(child, str):
            parts.append(escape_text(child))
            line += child.count("\n")
        else:
            line = _write(child, parts, line)
    parts.append(f"</{element.name}>")
    return line


def _checked(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise IndexError
    return name
