"""
Property lists in XML, with the line of every value, and binary ones. The parser is hardened.

It fetches nothing, expands nothing, and accepts only Apple's own document type. Old-style (OpenStep) and JSON lists,
which some of Apple's tools read too, are refused, because Xcode writes neither into an app.

Source:
    https://developer.apple.com/library/archive/documentation/CoreFoundation/Conceptual/CFPropertyLists and the parser,
    https://github.com/apple-oss-distributions/CF (CFPropertyList.c, CFBinaryPList.c).
"""

from __future__ import annotations

import plistlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.limit import MAX_VALUES
from pinsmith.syntax.position import Position, SyntaxFaultError, SyntaxLimitError
from pinsmith.syntax.text import decode, require_size
from pinsmith.syntax.xml import parse_xml, require_encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.syntax.xml import Document, Element

    Plain = Mapping[str, "Plain"] | list["Plain"] | str | bool

Kind = Literal["dict", "array", "string", "true", "false", "number", "date", "data"]
BINARY_MARK: Final = "bplist"
CONVERT: Final = "convert it with `plutil -convert xml1 FILE`"
_KINDS: Final[dict[str, Kind]] = {
    **{name: name for name in ("dict", "array", "string", "true", "false", "date", "data")},
    **dict.fromkeys(("integer", "real"), "number"),
}
_DOCTYPE: Final = re.compile(
    r'<!DOCTYPE\s+plist\s+(?:PUBLIC\s+"-//Apple(?: Computer)?//DTD PLIST 1\.0//EN"\s+'
    r'"https?://www\.apple\.com/DTDs/PropertyList-1\.0\.dtd"'
    r'|SYSTEM\s+"file://localhost/System/Library/DTDs/PropertyList\.dtd")\s*>'
)
_MAX_DEPTH: Final = 100


@dataclass(eq=False, slots=True)
class Node:
    """
    A value.

    Attributes:
        kind: The type; an integer and a real number are both a ``number``.
        position: The place where it begins; None in binary lists.
        text: The text of a string, number, date or data.
        members: The members of a dictionary.
        keys: The elements of its keys, in XML lists.
        twice: The first duplicate key of a dictionary.
        items: The items of an array.
        element: The element, in XML lists.
    """

    kind: Kind
    position: Position | None = None
    text: str = ""
    members: dict[str, Node] = field(default_factory=dict)
    keys: dict[str, Element] = field(default_factory=dict)
    twice: Element | None = None
    items: list[Node] = field(default_factory=list)
    element: Element | None = None

    @property
    def line(self) -> int | None:
        """The line on which it begins."""
        return self.position.line if self.position is not None else None

    @property
    def column(self) -> int | None:
        """The column, from 1; None in binary lists."""
        return self.position.column if self.position is not None else None

    def plain(self) -> Plain:
        """Return the value without places. Numbers, dates and data become dictionaries that equal no other value."""
        match self.kind:
            case "dict":
                return {name: member.plain() for name, member in self.members.items()}
            case "array":
                return [item.plain() for item in self.items]
            case "true" | "false":
                return self.kind == "true"
            case "string":
                return self.text
            case _:
                return {f"<{self.kind}>": self.text}


@dataclass(frozen=True, slots=True)
class Plist:
    """A whole property list. `document` is None if it is binary."""

    root: Node
    document: Document | None


def read_plist(content: bytes) -> Plist:
    """
    Read a property list.

    Raises:
        SyntaxFaultError: If it is not a property list, has another syntax, or is absurdly deep or large.
    """
    if content.startswith(BINARY_MARK.encode()):
        require_size(content)
        return Plist(_Binary().node(_load(content), 0), None)
    plist = parse_plist(decode(content))
    if plist.document is not None:
        require_encoding(plist.document.encoding, content)
    return plist


