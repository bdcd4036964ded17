"""
Protocol buffers without their schema, and what app bundles write in them: XML files and the table of resources.

Source:
    https://protobuf.dev/programming-guides/encoding/ and tools/aapt2/Resources.proto of Android's frameworks/base
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit.packages._arsc import follow
from pinsmith.audit.packages._chunk import damaged
from pinsmith.audit.packages._tree import Attribute, Builder, Element
from pinsmith.limit import MAX_VALUES

if TYPE_CHECKING:
    from collections.abc import Iterator

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_MAX_VARINT: Final = 10  # bytes
_INTEGERS: Final = frozenset({6, 7})  # fields of a primitive: decimal and hexadecimal
_BOOLEAN: Final = 8
_TEXTS: Final = frozenset({2, 3, 4})  # fields of an item: strings, raw strings and styled strings
_FILE, _PRIMITIVE = 5, 7


def read_xml(content: bytes, name: str) -> Element:
    """
    Read an XML file of an app bundle.

    Raises:
        FormatError: If it is damaged or too large.
    """
    with damaged(name, "XML file in protobuf"):
        builder = Builder()
        _node(memoryview(content), builder)
        return builder.result()


class Table:
    """The table of resources of a module of an app bundle."""

    def __init__(self, content: bytes, name: str) -> None:
        self._name = name
        self._values: dict[int, list[str]] = {}
        self._count = 0
        with damaged(name, "table of resources in protobuf"):
            for package in _all(memoryview(content), 2):
                for kind in _all(package, 3):
                    start = _id(package) << 24 | _id(kind) << 16
                    for entry in _all(kind, 3):
                        self._add(start | _id(entry), entry)

    def _add(self, resource: int, entry: memoryview) -> None:
        items = [item for config in _all(entry, 6) for value in _all(config, 2) for item in _all(value, 4)]
        self._count += 1 + len(items)
        if self._count > MAX_VALUES:
            raise IndexError
        self._values.setdefault(resource, []).extend(_item(item) for item in items)

    def values(self, resource: int) -> tuple[str, ...]:
        """
        Return the distinct values of a resource in all configurations, as text. References are followed.

        Raises:
            FormatError: If the resource refers to itself.
        """
        return follow(resource, lambda number: self._values.get(number, ()), self._name)


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """
    Yield the fields of a message: integers, and parts of the message.

    Raises:
        IndexError: If the message is damaged.
    """
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        match key & 7:
            case 0:
                number, at = _varint(message, at)
                yield key >> 3, number
                continue
            case 2:
                size, at = _varint(message, at)
                end = at + size
                if end <= len(message):
                    yield key >> 3, message[at:end]
            case 1 | 5 as kind:
                end = at + (8 if kind == _FIXED64 else 4)
            case _:
                raise IndexError
        if end > len(message):
            raise IndexError
        at = end


def _varint(message: memoryview, at: int) -> tuple[int, int]:
    number = 0
    for place in range(_MAX_VARINT):
        octet = message[at + place]
        number |= (octet & 0x7F) << 7 * place
        if octet < 0x80:  # noqa: PLR2004 - the bit that says that more follows
            return number, at + place + 1
    raise IndexError


def _all(message: memoryview, field: int) -> Iterator[memoryview]:
    return (value for number, value in _fields(message) if number == field and isinstance(value, memoryview))


def _text(message: memoryview, field: int) -> str:
    return next((bytes(value).decode("utf-8", "replace") for value in _all(message, field)), "")


def _number(message: memoryview, field: int) -> int:
    return next((value for number, value in _fields(message) if number == field and isinstance(value, int)), 0)


def _id(message: memoryview) -> int:
    """Return the number of a package, a type or an entry, which is in a message of its own."""
    return next((_number(value, 1) for value in _all(message, 1)), 0)


def _node(message: memoryview, builder: Builder) -> None:
    line = next((_number(source, 1) for source in _all(message, 3)), 0)
    for number, value in _fields(message):
        if number == 1 and isinstance(value, memoryview):
            attributes = [_attribute(attribute) for attribute in _all(value, 4)]
            builder.start(Element(_text(value, 3), line, attributes))
            for child in _all(value, 5):
                _node(child, builder)
            builder.end()
        elif number == 2 and isinstance(value, memoryview):  # noqa: PLR2004 - the field of a text
            builder.text(bytes(value).decode("utf-8", "replace"))


def _attribute(message: memoryview) -> Attribute:
    compiled = next((_item(item) for item in _all(message, 6)), "")
    return Attribute(
        namespace=_text(message, 1),
        name=_text(message, 2),
        resource=_number(message, 5),
        value=compiled if compiled.startswith("@0x") else _text(message, 3),
    )


def _item(message: memoryview) -> str:
    """Write an item as text; a reference is ``@0x`` and eight digits."""
    for number, value in _fields(message):
        if not isinstance(value, memoryview):
            continue
        if number == 1:
            return f"@0x{_number(value, 2) & 0xFFFFFFFF:08x}"
        if number in _TEXTS or number == _FILE:
            return _text(value, 1)
        if number == _PRIMITIVE:
            return _primitive(value)
    return ""


def _primitive(message: memoryview) -> str:
    for number, value in _fields(message):
        if number == _BOOLEAN:
            return "true" if value else "false"
        if number in _INTEGERS:
            return str(value)
    return ""
