"""JSON in a form of the app's own: hosts and their pins at any depth; read only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, HostError, KnownBadPinError, PinFormatError, UnknownFormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Can, Format, Found, FoundPin, Reading
from pinsmith.formats._note import Notes, problems
from pinsmith.formats._text import read_parts
from pinsmith.host import canonical_host
from pinsmith.pin import parse_spelling

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Literal

    from pinsmith.pin import Pin
    from pinsmith.syntax.json import Node

    _Role = Literal["leaf", "intermediate", "root"]

_ROLES: Final[tuple[_Role, ...]] = ("root", "intermediate", "leaf")
_HOST_NAMES: Final = frozenset({"host", "hostname", "domain"})
_INCLUDES: Final = frozenset({"includesubdomains", "includessubdomains", "subdomains"})
_EXPIRES: Final = frozenset({"expires", "expiration", "expirationdate", "expiry"})
_SETTING: Final = re.compile(r"pin|enforce|report|expir|subdomain", re.IGNORECASE)
_SWITCH: Final = re.compile(r"pin|enforce|enable", re.IGNORECASE)
_BEGINS: Final = re.compile(r"(?:[\s\ufeff]++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+[\[{]")
# `pinsmith.documents` name hosts and pins, and may be kept beside what they describe.
_REPORT: Final = re.compile(rb'\s*\{\s*"version":\s*[0-9]+,\s*"(?:ok|findings)":')
_LOOKS_LIKE_PINS: Final = re.compile(r"[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}")
_LOOKS_LIKE_HOSTS: Final = re.compile(
    r"""["']?(?:\*\.)?(?:[A-Za-z0-9_-]{1,63}\.){1,9}[A-Za-z]{2,63}["']?\s*:\s*[\[{]|["']?host(?:name)?["']?\s*:\s*["']|["']domain["']\s*:"""
)


class _Reader:
    def __init__(self, root: Node, file: str) -> None:
        self._file = file
        self._roles: dict[Pin, _Role] = {}
        self.notes = Notes(file)
        self.hosts: list[Found] = []
        self._learn(root)
        self._walk(root)

    def _learn(self, node: Node) -> None:
        """Learn roles from tables that explain pins, such as ``"roots": {PIN: "name of the authority"}``."""
        for name, table in _members(node):
            role = next((role for role in _ROLES if role in name.lower()), None)
            for text, _ in _members(table):
                if role is not None and (pin := _pin(text)) is not None:
                    self._roles.setdefault(pin, role)
        for child in _children(node):
            self._learn(child)

    def _walk(self, node: Node) -> None:
        before = len(self.hosts)
        members = dict(_members(node))
        for name, child in members.items():
            host = _host(name)
            if host is None or not self._try(host, name, child):
                self._walk(child)
        if isinstance(node.value, list):
            for item in node.value:
                named = next((value for name, value in _members(item) if name.lower() in _HOST_NAMES), None)
                name = named.value if named is not None and isinstance(named.value, str) else ""
                host = _host(name)
                if host is None or not self._try(host, name, item):
                    self._walk(item)
        if len(self.hosts) > before:
            for name, child in members.items():
                if not isinstance(child.value, (dict, list)) and _SETTING.search(name):
                    text = f"{name!r} is left out, because its meaning in the app is not known"
                    self.notes.add("setting-not-kept", text, child.position)
                    self._switch(name, child, "these pins")

    def _try(self, host: str, name: str, node: Node) -> bool:
        taken = list(read_parts([node], lambda table: self._take(host, name, table), self.notes))
        return taken != [False]

    def _take(self, host: str, name: str, node: Node) -> bool:
        lists = [("", node)] if _has_pins(node) else [(key, child) for key, child in _members(node) if _has_pins(child)]
        if not lists:
            return False
        if len(lists) > 1:
            raise FormatError(
                f"{host} has two lists of pins, {lists[0][0]!r} and {lists[1][0]!r}",
                file=self._file,
                line=node.line,
                column=node.column,
                hint="keep one list of pins for each host",
            )
        key, pins = lists[0]
        found = json_pins.pins(pins, f"the list of {host}", self._file, self.notes, style=None)
        includes, expires = name.startswith("*."), None
        for other, child in _members(node):
            plain = re.sub(r"[-_]", "", other.lower())
            if other == key or plain in _HOST_NAMES:
                continue
            if plain in _INCLUDES and isinstance(child.value, bool):
                includes = child.value
            elif plain in _EXPIRES:
                expires = json_pins.day(child, f"{other} of {host}", self._file)
            else:
                self.notes.add("setting-not-kept", f"{other!r} of {host} is left out", child.position)
                self._switch(other, child, f"the pins of {host}")
        with_roles = tuple(FoundPin(pin.pin, self._roles.get(pin.pin)) for pin in found)
        self.hosts.append(Found(host, with_roles, include_subdomains=includes, expires=expires, line=node.line))
        return True

    def _switch(self, name: str, node: Node, what: str) -> None:
        if node.value is False and _SWITCH.search(name):
            text = f"{name!r} is false, so the app may not enforce {what}; its code decides"
            self.notes.add("pinning-may-be-off", text, node.position)


