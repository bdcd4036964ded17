"""Write the binary files of an app for Android, as small as they can be."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from tests.audit.packages.make import PINS, archive

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

SPACE = "http://schemas.android.com/apk/res/android"
NONE = 0xFFFFFFFF
NUMBERS = {
    "name": 0x01010003,
    "hasCode": 0x0101000C,
    "debuggable": 0x0101000F,
    "minSdkVersion": 0x0101020C,
    "versionName": 0x0101021C,
    "usesCleartextTraffic": 0x010104EC,
    "networkSecurityConfig": 0x01010527,
}
CONFIG, VERSION = 0x7F020000, 0x7F030000
PATH = "res/xml/pins.xml"
NSC = f"""<network-security-config>
  <domain-config>
    <domain includeSubdomains="true">api.example.com</domain>
    <pin-set expiration="2031-05-01">
      <pin digest="SHA-256">{PINS[0]}</pin>
      <pin digest="SHA-256">{PINS[1]}</pin>
    </pin-set>
  </domain-config>
</network-security-config>"""


def chunk(kind: int, header: bytes, body: bytes = b"") -> bytes:
    """Write a chunk; *header* is what follows its first eight bytes."""
    return struct.pack("<HHI", kind, 8 + len(header), 8 + len(header) + len(body)) + header + body


def pool(strings: Sequence[str], *, wide: bool = False) -> bytes:
    """Write a pool of strings, in UTF-8 or in UTF-16."""
    offsets, content = b"", b""
    for text in strings:
        offsets += struct.pack("<I", len(content))
        raw = text.encode("utf-16-le" if wide else "utf-8")
        if wide:
            content += struct.pack("<H", len(text)) + raw + b"\0\0"
        else:
            content += _length(len(text)) + _length(len(raw)) + raw + b"\0"
    content += b"\0" * (-len(content) % 4)
    header = struct.pack("<5I", len(strings), 0, 0 if wide else 256, 28 + len(offsets), 0)
    return chunk(0x0001, header, offsets + content)


def _length(length: int) -> bytes:
    return bytes([length]) if length < 0x80 else bytes([0x80 | length >> 8, length & 0xFF])


def axml(text: str, *, wide: bool = False) -> bytes:
    """Compile XML."""
    root = ET.fromstring(text)  # noqa: S314 - the test wrote it
    android = sorted({_local(key) for item in root.iter() for key in item.attrib if key.startswith("{")})
    strings = dict.fromkeys(android)
    for item in root.iter():
        strings.update(dict.fromkeys([SPACE, item.tag, (item.text or "").strip(), (item.tail or "").strip()]))
        strings.update(dict.fromkeys(part for key, value in item.attrib.items() for part in (_local(key), value)))
    names = [*strings]
    numbers = b"".join(struct.pack("<I", NUMBERS[name]) for name in android)
    nodes = b"".join(_nodes(root, names, 1))
    return chunk(0x0003, b"", pool(names, wide=wide) + chunk(0x0180, b"", numbers) + nodes)


def _local(key: str) -> str:
    return key.rpartition("}")[2]


def _nodes(item: ET.Element, names: list[str], line: int) -> Iterator[bytes]:
    node = struct.pack("<II", line, NONE)
    attributes = b"".join(
        struct.pack(
            "<IIIHBBI",
            names.index(SPACE) if key.startswith("{") else NONE,
            names.index(_local(key)),
            names.index(value),
            8,
            0,
            *_typed(value, names),
        )
        for key, value in item.attrib.items()
    )
    extension = struct.pack("<IIHHHHHH", NONE, names.index(item.tag), 20, 20, len(item.attrib), 0, 0, 0)
    yield chunk(0x0102, node, extension + attributes)
    if text := (item.text or "").strip():
        yield chunk(0x0104, node, struct.pack("<IHBBI", names.index(text), 8, 0, 0, 0))
    for child in item:
        yield from _nodes(child, names, line + 1)
    yield chunk(0x0103, node, struct.pack("<II", NONE, names.index(item.tag)))


def _typed(value: str, names: list[str]) -> tuple[int, int]:
    if value.startswith("@0x"):
        return 0x01, int(value[3:], 16)
    if value in {"true", "false"}:
        return 0x12, NONE if value == "true" else 0
    return (0x10, int(value)) if value.isdigit() else (0x03, names.index(value))


def arsc(values: Mapping[int, Sequence[str | int]], *, wide: bool = False, flags: int = 0) -> bytes:
    """Write a table of resources: the values of each, one for each configuration; a number is a reference."""
    strings = [*dict.fromkeys(text for found in values.values() for text in found if isinstance(text, str))]
    types = b""
    for resource, found in values.items():
        for value in found:
            kind, number = (0x03, strings.index(value)) if isinstance(value, str) else (0x01, value)
            entry = struct.pack("<HHIHBBI", 8, 0, 0, 8, 0, kind, number)
            types += _type(resource, bytes(4) + entry, flags)
    package = struct.pack("<I256s5I", 0x7F, "x".encode("utf-16-le"), 0, 0, 0, 0, 0)
    return chunk(0x0002, struct.pack("<I", 1), pool(strings, wide=wide) + chunk(0x0200, package, types))


def _type(resource: int, entry: bytes, flags: int) -> bytes:
    """Write a type with one entry, whose first four bytes belong to nothing."""
    number = resource & 0xFFFF
    match flags:
        case 1:
            count, offsets = 1, struct.pack("<HH", number, 1)
        case 2:
            count, offsets = number + 1, struct.pack(f"<{number + 1}H", *[0xFFFF] * number, 1)
            offsets += b"\0" * (-len(offsets) % 4)
        case _:
            count, offsets = number + 1, struct.pack(f"<{number + 1}I", *[NONE] * number, 4)
    header = 8 + 12 + 64
    start = struct.pack("<BBHII", resource >> 16 & 0xFF, flags, 0, count, header + len(offsets))
    return chunk(0x0201, start + struct.pack("<I60x", 64), offsets + entry)


def dex(
    strings: Sequence[str] = (),
    classes: Sequence[str] = ("com.example.shop.Main",),
    method: tuple[str, str] | None = None,
    code: bytes = b"",
) -> bytes:
    """Write a file of code with these strings and classes, perhaps a method with its class, and instructions."""
    types = [f"L{name.replace('.', '/')};" for name in (*classes, *(method or ())[:1])]
    names = sorted({*strings, *types, *(method or ())[1:]})
    methods = struct.pack("<HHI", len(types) - 1, 0, names.index(method[1])) if method else b""
    strings_at, types_at = 0x70, 0x70 + 4 * len(names)
    methods_at = types_at + 4 * len(types)
    classes_at = methods_at + len(methods)
    code_at = classes_at + 32 * len(classes)
    offsets, content = b"", code
    for text in names:
        offsets += struct.pack("<I", code_at + len(content))
        content += _leb128(len(text)) + text.encode() + b"\0"
    type_ids = b"".join(struct.pack("<I", names.index(name)) for name in types)
    definitions = b"".join(struct.pack("<I28x", number) for number in range(len(classes)))
    header = b"dex\n035\0" + bytes(0x30) + struct.pack("<4I", len(names), strings_at, len(types), types_at)
    header += bytes(16) + struct.pack("<4I", bool(methods), methods_at, len(classes), classes_at)
    return header.ljust(0x70, b"\0") + offsets + type_ids + methods + definitions + content


def _leb128(number: int) -> bytes:
    return bytes([number]) if number < 0x80 else bytes([number & 0x7F | 0x80, number >> 7])


def manifest(application: str = "", inner: str = "", top: str = "") -> str:
    """Write the source of a manifest, with attributes of its application and of its root."""
    return (
        f'<manifest xmlns:android="{SPACE}" package="com.example.shop" android:versionName="@0x{VERSION:08x}" {top}>'
        f'<uses-sdk android:minSdkVersion="24"/><application {application}>{inner}</application></manifest>'
    )


NAMED = f'android:networkSecurityConfig="@0x{CONFIG:08x}"'
TABLE: dict[int, Sequence[str | int]] = {CONFIG: [PATH], VERSION: ["4.5"]}


def apk(
    application: str = "",
    files: Mapping[str, bytes | str] | None = None,
    table: Mapping[int, Sequence[str | int]] | None = None,
    *,
    inner: str = "",
    top: str = "",
) -> bytes:
    """Make an app for Android."""
    return archive(
        {
            "AndroidManifest.xml": axml(manifest(application, inner, top)),
            "resources.arsc": arsc(TABLE if table is None else table),
            "classes.dex": dex(),
            **(files or {}),
        }
    )
