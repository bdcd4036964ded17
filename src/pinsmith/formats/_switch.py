"""
Settings of a build that switch pinning off, in files that may contain no pins.

Source:
    https://github.com/huytdps13400/react-native-ssl-manager, README.md and CHANGELOG.md of 2.0.3: the key of
    Info.plist and its values. https://developer.android.com/privacy-and-security/security-config: debug-overrides.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _expo
from pinsmith.formats._note import Notes
from pinsmith.syntax.json import parse_json
from pinsmith.syntax.plist import read_plist
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode
from pinsmith.syntax.xml import parse_xml

if TYPE_CHECKING:
    from pinsmith.finding import Finding

_DISABLED: Final = "RNSSLManagerDisabled"
_DEBUGGABLE: Final = "{http://schemas.android.com/apk/res/android}debuggable"
_SIGNS: Final = (_DISABLED.encode(), b"debuggable")
_ON: Final = {"yes", "true", "1"}


def switches(content: bytes, file: str) -> tuple[Finding, ...]:
    """
    Find the switches in a file, whether or not it contains pins.

    Files of another syntax, and files that are broken, have none. Values that the build fills in are left out.

    Args:
        content: All of it.

        file: Its name. Manifests of debug builds are recognised by their folder.
    """
    if not any(sign in content.replace(b"\0", b"") for sign in _SIGNS):
        return ()
    notes = Notes(file)
    try:
        if file.endswith(".plist"):
            _of_plist(content, notes)
        elif file.endswith("app.json"):
            _of_expo(content, notes)
        elif PurePath(file).name == "AndroidManifest.xml":
            _of_manifest(content, notes)
    except (FormatError, SyntaxFaultError):
        return ()
    return tuple(notes)


def _of_plist(content: bytes, notes: Notes) -> None:
    node = read_plist(content).root.members.get(_DISABLED)
    if node is not None and (node.kind == "true" or (node.kind == "string" and node.text.strip().lower() in _ON)):
        _disabled(notes, node.line)


def _of_expo(content: bytes, notes: Notes) -> None:
    root = _expo.config(parse_json(decode(content), loose=True), notes.file)
    node = _expo.at(root, (*_expo.INFO_PLIST, _DISABLED))
    if node is not None and (node.value is True or str(node.value).strip().lower() in _ON):
        _disabled(notes, node.line)


def _disabled(notes: Notes, line: int | None) -> None:
    text = f"{_DISABLED} switches react-native-ssl-manager off on iOS in every build of this app, also in releases"
    notes.add("debug-bypass", text, line, fix="remove it, and set it only in the property list of a test build")


def _of_manifest(content: bytes, notes: Notes) -> None:
    if any(part.startswith("debug") for part in PurePath(notes.file).parts[:-1]):
        return
    for element in parse_xml(decode(content)).root.children:
        if element.name == "application" and element.attributes.get(_DEBUGGABLE, "").strip().lower() == "true":
            text = "android:debuggable is on in every build, so <debug-overrides> of the network security "
            text += "configuration also apply in releases, where they may override pins"
            notes.add("debug-bypass", text, element.position, fix="remove it, because debug builds set it themselves")
