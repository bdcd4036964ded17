"""Reading Chromium's static pins: the file of keys, with the JSON of sets and hosts after it."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.errors import FormatError, PinsmithError
from pinsmith.formats._format import Found, FoundPin, Reading
from pinsmith.formats._note import Notes
from pinsmith.formats._text import accept_pin, decode, read_host, read_parts, read_report_uri
from pinsmith.pin import Pin
from pinsmith.syntax.json import Node, parse_json

if TYPE_CHECKING:
    from typing import Literal

_NAME: Final = re.compile(r"[A-Z][A-Za-z0-9_]*")
TIMESTAMP: Final = "PinsListTimestamp"
_BEGIN: Final = re.compile(r"-----BEGIN (CERTIFICATE|PUBLIC KEY)")
_HINT: Final = "import both files together: cat FILE.pins FILE.json | pinsmith import -"


class _Keys:
    """The first part: the pins by name, with None for a placeholder."""

    def __init__(self, text: str, file: str) -> None:
        self.pins: dict[str, FoundPin | None] = {}
        self.notes = Notes(file)
        self.rest = ""
        self._file = file
        self._lines = text.split("\n")
        self._at = 0
        self._read()

    def _read(self) -> None:
        while self._at < len(self._lines):
            line = self._lines[self._at]
            if line.startswith(("{", "//")):
                # Blank lines in front keep the line numbers.
                self.rest = "\n" * self._at + "\n".join(self._lines[self._at :])
                return
            self._at += 1
            if line and not line.startswith("#"):
                self._entry(line, self._at)

    def _entry(self, name: str, line: int) -> None:
        value = self._next(name)
        if name == TIMESTAMP:
            text = f"{TIMESTAMP} {value}: Chromium enforces the pins for ten weeks from then"
            self.notes.add("setting-not-kept", text, line)
            return
        if not _NAME.fullmatch(name):
            raise FormatError(f"{name[:60]!r} is not the name of a key", file=self._file, line=line)
        try:
            found: FoundPin | None = self._value(value)
        except (PinsmithError, ValueError) as error:
            if name == "TestSPKI":
                self.notes.add("setting-not-kept", "TestSPKI is not a key and is left out", line)
                self.pins[name] = None
                return
            self.notes.add_problem(f"{name}: {error}", line)
            found = None
        if found is not None and accept_pin(found.pin, line, self.notes) is None:
            found = None
        if name in self.pins:
            self.notes.add("duplicate-entry", f"{name} occurs twice, and the last one is used", line)
        self.pins[name] = found

    def _next(self, name: str) -> str:
        while self._at < len(self._lines) and self._lines[self._at].startswith("#"):
            self._at += 1
        if self._at >= len(self._lines):
            raise FormatError(f"{name[:60]!r} has no value", file=self._file, line=self._at)
        self._at += 1
        return self._lines[self._at - 1]

    def _value(self, value: str) -> FoundPin:
        if value.lower().startswith("sha256/"):
            return FoundPin(Pin.parse("sha256/" + value[7:]))
        kind = _BEGIN.match(value)
        if kind is None:
            raise ValueError("the value must be sha256/BASE64, a certificate or a public key")
        body = []
        while self._at < len(self._lines) and not self._lines[self._at].startswith("-----END"):
            body.append(self._lines[self._at])
            self._at += 1
        self._at += 1
        der = base64.b64decode("".join(body), validate=True)
        if kind[1] == "PUBLIC KEY":
            return FoundPin(Pin.of_spki(der))
        certificate = Certificate(der)
        return FoundPin(certificate.pin, _role(certificate))


def _role(certificate: Certificate) -> Literal["leaf", "intermediate", "root"]:
    from cryptography import x509

    if certificate.is_self_issued:
        return "root"
    try:
        constraints = certificate.x509.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (x509.ExtensionNotFound, ValueError):
        return "leaf"
    return "intermediate" if constraints.ca else "leaf"


def read(content: bytes, file: str) -> Reading:
    """
    Read the file of keys, with or without the JSON after it.

    Raises:
        FormatError: if the generator of Chromium would refuse the text, or if the keys are missing.
    """
    text = decode(content, file)
    if "\r\n" in text:
        raise FormatError(
            "its lines end with CRLF, which Chromium refuses", file=file, line=1, hint="save the file with LF line ends"
        )
    keys = _Keys(text, file)
    if not keys.rest:
        if not keys.pins:
            raise FormatError("it does not contain keys", file=file)
        pins = tuple(dict.fromkeys(pin for pin in keys.pins.values() if pin is not None))
        keys.notes.add("pins-elsewhere", "its hosts are in another file", fix=_HINT)
        return Reading(pins=pins, notes=tuple(keys.notes))
    return _Sets(keys, file).reading(parse_json(keys.rest, remarks=True))


class _Sets:
    """The second part: the sets of keys by name, and the set of each host."""

    def __init__(self, keys: _Keys, file: str) -> None:
        self._keys, self._file = keys, file
        self._notes = keys.notes
        self._sets: dict[str, tuple[tuple[FoundPin, ...], tuple[str, ...]]] = {}

    def reading(self, root: Node) -> Reading:
        for pinset in self._list(root, "pinsets"):
            self._set(pinset)
        hosts = list(read_parts(self._list(root, "entries"), self._entry, self._notes))
        return Reading(tuple(hosts), notes=tuple(self._notes))

    def _set(self, node: Node) -> None:
        pins = []
        for key in self._list(node, "static_spki_hashes"):
            if key.value not in self._keys.pins:
                raise FormatError(
                    f"there is no key {key.plain()!r}", file=self._file, line=key.line, column=key.column, hint=_HINT
                )
            pin = self._keys.pins[str(key.value)]
            if pin is not None:
                pins.append(pin)
        for key in self._list(node, "bad_static_spki_hashes"):
            text = f"the key {key.plain()!r} is forbidden, which a policy cannot express"
            self._notes.add("setting-not-kept", text, key.position)
        address = self._text(node, "report_uri", required=False)
        place = node.value["report_uri"].line if address and isinstance(node.value, dict) else None
        uri = read_report_uri(address, place, self._notes) if address else None
        self._sets[self._text(node, "name")] = (tuple(dict.fromkeys(pins)), (uri,) if uri else ())

    def _entry(self, node: Node) -> Found | None:
        name = self._text(node, "pins", required=False)
        if not name:
            return None
        host = read_host(self._text(node, "name"), self._file, node.line)
        if name not in self._sets:
            raise FormatError(f"there is no set {name!r}", file=self._file, line=node.line, column=node.column)
        pins, uris = self._sets[name]
        if not pins:
            text = f"{host} is left out, because none of the pins in the set {name!r} can be used"
            self._notes.add("no-pins", text, node.position)
            return None
        members = node.value if isinstance(node.value, dict) else {}
        wide = any(
            members[key].value is True
            for key in ("include_subdomains", "include_subdomains_for_pinning")
            if key in members
        )
        return Found(host, pins, include_subdomains=wide, report_uris=uris, line=node.line)

    def _list(self, node: Node, name: str) -> list[Node]:
        found = node.value.get(name) if isinstance(node.value, dict) else None
        if found is None:
            return []
        if not isinstance(found.value, list):
            raise FormatError(f"{name!r} is not a list", file=self._file, line=found.line)
        return found.value

    def _text(self, node: Node, name: str, *, required: bool = True) -> str:
        found = node.value.get(name) if isinstance(node.value, dict) else None
        if found is not None and isinstance(found.value, str):
            return found.value
        if found is None and not required:
            return ""
        raise FormatError(
            f"{name!r} is missing or is not a string",
            file=self._file,
            line=(found or node).line,
            column=(found or node).column,
        )
