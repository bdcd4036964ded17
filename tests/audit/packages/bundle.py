"""Write the files of an app bundle, which are protocol buffers."""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.audit.packages.android import NSC, NUMBERS, PATH, TABLE, dex, manifest
from tests.audit.packages.make import archive

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def field(number: int, value: int | str | bytes) -> bytes:
    """Write a field of a message."""
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    raw = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(raw)) + raw


def _varint(number: int) -> bytes:
    octets = b""
    while number >= 0x80:
        octets += bytes([number & 0x7F | 0x80])
        number >>= 7
    return octets + bytes([number])


def xml(text: str) -> bytes:
    """Compile XML."""
    return _node(ET.fromstring(text), 1)  # noqa: S314 - the test wrote it


def _node(item: ET.Element, line: int) -> bytes:
    element = field(3, item.tag)
    for key, value in item.attrib.items():
        space, _, name = key.rpartition("}")
        attribute = (field(1, space[1:]) if space else b"") + field(2, name)
        # Beside a number, a bundle keeps the reference as the source had it.
        attribute += field(3, "@xml/pins" if value.startswith("@0x") else value)
        if space:
            attribute += field(5, NUMBERS[name])
        if value.startswith("@0x"):
            attribute += field(6, field(1, field(2, int(value[3:], 16))))
        element += field(4, attribute)
    if item.text and item.text.strip():
        element += field(5, field(2, item.text))
    for child in item:
        element += field(5, _node(child, line + 1))
    return field(1, element) + field(3, field(1, line))


def table(values: Mapping[int, Sequence[str | int]]) -> bytes:
    """Write a table of resources: the values of each, one for each configuration; a number is a reference."""
    types = b""
    for resource, found in values.items():
        entry = field(1, field(1, resource & 0xFFFF))
        for value in found:
            item = field(1, field(2, value)) if isinstance(value, int) else field(5, field(1, value))
            entry += field(6, field(1, b"") + field(2, field(4, item)))
        types += field(3, field(1, field(1, resource >> 16 & 0xFF)) + field(2, "x") + field(3, entry))
    return field(2, field(1, field(1, 0x7F)) + types)


def aab(application: str = "", files: Mapping[str, bytes | str] | None = None) -> bytes:
    """Make an app bundle."""
    return archive(
        {
            "BundleConfig.pb": b"",
            "base/manifest/AndroidManifest.xml": xml(manifest(application)),
            "base/resources.pb": table(TABLE),
            "base/dex/classes.dex": dex(),
            f"base/{PATH}": xml(NSC),
            **(files or {}),
        }
    )
