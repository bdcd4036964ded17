"""DANE: TLSA records of a DNS zone, ``3 1 1`` for keys of leaves and ``2 1 1`` for keys of authorities."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, Literal

from pinsmith._port import MAX_PORT, is_port
from pinsmith.certificate import Certificate
from pinsmith.errors import ExportError, FormatError, PinsmithError
from pinsmith.formats._format import Can, Export, Format, Found, FoundPin, OutputOption, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import is_own_remark, remark
from pinsmith.formats._note import Notes
from pinsmith.formats._text import accept_pin, decode, read_host, read_parts
from pinsmith.pin import Pin
from pinsmith.syntax.line import LineEdits
from pinsmith.syntax.position import Position
from pinsmith.syntax.text import one_line
from pinsmith.syntax.zone import Record, records

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry

_OWNER: Final = re.compile(r"_(?P<port>\d+)\._(?P<protocol>tcp|udp|sctp)\.(?P<host>.+)")
_CA_USAGES: Final = frozenset({0, 2})
_DIGITS: Final = 64  # of a pin
_REMARK: Final = re.compile(r"""[^;"]*;(?P<text>.*\S.*)""")
_VALUES: Final = 3  # before the data: usage, selector, matching type


def _read(content: bytes, file: str) -> Reading:
    hosts: dict[str, Found] = {}
    ports: dict[str, str] = {}
    notes = Notes(file)
    read = read_parts(records(decode(content, file)), lambda record: _record(record, file, notes), notes)
    for host, at, pin, line in read:
        if at != ports.setdefault(host, at):
            text = f"{host} is pinned at {ports[host]} and {at}, but a policy has the same pins for both"
            notes.add("policy-differs", text, line)
        found = hosts.get(host)
        before = found.pins if found else ()
        hosts[host] = Found(host, tuple(dict.fromkeys((*before, pin))), line=found.line if found else line)
    for host, at in ports.items():
        if at != "443/tcp":
            notes.add(
                "policy-differs", f"{host} is pinned at port {at}, but a policy pins every port", hosts[host].line
            )
    return Reading(tuple(hosts.values()), notes=tuple(notes), settings=tuple(notes.in_force))


def _record(record: Record, file: str, notes: Notes) -> tuple[str, str, FoundPin, int] | None:
    """Return host, port and protocol, pin and line of a record; None if it does not pin."""
    if record.type == "TYPE52":
        notes.add("pins-not-kept", "a record of TYPE52 is not read", _start(record), fix="write it as TLSA")
    if record.type != "TLSA":
        return None
    place = _OWNER.fullmatch(record.owner)
    if place is None:
        raise FormatError(
            f"the owner {record.owner!r} does not begin with port and protocol",
            file=file,
            line=record.first,
            hint="write _443._tcp.api.example.com.",
        )
    pin = _pin(record, file, notes)
    if pin is None:
        return None
    host = read_host(place["host"], file, record.first)
    return host, f"{place['port']}/{place['protocol']}", pin, record.first


def _pin(record: Record, file: str, notes: Notes) -> FoundPin | None:
    line = record.first
    try:
        usage, selector, matching = (int(value) for value in record.values[:_VALUES])
        octets = bytes.fromhex("".join(record.values[_VALUES:]))
    except ValueError as error:
        raise FormatError(
            "a TLSA record must have three numbers and hexadecimal digits",
            file=file,
            line=line,
            hint="write 3 1 1 and the pin in hexadecimal digits",
        ) from error
    if usage > 3 or selector > 1 or matching > 2:  # noqa: PLR2004 - the registries of RFC 6698
        notes.add(
            "ignored-setting", f"TLSA {usage} {selector} {matching} has no meaning and is left out", _start(record)
        )
        return None
    if usage in (0, 1):
        notes.add("setting-not-kept", f"usage {usage} also demands a trusted chain, as a policy does", _start(record))
    role: Literal["leaf", "intermediate"] = "intermediate" if usage in _CA_USAGES else "leaf"
    try:
        if matching == 1 and selector == 1:
            pin = Pin(octets)
        elif matching == 0:
            pin = Pin.of_spki(octets) if selector == 1 else Certificate(octets).pin
        else:
            pinned = "certificates" if selector == 0 else "keys by SHA-512"
            text = f"TLSA {usage} {selector} {matching} pins {pinned}, which a policy cannot hold"
            notes.add("pins-not-kept", f"{record.owner}: {text}", _start(record), in_force=True)
            return None
    except PinsmithError as error:
        raise FormatError(str(error), file=file, line=line, hint=error.hint) from error
    accepted = accept_pin(pin, _start(record), notes)
    return None if accepted is None else FoundPin(accepted, role)


