"""react-native-cert-pinner: ``pinset.json``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Can, Export, Format, Found, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._note import Notes
from pinsmith.formats._text import read_parts
from pinsmith.formats._trustkit_ios import ALGORITHMS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.syntax.json import Node
    from pinsmith.syntax.json_edit import JSONEdits, Value

_ID: Final = "rn-cert-pinner"
_DOMAINS: Final = "domains"
_PINS: Final = "pins"


def _read(content: bytes, file: str) -> Reading:
    root = json_pins.members(json_pins.read_file(content, file), "the file", file)
    if _DOMAINS not in root:
        raise FormatError(f"it does not contain {_DOMAINS}", file=file)
    notes = Notes(file)
    json_pins.note_others(root, {_DOMAINS}, "", notes)
    alone: dict[str, Found] = {}
    wild: dict[str, Found] = {}

    def read(name: str, node: Node) -> Found:
        host, is_wild = json_pins.starred(name, file, node.line)
        into = wild if is_wild else alone
        if host in into:
            raise FormatError(
                f"{host} is listed twice, in upper and lower case", file=file, line=node.line, column=node.column
            )
        if not is_wild and host in wild:
            text = f"*.{host} is listed before {host}, so iOS does not pin subdomains of {host}"
            notes.add("platforms-differ", text, node.position)
        into[host] = _host(host, node, file, notes)
        return into[host]

    list(read_parts(json_pins.members(root[_DOMAINS], _DOMAINS, file).items(), lambda item: read(*item), notes))
    hosts = [_join(host, alone.get(host), wild.get(host), notes) for host in dict.fromkeys((*alone, *wild))]
    return Reading(tuple(hosts), notes=tuple(notes))


def _host(host: str, node: Node, file: str, notes: Notes) -> Found:
    members = json_pins.members(node, f"the entry of {host}", file)
    json_pins.note_others(members, {_PINS}, host, notes)
    if _PINS not in members:
        raise FormatError(
            f"{host} has no {_PINS}, without which `pinset gen` fails", file=file, line=node.line, column=node.column
        )
    pins = json_pins.pins(members[_PINS], f"{_PINS} of {host}", file, notes, style="sha256/")
    json_pins.too_few(pins, host, members[_PINS], notes)
    return Found(host, pins, line=node.line)


def _join(host: str, alone: Found | None, wild: Found | None, notes: Notes) -> Found:
    """Join the entries of ``host`` and ``*.host``."""
    if wild is None:
        assert alone is not None  # noqa: S101 - one of both is there
        return alone
    if alone is None:
        notes.add("policy-differs", f"*.{host} does not pin {host} itself on Android, but a policy does", wild.line)
    elif {pin.pin for pin in alone.pins} != {pin.pin for pin in wild.pins}:
        notes.add("duplicate-entry", f"{host} and *.{host} have different pins, which are joined", wild.line)
    text = f"*.{host} covers one label below {host} on Android, but in a policy all subdomains"
    notes.add("policy-differs", text, wild.line)
    first = alone or wild
    return replace(first, pins=tuple(dict.fromkeys((*first.pins, *wild.pins))), include_subdomains=True)


def _write(export: Export) -> str:
    json_pins.require_trustkit(export, _ID)
    wanted: dict[str, Value] = {}
    for entry in export.entries:
        pins: list[Value] = [str(key.pin) for key in entry.keys]
        wanted[entry.host] = {_PINS: pins}
        if entry.include_subdomains:
            wanted[f"*.{entry.host}"] = {_PINS: pins}

    def edit(edits: JSONEdits, root: Node) -> None:
        domains = root.value.get(_DOMAINS) if isinstance(root.value, dict) else None
        if domains is None or not isinstance(domains.value, dict):
            edits.update(root, {_DOMAINS: wanted})
            return
        places = {name: at for at, name in enumerate(domains.value)}
        stays = {name: at for name, at in places.items() if name in wanted and not _is_misplaced(name, places)}
        for name in stays:
            edits.merge(domains.value[name], wanted[name])
        new = [(name, value) for name, value in wanted.items() if name not in stays]
        edits.change(domains, stays.values(), new)

    return json_pins.edit_file(export, edit, {_DOMAINS: wanted})


def _is_misplaced(name: str, places: Mapping[str, int]) -> bool:
    """Say whether ``*.host`` is not listed after ``host``. iOS uses the last of the two."""
    host = name.removeprefix("*.")
    return name != host and places.get(host, places[name]) >= places[name]


FORMAT: Final = Format(
    id=_ID,
    title="React Native, react-native-cert-pinner",
    spec="https://github.com/approov/react-native-cert-pinner#initialization",
    suffixes=("pinset.json",),
    can=Can(subdomains="one-label", joins_parent=True, least_pins=2, algorithms=ALGORITHMS),
    platforms=("react-native",),
    place="pinset.json",
    additions=(Addition("shell", "npm install react-native-cert-pinner\nnpx pinset gen"),),
    read=_read,
    write=_write,
    recognises=lambda text, _: (
        re.search(r'"domains"\s*:\s*\{', text) is not None and re.search(r'"pins"\s*:\s*\[\s*"sha', text) is not None
    ),
    marks=False,
    remarks=(
        "`pinset gen` generates Java and a property list from this file. The package has not changed since 2018.",
        (
            "Its Java does not compile with React Native 0.85, which Expo SDK 56 brings, because it calls "
            "`OkHttpClientProvider.enableTls12OnPreLollipop`. Without that call it pins Expo's own `fetch` too."
        ),
        "A host with subdomains is listed twice, with and without `*.`, because OkHttp reads `*.` as one label below.",
        "It declares all keys to TrustKit as RSA 2048. Old versions of TrustKit then cannot pin other keys.",
    ),
)