def _members(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        yield from node.value.items()


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node.value, list):
        yield from node.value
    for _, child in _members(node):
        yield child


def _host(name: str) -> str | None:
    """Return the host that a name spells, if it has a dot. Names without a dot have other meanings."""
    bare = name.removeprefix("*.")
    try:
        return canonical_host(bare) if "." in bare else None
    except HostError:
        return None


def _pin(text: str) -> Pin | None:
    try:
        return parse_spelling(text).pin
    except (PinFormatError, KnownBadPinError):
        return None


def _has_pins(node: Node) -> bool:
    """Say whether it is a list of strings that contains a pin, or a placeholder of a guide."""
    if not isinstance(node.value, list) or not all(isinstance(item.value, str) for item in node.value):
        return False
    for item in node.value:
        try:
            parse_spelling(str(item.value))
        except KnownBadPinError:
            return True
        except PinFormatError:
            continue
        return True
    return False


def _read(content: bytes, file: str) -> Reading:
    reader = _Reader(json_pins.read_file(content, file, loose=True), file)
    if not reader.hosts and not problems(reader.notes):
        if _REPORT.match(content):
            raise UnknownFormatError(f"{file}: it is a report or a baseline of pinsmith, which pins nothing")
        raise FormatError(
            "it does not contain hosts with lists of pins",
            file=file,
            hint='write them like this: {"api.example.com": ["sha256/...", ...]}',
        )
    return Reading(tuple(reader.hosts), notes=tuple(reader.notes))


def _recognises(text: str, name: str) -> bool:
    from pinsmith import formats

    if _BEGINS.match(text) is None:
        return False
    if _LOOKS_LIKE_PINS.search(text) is None or _LOOKS_LIKE_HOSTS.search(text) is None:
        return False
    return not any(other.recognises(text, name) for other in formats.FORMATS if other is not FORMAT)


FORMAT: Final = Format(
    id="json-hosts",
    title="custom JSON with hosts and pins",
    spec="https://spec.json5.org/",
    suffixes=(".json",),
    can=Can(),
    platforms=("other",),
    read=_read,
    recognises=_recognises,
    remarks=(
        (
            "For JSON that no library defines. These forms are found at any depth: `{HOST: [PIN, ...]}`, "
            "`{HOST: {NAME: [PIN, ...]}}` with any name, and a list of objects, each with `host`, `hostname` or "
            "`domain` and one list of pins. Comments are allowed."
        ),
        "`includeSubdomains`, `expirationDate` and `*.` of a host are read. Other settings are left out, with a note.",
        "Roles are read from tables of pins, such as `roots: {PIN: NAME}`.",
    ),
)