def _start(record: Record) -> Position:
    return Position(record.first, record.column)


def _write(export: Export) -> str:
    port, protocol, ttl = (export.options[name] for name in ("port", "protocol", "ttl"))
    if not is_port(port):
        raise ExportError(f"{port} is not a port", hint=f"set port to a number from 1 to {MAX_PORT}")
    if not isinstance(ttl, int) or not 0 <= ttl < 2**31:
        raise ExportError(
            f"a record cannot be cached for {ttl} seconds", hint="set ttl to a number of seconds, or leave it out"
        )
    begin = f"_{port}._{protocol}."
    time = f"{ttl} " if ttl else ""
    own = [remark(export.source, ";")]
    remarks = _remarks(export)
    for entry in export.entries:
        names = {key.pin.hex: one_line(key.name) for key in reversed(entry.keys)}
        comments = {pin: remarks.get(pin, name) for pin, name in names.items()}
        own += [f"{begin}{entry.host}. {time}IN TLSA {data} ; {comments[data[-_DIGITS:]]}" for data in _data(entry)]
    if export.existing is None:
        return "".join(f"{line}\n" for line in own)
    return _place(export, own, begin)


def _data(entry: Entry) -> list[str]:
    found = (f"{2 if key.is_authority else 3} 1 1 {key.pin.hex}" for key in entry.keys)
    return list(dict.fromkeys(found))


def _remarks(export: Export) -> dict[str, str]:
    """Return the comments behind the records that are replaced, by their data."""
    lines = (export.existing or "").split("\n")
    found = {}
    for record in records("\n".join(lines)):
        comment = _REMARK.fullmatch(lines[record.last - 1])
        if record.type == "TLSA" and comment is not None:
            found["".join(record.values[_VALUES:]).lower()] = one_line(comment["text"].strip())
    return found


def _place(export: Export, own: list[str], begin: str) -> str:
    edits = LineEdits(export.existing or "")
    gone = {at for at, line in enumerate(edits.lines) if is_own_remark(line)}
    place = len(edits.lines)
    orphan = False  # whether the record before is removed
    for record in records(edits.text):
        if record.type == "TLSA" and record.owner.startswith(begin):
            orphan = True
            place = min(place, record.first - 1)
            gone.update(range(record.first - 1, record.last))
            continue
        if orphan and record.inherits:
            raise FormatError(
                f"the {record.type} record takes its owner from a TLSA record that is replaced",
                file=export.name,
                line=record.first,
                hint="write the owner in the line of the record",
            )
        orphan = False
    for at in gone:
        edits.remove(at)
    edits.insert(place, own)
    return edits.result()


FORMAT: Final = Format(
    id="tlsa",
    title="DANE TLSA records",
    spec="https://datatracker.ietf.org/doc/html/rfc6698#section-2",
    suffixes=(".zone", ".tlsa"),
    can=Can(matches="chain", pins_only=True),
    platforms=("servers",),
    place="dns/example.com.tlsa",
    additions=(Addition("dns/example.com.zone", "$INCLUDE example.com.tlsa"),),
    read=_read,
    write=_write,
    recognises=lambda text, _: re.search(r"(?i)\sTLSA\s+[0-3]\s+[01]\s+[0-2]\s", text) is not None,
    options=(
        OutputOption("port", "the port of the records", int, 443),
        OutputOption("protocol", "the transport protocol", choices=("tcp", "udp", "sctp"), default="tcp"),
        OutputOption(
            "ttl", "the number of seconds for which a record may be cached; by default that of the zone", int, 0
        ),
    ),
    remarks=(
        "Increase the serial number of the zone. Publish a record at least two TTLs before its key is served.",
        (
            "With usage 3, clients check neither dates nor the rest of the chain, and some do not check names "
            "(RFC 7671, 5.1). With usage 2, the server must send the certificate of that authority, even if it is a "
            "root."
        ),
    ),
    limits=("Nothing is pinned unless the zone is signed with DNSSEC and the client validates it. Browsers do not.",),
)
