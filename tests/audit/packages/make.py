"""Make small app packages in a test."""

from __future__ import annotations

import io
import plistlib
import struct
import zipfile
from typing import TYPE_CHECKING, Any

from tests.formats.policy import pin

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

PINS = (pin("app").base64, pin("spare").base64)
PINNED: dict[str, Any] = {
    "NSAppTransportSecurity": {
        "NSPinnedDomains": {
            "api.example.com": {
                "NSIncludesSubdomains": True,
                "NSPinnedLeafIdentities": [{"SPKI-SHA256-BASE64": text} for text in PINS],
            }
        }
    }
}
LIST = "Payload/Shop.app/Info.plist"


def archive(files: Mapping[str, bytes | str], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Make a ZIP archive."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as target:
        for name, content in files.items():
            target.writestr(zipfile.ZipInfo(name), content, compression)
    return made.getvalue()


def ipa(
    keys: Mapping[str, Any] | None = None,
    files: Mapping[str, bytes | str] | None = None,
    kind: plistlib.PlistFormat = plistlib.FMT_BINARY,
) -> bytes:
    """Make an app for iOS, with *keys* in its Info.plist and further *files* in its bundle."""
    top = {"CFBundleIdentifier": "com.example.shop", "CFBundleShortVersionString": "1.2", "CFBundleExecutable": "Shop"}
    inner = {f"Payload/Shop.app/{name}": content for name, content in (files or {}).items()}
    return archive({LIST: plistlib.dumps({**top, **(keys or {})}, fmt=kind), **inner})


def saved(folder: Path, content: bytes, name: str = "app.zip") -> Path:
    """Write a package to a file whose name says nothing."""
    path = folder / name
    path.write_bytes(content)
    return path


def macho(text: bytes = b"", *, encrypted: bool = False, others: int = 0, loads: Sequence[str] = ()) -> bytes:
    """Make a program for iOS that contains a text, with other commands before the one about encryption."""
    commands = struct.pack("<II16x", 0x1B, 24) * others
    for path in loads:
        raw = path.encode().ljust(len(path) // 8 * 8 + 8, b"\0")
        commands += struct.pack("<IIIIII", 0xC, 24 + len(raw), 24, 0, 0, 0) + raw
    commands += struct.pack("<IIIIII", 0x2C, 24, 0x4000, 0x4000, int(encrypted), 0)
    header = struct.pack("<IIIIIIII", 0xFEEDFACF, 0x0100000C, 0, 2, others + len(loads) + 1, len(commands), 0, 0)
    return header + commands + b"\0" + text


def fat(*programs: bytes) -> bytes:
    """Make a program for several processors."""
    start = 8 + 20 * len(programs)
    header, body = struct.pack(">II", 0xCAFEBABE, len(programs)), b""
    for program in programs:
        header += struct.pack(">IIIII", 0x0100000C, 0, start + len(body), len(program), 0)
        body += program
    return header + body


def hermes(strings: Sequence[str], *, function: int = 12) -> bytes:
    """Make a bundle of Hermes with these strings; *function* is the size of its header in that version."""
    table, longs, storage = b"", b"", b""
    for text in strings:
        is_wide = not text.isascii()
        raw = text.encode("utf-16-le" if is_wide else "ascii")
        offset, length = len(storage), len(text)
        if length >= 255:
            longs += struct.pack("<II", offset, length)
            offset, length = len(longs) // 8 - 1, 255
        table += struct.pack("<I", length << 24 | offset << 1 | int(is_wide))
        storage += raw
    counts = struct.pack("<6I", 1, 1, 0, len(strings), len(longs) // 8, len(storage))
    header = bytes.fromhex("c61fbc03c103191f") + struct.pack("<I", 99) + bytes(28) + counts
    return header.ljust(128, b"\0") + bytes(function) + struct.pack("<I", len(strings)) + table + longs + storage
