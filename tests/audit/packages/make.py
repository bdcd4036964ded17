"""Make small app packages in a test."""

from __future__ import annotations

import io
import plistlib
import zipfile
from typing import TYPE_CHECKING, Any

from tests.formats.policy import pin

if TYPE_CHECKING:
    from collections.abc import Mapping
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
