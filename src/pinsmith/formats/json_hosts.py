"""JSON of an app's own: hosts and their pins, wherever they stand in it; read only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, HostError, KnownBadPinError, PinFormatError
from pinsmith.formats import _json_pins as json_pins
from pinsmith.formats._format import Can, Format, Found, FoundPin, Note, Problem, Reading
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
_BEGINS: Final = re.compile(r"(?:[\s\ufeff]++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+[\[{]")
_LOOKS_LIKE_PINS: Final = re.compile(r"[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}")
_LOOKS_LIKE_HOSTS: Final = re.compile(
    r"""["']?(?:\*\.)?(?:[A-Za-z0-9_-]{1,63}\.){1,9}[A-Za-z]{2,63}["']?\s*:\s*[\[{]|["']?host(?:name)?["']?\s*:\s*["']|["']domain["']\s*:"""
)


class _Reader:
    def __init__(self, root: Node, file: str) -> None:
        self._file = file
        self._roles: dict[Pin, _Role] = {}
        self.notes: list[Note] = []
        self.hosts: list[Found] = []
        self._learn(root)
        self._walk(root)

    def _learn(self, node: Node) -> None:
        """Take roles from tables that explain pins, such as ``"roots": {PIN: "name of the authority"}``."""
        for name, each in _members(node):
            role = next((role for role in _ROLES if role in name.lower()), None)
            for text, _ in _members(each):
                if role is not None and (pin := _pin(text)) is not None:
                    self._roles.setdefault(pin, role)
        for each in _children(node):
            self._learn(each)

    def _walk(self, node: Node) -> None:
        before = len(self.hosts)
        members = dict(_members(node))
        for name, each in members.items():
            host = _host(name)
            if host is None or not self._try(host, name, each):
                self._walk(each)
        if isinstance(node.value, list):
            for each in node.value:
                named = next((value for name, value in _members(each) if name.lower() in _HOST_NAMES), None)
                name = named.value if named is not None and isinstance(named.value, str) else ""
                host = _host(name)
                if host is None or not self._try(host, name, each):
                    self._walk(each)
        if len(self.hosts) > before:
            for name, each in members.items():
                if not isinstance(each.value, (dict, list)) and _SETTING.search(name):
                    self.notes.append(Note(f"{name!r} is left out: what the app makes of it is not known", each.line))

    def _try(self, host: str, name: str, node: Node) -> bool:
        taken = list(read_parts([node], lambda each: self._take(host, name, each), self.notes))
        return taken != [False]

    def _take(self, host: str, name: str, node: Node) -> bool:
        lists = [("", node)] if _has_pins(node) else [(key, each) for key, each in _members(node) if _has_pins(each)]
        if not lists:
            return False
        if len(lists) > 1:
            raise FormatError(
                f"{host} has two lists of pins, {lists[0][0]!r} and {lists[1][0]!r}", file=self._file, line=node.line
            )
        key, pins = lists[0]
        found = json_pins.pins(pins, f"the list of {host}", self._file, self.notes, style=None)
        includes, expires = name.startswith("*."), None
        for other, each in _members(node):
            plain = re.sub(r"[-_]", "", other.lower())
            if other == key or plain in _HOST_NAMES:
                continue
            if plain in _INCLUDES and isinstance(each.value, bool):
                includes = each.value
            elif plain in _EXPIRES:
                expires = json_pins.day(each, f"{other} of {host}", self._file)
            else:
                self.notes.append(Note(f"{other!r} of {host} is left out", each.line))
        told = tuple(FoundPin(pin.pin, self._roles.get(pin.pin)) for pin in found)
        self.hosts.append(Found(host, told, include_subdomains=includes, expires=expires, line=node.line))
        return True


def _members(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        yield from node.value.items()


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node.value, list):
        yield from node.value
    for _, each in _members(node):
        yield each


def _host(name: str) -> str | None:
    """Return the host that a name spells, if it has a dot: words without one name other things."""
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
    """Say whether it is a list of texts one of which is a pin, or a placeholder of a guide."""
    if not isinstance(node.value, list) or not all(isinstance(each.value, str) for each in node.value):
        return False
    for each in node.value:
        try:
            parse_spelling(str(each.value))
        except KnownBadPinError:
            return True
        except PinFormatError:
            continue
        return True
    return False


def _read(content: bytes, file: str) -> Reading:
    reader = _Reader(json_pins.read_file(content, file, loose=True), file)
    if not reader.hosts and not any(isinstance(note, Problem) for note in reader.notes):
        raise FormatError(
            "it has no hosts with lists of pins", file=file, hint='such as {"api.example.com": ["sha256/...", ...]}'
        )
    return Reading(tuple(reader.hosts), notes=tuple(reader.notes))


def _recognises(text: str, name: str) -> bool:
    from pinsmith import formats

    if _BEGINS.match(text) is None:
        return False
    if _LOOKS_LIKE_PINS.search(text) is None or _LOOKS_LIKE_HOSTS.search(text) is None:
        return False
    return not any(each.recognises(text, name) for each in formats.FORMATS if each is not FORMAT)


FORMAT: Final = Format(
    id="json-hosts",
    title="hosts and pins in JSON of an app's own",
    spec="https://spec.json5.org/",
    suffixes=(".json",),
    can=Can(),
    read=_read,
    recognises=_recognises,
    remarks=(
        (
            "For lists that no library defines: `{HOST: [PIN, ...]}` or `{HOST: {WORD: [PIN, ...]}}`, or a list of "
            "objects with `host`, `hostname` or `domain` and one list of pins, at any depth, with remarks too."
        ),
        "`includeSubdomains` and `expirationDate` of a host are taken, as are stars; other settings are told and left.",
        "A table of pins by role, such as `roots: {PIN: NAME}`, tells the roles.",
    ),
)
