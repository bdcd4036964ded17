"""The whole policy as JSON, for other tools."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from pinsmith._port import MAX_PORT
from pinsmith.errors import FormatError, PinFormatError, PinsmithError
from pinsmith.formats._format import Export, Format, Found, FoundPin, Reading
from pinsmith.formats._mark import mark
from pinsmith.formats._note import Notes
from pinsmith.formats._table import CAN
from pinsmith.formats._text import accept_pin, decode, read_report_uri
from pinsmith.host import private_suffix_remark, public_suffix_problem
from pinsmith.pin import Pin
from pinsmith.pinfile._spelling import key_name_problem, path_problem, role_problem
from pinsmith.policy import CompromisedKey, HostPins, Key, KeyRole, Mode, Policy, Trust, TrustAnchor
from pinsmith.syntax.json import Node, parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

VERSION: Final = 1
_PIN: Final = r"^sha256/[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$"
_Pin = Annotated[
    str,
    Meta(
        description="sha256/ and the base64 SHA-256 of the DER SubjectPublicKeyInfo.",
        extra_json_schema={"pattern": _PIN},
    ),
]


class KeyDocument(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """A key that some host may present."""

    name: Annotated[str, Meta(description="The name by which hosts refer to the key.", min_length=1)]
    pin: _Pin
    role: Annotated[
        KeyRole,
        Meta(description="Whether the key is that of a server (leaf) or of an authority; unknown if not known."),
    ]
    algorithm: Annotated[str | None, Meta(description="The algorithm, such as EC P-256.")] = None
    subject: Annotated[str | None, Meta(description="The subject of the certificate, RFC 4514.")] = None
    not_after: Annotated[dt.date | None, Meta(description="The last day of the certificate, UTC.")] = None
    certificate: Annotated[str | None, Meta(description="Its PEM file, relative to the pin file.")] = None
    standby: Annotated[bool, Meta(description="Whether it was made in advance and no server presents it yet.")] = False


class AnchorDocument(msgspec.Struct, forbid_unknown_fields=True):
    """A certificate in which the verified chain must end."""

    path: Annotated[str, Meta(description="Its PEM file, relative to the pin file.")]
    pin: _Pin


class CompromisedDocument(msgspec.Struct, forbid_unknown_fields=True):
    """A key that must not be trusted, in addition to those of compromised public authorities."""

    name: Annotated[str, Meta(description="The name of its owner in messages.", min_length=1)]
    pin: _Pin


class HostDocument(msgspec.Struct, forbid_unknown_fields=True):
    """The entry of one host. Every field is written, so that no reader needs to know a default."""

    name: Annotated[str, Meta(description="The host name in lower-case A-labels, or an IP address.")]
    keys: Annotated[list[str], Meta(description="Names of keys. One of them must be in the verified chain.")] = []
    mode: Annotated[Mode, Meta(description="off exempts the host from the entry of a parent.")] = "enforce"
    include_subdomains: Annotated[bool, Meta(description="Whether it covers every host below, at any depth.")] = False
    expires: Annotated[dt.date | None, Meta(description="From 00:00 UTC of this day nothing is enforced.")] = None
    port: Annotated[int, Meta(description="The port for commands; pins apply to every port.", ge=1, le=MAX_PORT)] = 443
    report_uris: Annotated[list[str], Meta(description="The addresses to which failures are reported.")] = []
    trust_anchors: Annotated[list[AnchorDocument], Meta(description="The chain must end in one of these, if any.")] = []
    trust: Annotated[Trust, Meta(description="pins-only: the chain need not be trusted.")] = "verified"
    check_host_name: Annotated[bool, Meta(description="Whether names are checked; false only with pins-only.")] = True


class PolicyDocument(msgspec.Struct, forbid_unknown_fields=True):
    """All hosts and their pins. The entry of a host decides, or that of the longest parent with subdomains."""

    version: Annotated[Literal[1], Meta(description="The version of this schema.")]
    remark: Annotated[str, Meta(description="The source of the document.")] = ""
    require_pins: Annotated[bool, Meta(description="Whether hosts without pins in force are refused.")] = False
    refuse_compromised: Annotated[
        bool, Meta(description="Whether chains with a compromised key are refused also where no pins are in force.")
    ] = False
    compromised: Annotated[list[CompromisedDocument], Meta(description="Keys that must never be trusted.")] = []
    keys: Annotated[list[KeyDocument], Meta(description="All keys, with distinct names.")] = []
    hosts: Annotated[list[HostDocument], Meta(description="All entries, with distinct hosts.")] = []


def json_schema() -> dict[str, Any]:
    """Build the JSON Schema of the document, draft 2020-12. Every call returns a new object."""
    schema = msgspec.json.schema(PolicyDocument)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "pinsmith policy"} | schema


def _read(content: bytes, file: str) -> Reading:
    tree = parse_json(decode(content, file))
    try:
        document = msgspec.convert(tree.plain(), PolicyDocument)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        line = _line_of(tree, path.rstrip("`"))
        raise FormatError(problem[:1].lower() + problem[1:], file=file, line=line) from error
    notes = Notes(file)
    policy = _policy(document, tree, file, notes)
    if not policy.hosts and not notes:
        raise FormatError("it does not pin a host", file=file)
    return Reading(hosts=tuple(_found(policy)), policy=policy, notes=tuple(notes))


def _line_of(tree: Node, path: str) -> int:
    node = tree
    for name, index in re.findall(r"\.(\w+)|\[(\d+)\]", path):
        if isinstance(node.value, dict) and name in node.value:
            node = node.value[name]
        elif isinstance(node.value, list) and index and int(index) < len(node.value):
            node = node.value[int(index)]
    return node.line


def _policy(document: PolicyDocument, tree: Node, file: str, notes: Notes) -> Policy:
    reader = _Reader(tree, file, notes)
    try:
        for at, key in enumerate(document.keys):
            reader.path = f".keys[{at}]"
            reader.key(key)
        for at, host in enumerate(document.hosts):
            reader.path = f".hosts[{at}]"
            reader.host(host)
        reader.path = ".compromised"
        for stolen in document.compromised:
            reader.require(key_name_problem(stolen.name))
        compromised = tuple(CompromisedKey(stolen.name, Pin.parse(stolen.pin)) for stolen in document.compromised)
        reader.path = ".hosts"
        return Policy(
            tuple(reader.hosts),
            tuple(reader.keys.values()),
            require_pins=document.require_pins,
            refuse_compromised=document.refuse_compromised,
            compromised=compromised,
        )
    except FormatError:
        raise
    except PinsmithError as error:
        raise FormatError(str(error), file=file, line=reader.line(), hint=error.hint) from error


class _Reader:
    """Turns the document into keys and hosts. `path` is the current node, `bad` the names of keys without a pin."""

    def __init__(self, tree: Node, file: str, notes: Notes) -> None:
        self._tree, self._file, self._notes = tree, file, notes
        self.path = ""
        self.keys: dict[str, Key] = {}
        self.hosts: list[HostPins] = []
        self.bad: set[str] = set()

    def line(self, inner: str = "") -> int:
        return _line_of(self._tree, self.path + inner)

    def require(self, problem: tuple[str, str | None] | None, inner: str = "") -> None:
        if problem is not None:
            raise FormatError(problem[0], file=self._file, line=self.line(inner), hint=problem[1])

    def key(self, document: KeyDocument) -> None:
        self.require(key_name_problem(document.name))
        self.require(path_problem(document.certificate) if document.certificate else None)
        try:
            pin = accept_pin(Pin.parse(document.pin), self.line(".pin"), self._notes)
        except PinFormatError as error:
            self._notes.add_error(error, self.line(".pin"))
            pin = None
        if pin is None:
            self.bad.add(document.name)
            return
        key = Key(
            document.name,
            pin,
            document.role,
            document.algorithm,
            document.subject,
            document.not_after,
            document.certificate,
            document.standby,
        )
        self.require(role_problem(key.pin, key.role))
        if self.keys.setdefault(key.name, key) is not key:
            self.require((f"the key {key.name!r} is listed twice", None))

    def host(self, host: HostDocument) -> None:
        unknown = next((name for name in host.keys if name not in self.keys and name not in self.bad), None)
        self.require(None if unknown is None else (f"there is no key {unknown!r}", None), ".keys")
        if host.include_subdomains and (problem := public_suffix_problem(host.name)):
            self._notes.add_problem(problem, self.line(), "write an entry for each host, without its subdomains")
            return
        if host.include_subdomains and (remark := private_suffix_remark(host.name)):
            self._notes.add("private-suffix", remark, self.line(), fix="write an entry for each host instead")
        if self.bad.intersection(host.keys) and not self.keys.keys() & set(host.keys):
            self._notes.add("no-pins", f"{host.name} is left out, because none of its pins can be used", self.line())
            return
        found = (read_report_uri(uri, self.line(".report_uris"), self._notes) for uri in host.report_uris)
        host.report_uris = [uri for uri in found if uri is not None]
        self.hosts.append(_entry(host, self.keys))


def _entry(host: HostDocument, keys: dict[str, Key]) -> HostPins:
    return HostPins(
        host.name,
        tuple(keys[name] for name in dict.fromkeys(host.keys) if name in keys),
        mode=host.mode,
        include_subdomains=host.include_subdomains,
        expires=host.expires,
        port=host.port,
        report_uris=tuple(host.report_uris),
        trust_anchors=tuple(TrustAnchor(anchor.path, Pin.parse(anchor.pin)) for anchor in host.trust_anchors),
        trust=host.trust,
        check_host_name=host.check_host_name,
    )


def _found(policy: Policy) -> Iterator[Found]:
    for entry in policy.hosts:
        yield Found(
            entry.host,
            tuple(FoundPin(key.pin, None if key.role == "unknown" else key.role) for key in entry.keys),
            include_subdomains=entry.include_subdomains,
            expires=entry.expires,
            report_only=entry.mode == "report-only",
            exempt=entry.mode == "off",
            report_uris=entry.report_uris,
        )


def _write(export: Export) -> str:
    policy = export.policy
    if policy is None:
        raise LookupError("this format writes the whole policy, but got only entries")
    document = PolicyDocument(
        VERSION,
        mark(export.source),
        policy.require_pins,
        policy.refuse_compromised,
        [CompromisedDocument(key.name, str(key.pin)) for key in policy.compromised],
        [_key_document(key) for key in policy.keys],
        [_host_document(entry) for entry in policy.hosts],
    )
    return msgspec.json.format(msgspec.json.encode(document)).decode() + "\n"


def _key_document(key: Key) -> KeyDocument:
    return KeyDocument(
        key.name, str(key.pin), key.role, key.algorithm, key.subject, key.not_after, key.certificate, key.standby
    )


def _host_document(entry: HostPins) -> HostDocument:
    return HostDocument(
        entry.host,
        [key.name for key in entry.keys],
        entry.mode,
        entry.include_subdomains,
        entry.expires,
        entry.port,
        list(entry.report_uris),
        [AnchorDocument(anchor.path, str(anchor.pin)) for anchor in entry.trust_anchors],
        entry.trust,
        entry.check_host_name,
    )


FORMAT: Final = Format(
    id="policy-json",
    title="the policy as JSON, for other tools",
    spec="https://json-schema.org/draft/2020-12",
    suffixes=(".policy.json",),
    can=replace(CAN, whole=True),
    platforms=("other",),
    place="build/pins.policy.json",
    read=_read,
    write=_write,
    recognises=lambda text, _: re.search(r'"require_pins"\s*:', text) is not None and '"hosts"' in text,
    remarks=(
        "[](policy-json.md) describes it. Nothing is lost but `connect` and `cafile`, which clients do not use.",
        "Trust anchors are written with the pins of their keys, so that no other file is needed to enforce them.",
    ),
)
