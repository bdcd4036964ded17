"""react-native-ssl-manager: ``ssl_config.json``."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Can, Export, Format, Found, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._note import Notes
from pinsmith.formats._text import read_host, read_parts, read_report_uri
from pinsmith.formats._trustkit_ios import ALGORITHMS, CALENDAR

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry
    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import Value

_ID: Final = "rn-ssl-manager"
_KEYS: Final = "sha256Keys"
_DOMAINS: Final = "domains"
_REPORTS: Final = "reportUris"
_ENFORCE: Final = "enforcePinning"
_EXPIRES: Final = "expirationDate"
_INCLUDE: Final = "includeSubdomains"
CAN: Final = Can(
    subdomains="any-depth",
    joins_parent=True,
    expiry=True,
    report_only=True,
    least_pins=2,
    algorithms=ALGORITHMS,
)
_OLD: Final = frozenset({"expiration", _ENFORCE})


def _read(content: bytes, file: str) -> Reading:
    root = json_pins.members(json_pins.read_file(content, file), "the file", file)
    notes = Notes(file)
    if _KEYS not in root:
        raise FormatError(f"it does not contain {_KEYS}", file=file)
    for name, node in root.items():
        if name in _OLD:
            text = f"{name!r} is left out, because only version 1.1.2 read it"
            notes.add("ignored-setting", text, node.position)
        elif name not in {_KEYS, _DOMAINS, _REPORTS}:
            notes.add("setting-not-kept", f"{name!r} is left out", node.position)
    options = json_pins.members(root[_DOMAINS], _DOMAINS, file) if _DOMAINS in root else {}
    uris = json_pins.elements(root[_REPORTS], _REPORTS, file) if _REPORTS in root else []
    reports = dict.fromkeys(
        read_report_uri(json_pins.text(uri, f"an address of {_REPORTS}", file), uri.position, notes) for uri in uris
    )
    keys = json_pins.members(root[_KEYS], _KEYS, file)
    for name, node in options.items():
        if name not in keys:
            text = f"{name!r} of {_DOMAINS} has no effect, because {_KEYS} has no pins for it"
            notes.add("no-pins", text, node.position)
    hosts = read_parts(keys.items(), lambda item: _host(*item, options.get(item[0]), file, notes), notes)
    sound = tuple(uri for uri in reports if uri is not None)
    return Reading(tuple(replace(host, report_uris=sound) for host in hosts), notes=tuple(notes))


def _host(name: str, node: Node, options: Node | None, file: str, notes: Notes) -> Found:
    host = read_host(name, file, node.line)
    pins = json_pins.pins(node, f"{_KEYS} of {host}", file, notes, style="sha256/")
    settings = json_pins.members(options, f"{_DOMAINS} of {host}", file) if options is not None else {}
    json_pins.note_others(settings, {_ENFORCE, _EXPIRES, _INCLUDE}, host, notes)
    enforces = _ENFORCE not in settings or json_pins.flag(settings[_ENFORCE], f"{_ENFORCE} of {host}", file)
    if enforces:
        json_pins.too_few(pins, host, node, notes)
    if _INCLUDE not in settings:
        text = f"{host} does not set {_INCLUDE}, so its subdomains are included"
        notes.add("misleading-setting", text, node.position)
    includes = _INCLUDE not in settings or json_pins.flag(settings[_INCLUDE], f"{_INCLUDE} of {host}", file)
    json_pins.note_host(name, host, node, notes, include_subdomains=includes)
    return Found(
        host,
        pins,
        include_subdomains=includes,
        expires=json_pins.day(settings[_EXPIRES], f"{_EXPIRES} of {host}", file) if _EXPIRES in settings else None,
        report_only=not enforces,
        line=node.line,
    )


def _write(export: Export) -> str:
    wanted = config_of(export, _ID)
    return json_pins.edit_file(export, lambda edits, root: edits.update(root, wanted), wanted)


def config_of(export: Export, format_id: str) -> dict[str, Value]:
    """
    Return the configuration, of which an existing file may have other members.

    Raises:
        ExportRefusedError: if TrustKit would crash the app on iOS.
    """
    json_pins.require_trustkit(export, format_id)
    return {
        _KEYS: {entry.host: [str(key.pin) for key in entry.keys] for entry in export.entries},
        _DOMAINS: {entry.host: _options(entry) for entry in export.entries},
    }


def _options(entry: Entry) -> dict[str, Value]:
    # includeSubdomains is always written, because subdomains are included if it is absent.
    options: dict[str, Value] = {_ENFORCE: not entry.report_only, _INCLUDE: entry.include_subdomains}
    if entry.expires is not None:
        options[_EXPIRES] = entry.expires.isoformat()
    return options


FORMAT: Final = Format(
    id=_ID,
    title="React Native, react-native-ssl-manager",
    spec="https://github.com/huytdps13400/react-native-ssl-manager/blob/main/src/config.ts",
    suffixes=("ssl_config.json",),
    can=CAN,
    platforms=("react-native",),
    place="ssl_config.json",
    additions=(Addition("shell", "npm install react-native-ssl-manager\nnpx pod-install"),),
    read=_read,
    write=_write,
    recognises=lambda text, _: f'"{_KEYS}"' in text,
    marks=False,
    remarks=(
        (
            "Versions up to 2.0.2 ignore `domains`, and enforce the pins of every host and its subdomains for ever. "
            "Only 1.1.2 had an expiry date and a report-only mode, both of the whole file."
        ),
        CALENDAR,
        "`reportUris` is one list for all hosts. pinsmith reads it and leaves it as it is. Edit it by hand.",
        "On Android, pins apply to requests of JavaScript until the end of the last day, to others until it begins.",
        "On Android it also pins Expo's own `fetch` (Expo SDK 56 and later), according to its code. This was not run.",
        "On Android, the pins of a parent that includes subdomains also apply to hosts with an entry.",
    ),
)
