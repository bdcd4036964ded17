"""Expo: the plugin react-native-app-security of bam in an ``app.json``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _expo, _json_pins as json_pins
from pinsmith.formats._format import Can, Export, Format, Found, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._note import Notes
from pinsmith.formats._text import read_parts
from pinsmith.formats._trustkit_ios import ALGORITHMS

if TYPE_CHECKING:
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import Value

_ID: Final = "expo"
_PINNING: Final = "sslPinning"


def _read(content: bytes, file: str) -> Reading:
    home = _expo.config(json_pins.read_file(content, file, loose=True), file)
    plugin = _expo.plugin(home, _expo.BAM, file)
    options = _expo.options(plugin, file) if plugin is not None else None
    pinning = _expo.at(options, (_PINNING,)) if options is not None else None
    if pinning is None:
        raise FormatError(
            f"it does not contain {_PINNING} of the plugin {_expo.BAM}", file=file, line=plugin.line if plugin else None
        )
    notes = Notes(file)
    found: dict[str, Found] = {}
    domains = json_pins.members(pinning, _PINNING, file).items()
    for one in read_parts(domains, lambda item: _host(*item, file, notes), notes):
        if one.host in found:
            raise FormatError(
                f"{one.host} is listed twice, apart from `*.` or upper case, but iOS uses only the last entry",
                file=file,
                line=one.line,
                hint="keep only one of the entries",
            )
        found[one.host] = one
    _expo.others(home, file, notes, but=_expo.BAM)
    return Reading(tuple(found.values()), notes=tuple(notes))


def _host(name: str, node: Node, file: str, notes: Notes) -> Found:
    host, includes = json_pins.starred(name, file, node.line)
    pins = json_pins.pins(node, f"{_PINNING} of {name}", file, notes, style="bare base64")
    json_pins.too_few(pins, name, node, notes)
    json_pins.note_host(name, host, node, notes, include_subdomains=includes)
    if includes:
        text = f"{name} covers one label of subdomains on Android, but in a policy all subdomains"
        notes.add("policy-differs", text, node.position)
    return Found(host, pins, include_subdomains=includes, line=node.line)


def _write(export: Export) -> str:
    json_pins.require_trustkit(export, _ID)
    wanted: dict[str, Value] = {
        f"*.{entry.host}" if entry.include_subdomains else entry.host: [key.pin.base64 for key in entry.keys]
        for entry in export.entries
    }
    options: dict[str, Value] = {_PINNING: wanted}
    return json_pins.edit_file(
        export,
        lambda edits, root: _expo.put_plugin(edits, root, _expo.BAM, options, export.name),
        {_expo.EXPO: {_expo.PLUGINS: [[_expo.BAM, options]]}},
        loose=True,
    )


FORMAT: Final = Format(
    id=_ID,
    title="Expo, plugin react-native-app-security of bam",
    spec="https://github.com/bamlab/react-native-app-security#ssl-pinning",
    suffixes=("app.json",),
    can=Can(subdomains="one-label", joins_parent=True, least_pins=2, algorithms=ALGORITHMS),
    platforms=("expo",),
    place="app.json",
    additions=(
        Addition(
            "shell",
            """
npx expo install @bam.tech/react-native-app-security
npx expo prebuild
""",
        ),
    ),
    read=_read,
    write=_write,
    recognises=lambda text, _: _expo.BAM in text and _PINNING in text,
    marks=False,
    remarks=(
        *_expo.REMARKS,
        "`*.example.com` also pins example.com. It covers subdomains at any depth on iOS, but one label on Android.",
        (
            "On Android it also pins Expo's own `fetch` (Expo SDK 56 and later), which creates its client only once. "
            "If a headless task creates it before the first activity starts, its requests are not pinned."
        ),
        "On iOS it uses TrustKit, which reports failures to its vendor, because the plugin does not switch that off.",
        "Releases that use the pinning of Apple instead check only the leaf on iOS. Pin leaf keys for them.",
        "See expo-ats for pins without a plugin, and expo-nsc for Android.",
    ),
)
