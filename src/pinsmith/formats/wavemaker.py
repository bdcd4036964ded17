"""WaveMaker: ``sslPinning`` in a ``wm_rn_config.json``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Export, Format, Reading
from pinsmith.formats._note import Notes
from pinsmith.formats._rn_options import CAN, LIMITS, REMARKS, read_domains, value_of
from pinsmith.formats._trustkit_ios import CALENDAR
from pinsmith.syntax.edit import Splice

if TYPE_CHECKING:
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value

_NAME: Final = "sslPinning"
_KNOWN: Final = frozenset({"enabled", "domains"})


def _read(content: bytes, file: str) -> Reading:
    root = json_pins.members(json_pins.read_file(content, file), "the file", file)
    if _NAME not in root:
        raise FormatError(f"it does not contain {_NAME}", file=file)
    node = root[_NAME]
    settings = json_pins.members(node, _NAME, file)
    notes = Notes(file)
    json_pins.note_others(settings, _KNOWN, _NAME, notes)
    is_on = "enabled" in settings and json_pins.flag(settings["enabled"], "enabled", file)
    if "domains" not in settings:
        raise FormatError(f"{_NAME} has no domains", file=file, line=node.line, column=node.column)
    hosts = read_domains(settings["domains"], "domains", file, notes)
    if not is_on:
        # A new project has no hosts and is switched off, which is not a setting.
        text = f"{_NAME} is not enabled, so the app pins none of these hosts"
        switch = settings.get("enabled")
        repair = [Splice(switch.start, switch.end, "true")] if switch is not None and hosts else []
        notes.add("pinning-off", text, node.position, in_force=bool(hosts), repair=repair)
        notes.insert(0, notes.pop())  # it matters more than the others
    return Reading(hosts, notes=tuple(notes), settings=tuple(notes.in_force))


def _write(export: Export) -> str:
    wanted: dict[str, Value] = {"enabled": True, "domains": value_of(export, "wavemaker")}

    def edit(edits: JSONEdits, root: Node) -> None:
        if isinstance(root.value, dict) and _NAME in root.value:
            edits.update(root.value[_NAME], wanted)
        else:
            edits.update(root, {_NAME: wanted})

    return json_pins.edit_file(export, edit, {_NAME: wanted})


def _recognises(text: str, name: str) -> bool:
    if not name.endswith(".json"):
        return False
    return name.endswith("wm_rn_config.json") or re.search(r'"sslPinning"\s*:\s*\{\s*"enabled"\s*:', text) is not None


FORMAT: Final = Format(
    id="wavemaker",
    title="WaveMaker project",
    spec="https://docs.wavemaker.com/learn/react-native/ssl-pinning/",
    suffixes=("wm_rn_config.json",),
    can=CAN,
    platforms=("low-code",),
    place="wm_rn_config.json",
    read=_read,
    write=_write,
    recognises=_recognises,
    marks=False,
    remarks=(
        *REMARKS,
        CALENDAR,
        "The domains become the options of react-native-ssl-public-key-pinning in the generated app.",
        "`loadOnStartup` trusts any key that the server presents when the app starts. pinsmith removes it.",
    ),
    limits=(
        *LIMITS,
        "The app loads properties from its server before it pins, so the first request is not pinned.",
        (
            "WaveMaker apps are built with Expo. With Expo SDK 56 or later, build them with "
            "`EXPO_PUBLIC_USE_RN_FETCH=1`, or pin with expo-nsc and expo-ats: see `expo-fetch-unpinned`."
        ),
    ),
)
