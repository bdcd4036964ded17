"""OutSystems 11: ``pinning.json``, the resource of the SSL Pinning plugin."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Can, Export, Format, Found, Reading
from pinsmith.formats._note import Notes
from pinsmith.formats._text import read_host, read_parts
from pinsmith.formats._trustkit_ios import ALGORITHMS

if TYPE_CHECKING:
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value

_ID: Final = "outsystems"
_HOSTS: Final = "hosts"
_HOST: Final = "host"
_HASHES: Final = "hashes"
_LEAST: Final = 2


def _read(content: bytes, file: str) -> Reading:
    root = json_pins.read_file(content, file)
    notes = Notes(file)
    found: dict[str, Found] = {}
    for one in read_parts(_items(root, file, notes), lambda item: _host(item, file, notes), notes):
        if one.host in found:
            raise FormatError(
                f"{one.host} is listed twice (first in line {found[one.host].line}), which breaks both platforms",
                file=file,
                line=one.line,
            )
        found[one.host] = one
    return Reading(tuple(found.values()), notes=tuple(notes))


def _items(root: Node, file: str, notes: Notes) -> list[Node]:
    """Return the nodes of the hosts, in the form that the plugin reads or in those of its documentation."""
    form = "but the plugin reads only an object with hosts, so it pins nothing"
    if isinstance(root.value, list):
        notes.add("pinning-off", f"the file is a list, {form}", root.position)
        return root.value
    top = json_pins.members(root, "the file", file)
    if _HOSTS not in top and _HOST in top:
        notes.add("pinning-off", f"the file is one host, {form}", root.position)
        return [root]
    if _HOSTS not in top:
        raise FormatError(f"it does not contain {_HOSTS}", file=file)
    json_pins.note_others(top, {_HOSTS}, "", notes)
    return json_pins.elements(top[_HOSTS], _HOSTS, file)


def _host(node: Node, file: str, notes: Notes) -> Found:
    members = json_pins.members(node, f"an entry of {_HOSTS}", file)
    for name in (_HOST, _HASHES):
        if name not in members:
            raise FormatError(f"an entry of {_HOSTS} has no {name}", file=file, line=node.line, column=node.column)
    host = read_host(json_pins.text(members[_HOST], _HOST, file), file, members[_HOST].line)
    json_pins.note_others(members, {_HOST, _HASHES}, host, notes)
    hashes = members[_HASHES]
    pins = json_pins.pins(hashes, f"{_HASHES} of {host}", file, notes, style="sha256/")
    given = len(json_pins.elements(hashes, _HASHES, file))
    if given < _LEAST:
        raise FormatError(
            f"{host} has one hash, but the plugin needs two", file=file, line=hashes.line, column=hashes.column
        )
    if len(pins) == 1 and len({str(item.value) for item in json_pins.elements(hashes, _HASHES, file)}) == 1:
        raise FormatError(
            f"{host} lists the same hash {given} times, but the plugin needs two different ones",
            file=file,
            line=hashes.line,
            column=hashes.column,
        )
    return Found(host, pins, line=node.line)


def _write(export: Export) -> str:
    json_pins.require_trustkit(export, _ID)
    wanted: dict[str, dict[str, Value]] = {
        entry.host: {_HOST: entry.host, _HASHES: [str(key.pin) for key in entry.keys]} for entry in export.entries
    }
    new: dict[str, Value] = {_HOSTS: list(wanted.values())}

    def edit(edits: JSONEdits, root: Node) -> None:
        hosts = root.value.get(_HOSTS) if isinstance(root.value, dict) else None
        if hosts is None or not isinstance(hosts.value, list):
            edits.replace(root, new)
            return
        missing = dict(wanted)
        keep = []
        for at, item in enumerate(hosts.value):
            name = item.value.get(_HOST) if isinstance(item.value, dict) else None
            host = name.value if name is not None and isinstance(name.value, str) else ""
            if host in missing:
                keep.append(at)
                edits.update(item, missing.pop(host))
        edits.change(hosts, keep, [(None, value) for value in missing.values()])

    return json_pins.edit_file(export, edit, new)


FORMAT: Final = Format(
    id=_ID,
    title="OutSystems 11, SSL Pinning plugin",
    spec="https://success.outsystems.com/Documentation/11/Extensibility_and_Integration/Mobile_Plugins/SSL_Pinning_Plugin",
    suffixes=("pinning.json",),
    can=Can(widens=True, least_pins=_LEAST, algorithms=ALGORITHMS),
    platforms=("low-code",),
    place="resources/pinning.json",
    read=_read,
    write=_write,
    recognises=lambda text, _: (
        re.search(rf'"{_HOST}"\s*:\s*"', text) is not None and re.search(rf'"{_HASHES}"\s*:\s*\[', text) is not None
    ),
    marks=False,
    remarks=(
        "Put exactly one JSON file into the target directory `pinning`. The plugin reads the first one it finds.",
        "Pin only keys of your own certificates, because those that OutSystems manages change without notice.",
        "For ODC, see outsystems-odc.",
        "Checked against the source of the plugin, but not run: its code for Node is not published as a package.",
    ),
    limits=("Subdomains are also pinned on Android 7 and later, but not on iOS and older Android.",),
)
