"""Expo: pinned domains of App Transport Security under ``ios.infoPlist`` in an ``app.json``, without a plugin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _expo, _json_pins as json_pins, apple_ats
from pinsmith.formats._format import Export, Format, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._note import Notes
from pinsmith.syntax.plist import Node as ListNode

if TYPE_CHECKING:
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value


def _read(content: bytes, file: str) -> Reading:
    home = _expo.config(json_pins.read_file(content, file, loose=True), file)
    info = _expo.at(home, _expo.INFO_PLIST)
    if _expo.at(home, _expo.ATS) is None or info is None:
        raise FormatError(f"it does not contain {'.'.join(_expo.ATS)}", file=file)
    reading = apple_ats.read_list(_as_list(info), file)
    notes = Notes(file)
    _expo.others(home, file, notes, but=_expo.PINNED_DOMAINS)
    kept = (note for note in reading.notes if note.rule != "pins-elsewhere")  # the call above adds such a note
    return Reading(reading.hosts, notes=(*kept, *notes))


def _as_list(node: Node) -> ListNode:
    """Return the property list node that Expo makes from a value."""
    value = node.value
    if isinstance(value, dict):
        return ListNode("dict", node.position, members={name: _as_list(member) for name, member in value.items()})
    if isinstance(value, list):
        return ListNode("array", node.position, items=[_as_list(item) for item in value])
    if isinstance(value, bool):
        return ListNode("true" if value else "false", node.position)
    return ListNode("string" if isinstance(value, str) else "number", node.position, text=str(value))


def _write(export: Export) -> str:
    wanted: Value = apple_ats.domains(export)
    new = wanted
    for name in reversed((_expo.EXPO, *_expo.ATS)):
        new = {name: new}

    def edit(edits: JSONEdits, root: Node) -> None:
        home = _expo.config(root, export.name)
        path = _expo.ATS if home is not root or root.starts else (_expo.EXPO, *_expo.ATS)
        edits.put(home, path, wanted)

    return json_pins.edit_file(export, edit, new, loose=True)


FORMAT: Final = Format(
    id="expo-ats",
    title="Expo, App Transport Security without a plugin",
    spec="https://docs.expo.dev/versions/latest/config/app/#infoplist",
    suffixes=("app.json",),
    can=apple_ats.FORMAT.can,
    platforms=("expo",),
    place="app.json",
    additions=(Addition("shell", "npx expo prebuild"),),
    read=_read,
    write=_write,
    recognises=lambda text, _: _expo.PINNED_DOMAINS in text and "infoPlist" in text,
    marks=False,
    remarks=_expo.REMARKS,
    limits=("iOS only. The remarks on apple-ats also apply here. For Android, see expo-nsc.",),
)