def parse_plist(text: str) -> Plist:
    """
    Parse an XML property list.

    Raises:
        SyntaxFaultError: If it is not an XML property list, as for `read_plist`.
    """
    start = text.lstrip("\ufeff \t\r\n")
    if start.startswith(BINARY_MARK):
        raise SyntaxFaultError("it is a binary property list, and cannot be edited in place", hint=CONVERT)
    if start and not start.startswith("<"):
        raise SyntaxFaultError("it is not an XML or binary property list", Position(1, 1), hint=CONVERT)
    document = parse_xml(text)
    prolog = re.sub("<!--.*?-->", "", document.text[: document.root.start], flags=re.DOTALL)
    if "<!DOCTYPE" in prolog and not _DOCTYPE.search(prolog):
        raise SyntaxFaultError("its document type is not that of Apple's property lists")
    root = document.root
    if root.name != "plist" or len(root.children) != 1:
        raise SyntaxFaultError("expected a <plist> with one value", root.position)
    return Plist(_node(root.children[0]), document)


def members(node: Node, what: str) -> dict[str, Node]:
    """
    Return the members of a dictionary.

    Raises:
        SyntaxFaultError: If *node* is not a dictionary, or has a duplicate key, because Apple's parsers differ then.
    """
    if node.kind != "dict":
        raise SyntaxFaultError(f"{what} is of type {node.kind}, but must be a dictionary", node.position)
    if node.twice is not None:
        name = "".join(node.twice.runs)
        raise SyntaxFaultError(f"the key {name!r} is defined twice in {what}", node.twice.position)
    return node.members


def _node(element: Element) -> Node:
    kind = _KINDS.get(element.name)
    if kind is None:
        raise SyntaxFaultError(f"<{element.name}> is not a type of property lists", element.position)
    node = Node(kind, element.position, element=element)
    if kind in {"dict", "array"}:
        if "".join(element.runs).strip():
            raise SyntaxFaultError(f"<{element.name}> contains text", element.position)
        if kind == "dict":
            _fill(node, element.children)
        else:
            node.items = [_node(child) for child in element.children]
        return node
    if element.children:
        raise SyntaxFaultError(f"<{element.name}> contains elements", element.position)
    node.text = "".join(element.runs)
    return node


def _fill(node: Node, children: list[Element]) -> None:
    for key, value in zip(children[::2], children[1::2], strict=False):
        if key.name != "key" or key.children or value.name == "key":
            raise SyntaxFaultError("expected each <key> to be followed by its value", key.position)
        name = "".join(key.runs)
        if name in node.members:
            node.twice = node.twice or key
            continue
        node.members[name] = _node(value)
        node.keys[name] = key
    if len(children) % 2:
        raise SyntaxFaultError("expected each <key> to be followed by its value", children[-1].position)


def _load(content: bytes) -> object:
    try:
        return plistlib.loads(content, fmt=plistlib.FMT_BINARY)
    except (plistlib.InvalidFileException, ValueError, TypeError, LookupError, ArithmeticError) as error:
        raise SyntaxFaultError("it is a damaged binary property list") from error
    except (RecursionError, MemoryError) as error:
        raise SyntaxLimitError("it has too many values, or nests them too deeply") from error


class _Binary:
    """Converts a binary list. It counts values, because values can be shared: a small list can expand to a huge one."""

    def __init__(self) -> None:
        self._count = 0

    def node(self, value: object, depth: int) -> Node:
        self._count += 1
        if self._count > MAX_VALUES or depth > _MAX_DEPTH:
            raise SyntaxLimitError("it has too many values, or nests them too deeply")
        if isinstance(value, dict):
            return Node("dict", members={str(name): self.node(member, depth + 1) for name, member in value.items()})
        if isinstance(value, list):
            return Node("array", items=[self.node(item, depth + 1) for item in value])
        if isinstance(value, bool):
            return Node("true" if value else "false")
        if isinstance(value, str):
            return Node("string", text=value)
        if isinstance(value, int | float):
            return Node("number", text=repr(value))
        return Node("data" if isinstance(value, bytes) else "date")


def recognises(text: str, key: str | re.Pattern[str]) -> bool:
    """Return whether *text* may be a property list with that key. The check is approximate but always fast."""
    if text.startswith(BINARY_MARK):
        return key in text if isinstance(key, str) else key.search(text) is not None
    first, *rest = text.split("<!--")
    plain = first + "".join(part.partition("-->")[2] for part in rest)
    if "<plist" not in plain:
        return False
    if isinstance(key, str):
        return f"<key>{key}</key>" in plain
    return re.search(f"<key>{key.pattern}</key>", plain, key.flags) is not None
