"""From typed tables to a policy: everything that needs more than a type."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from pinsmith._port import MAX_PORT, is_port
from pinsmith.errors import (
    CertificateError,
    CompromisedAuthorityError,
    FileError,
    MaterialError,
    PinFormatError,
    PolicyError,
)
from pinsmith.host import is_address, public_suffix_problem
from pinsmith.limit import MAX_HOSTS
from pinsmith.pin import Pin
from pinsmith.pinfile._document import Allowed, Option, Output, PinFile, Scalar
from pinsmith.pinfile._fault import FaultError, nearest, require, require_days, shown
from pinsmith.pinfile._spelling import host_of, key_name_problem, path_problem, role_problem, url_problem
from pinsmith.pinfile._toml import parse_toml
from pinsmith.pinfile._updates import read_updates
from pinsmith.policy import CompromisedKey, HostPins, Key, Policy, TrustAnchor
from pinsmith.syntax.toml import BYTE_ORDER_MARK

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.pinfile._schema import CompromisedTable, Document, HostTable, KeyTable
    from pinsmith.syntax.toml_layout import Path

    ReadCertificate = Callable[[str], bytes]


def parse_file(text: str, *, file: str = "pins.toml", read_certificate: ReadCertificate | None = None) -> PinFile:
    """
    Read a pin file from its *text*. No file is opened.

    Args:
        text: The whole file; lines end in LF or CRLF.

        file: The name of the file in errors.

        read_certificate:
            A function that gets the path of a trust anchor, as written, and returns the content of that file. Without
            it, a pin file that lists trust anchors is refused.

    Raises:
        ParseError: If *text* is not a pin file. The error has the line and the key path of the first fault.
    """
    text = text.removeprefix(BYTE_ORDER_MARK)
    return read_tables(parse_toml(text, file=file), text, file=file, read_certificate=read_certificate)


def read_tables(
    data: dict[str, Any], text: str, *, file: str, read_certificate: ReadCertificate | None = None
) -> PinFile:
    """
    Read a pin file from its tables.

    Args:
        data: The tables of *text*, as `pinsmith.syntax.toml.parse_toml` returns them.

        text: The text, which is needed for the lines in errors; without byte order mark.

        file: As for `parse_file`.

        read_certificate: As for `parse_file`.

    Raises:
        ParseError: If the tables are not those of a pin file, as for `parse_file`.
    """
    from pinsmith.pinfile._decode import decode_document

    try:
        return _Reader(decode_document(data), data, read_certificate).pin_file()
    except FaultError as fault:
        raise fault.in_file(text, file) from fault.__cause__


class _Reader:
    def __init__(self, document: Document, data: dict[str, Any], read: ReadCertificate | None) -> None:
        self.document, self.data, self.read = document, data, read
        self.keys: dict[str, Key] = {}
        self.anchors: dict[str, tuple[TrustAnchor, ...]] = {}

    def pin_file(self) -> PinFile:
        for name, table in self.document.keys.items():
            self.keys[name] = self.key(name, table)
        if len(self.document.host) > MAX_HOSTS:
            problem = f"the file has more than {MAX_HOSTS:,} hosts"
            raise FaultError(("host", MAX_HOSTS), problem, "split it into two pin files, one for each app or team")
        hosts: dict[str, tuple[int, HostPins]] = {}
        for at, host_table in enumerate(self.document.host):
            entry = self.host(at, host_table)
            first, _ = hosts.setdefault(entry.host, (at, entry))
            if first != at:
                raise FaultError(
                    ("host", at, "name"),
                    f"{entry.host} is listed twice, first as host[{first}]",
                    "merge the two entries, because only one entry can apply to a host",
                )
        usual = require_days(("defaults", "lead-time"), self.document.defaults.lead_time)
        outputs = tuple(self.output(at, usual) for at in range(len(self.document.output)))
        compromised = tuple(self.compromised(name, table) for name, table in self.document.compromised.items())
        try:
            policy = Policy(
                hosts=tuple(entry for _, entry in hosts.values()),
                keys=tuple(self.keys.values()),
                require_pins=self.document.defaults.require_pins,
                refuse_compromised=self.document.defaults.refuse_compromised,
                compromised=compromised,
            )
        except CompromisedAuthorityError as error:
            raise FaultError(self._place_of(error.pin), str(error), error.hint) from error
        lead_time = max((output.lead_time for output in outputs), default=usual)
        allowed = tuple(map(self.allowed, range(len(self.document.lint.allow))))
        drill_days = require_days(("defaults", "drill-days"), self.document.defaults.drill_days)
        return PinFile(policy, outputs, lead_time, allowed, drill_days, read_updates(self.document.updates or None))

    def compromised(self, name: str, table: CompromisedTable) -> CompromisedKey:
        path = ("compromised", name)
        require(path, key_name_problem(name))
        try:
            return CompromisedKey(name, Pin.parse(table.pin))
        except CompromisedAuthorityError as error:
            problem = f"{error.pin!r} is the key of {error.name}, which pinsmith already refuses"
            raise FaultError((*path, "pin"), problem, "remove this table") from error
        except PinFormatError as error:
            raise FaultError((*path, "pin"), str(error), error.hint) from error

    def _place_of(self, pin: str) -> Path:
        """Find the key with that *pin*. A trust anchor is in another file, so its place is that of the hosts."""
        return next(
            (("keys", name, "pin") for name, table in self.document.keys.items() if table.pin == pin), ("host",)
        )

    def key(self, name: str, table: KeyTable) -> Key:
        path = ("keys", name)
        require(path, key_name_problem(name))
        try:
            pin = Pin.parse(table.pin)
        except PinFormatError as error:
            raise FaultError((*path, "pin"), str(error), error.hint) from error
        if table.certificate:
            require((*path, "certificate"), path_problem(table.certificate))
        require((*path, "role"), role_problem(pin, table.role))
        return Key(
            name=name,
            pin=pin,
            role=table.role,
            algorithm=table.algorithm or None,
            subject=table.subject or None,
            not_after=table.not_after or None,
            certificate=table.certificate or None,
            standby=table.standby,
        )

    def host(self, at: int, table: HostTable) -> HostPins:
        path = ("host", at)
        host = host_of(table.name)
        if isinstance(host, tuple):
            raise FaultError((*path, "name"), *host)
        subdomains = self.include_subdomains(path, host, table)
        if table.cafile:
            require((*path, "cafile"), path_problem(table.cafile))
        for index, url in enumerate(table.report_uris):
            require((*path, "report-uris", index), url_problem(url))
        try:
            return HostPins(
                host=host,
                keys=self.keys_of(path, table.keys),
                mode=table.mode or self.document.defaults.mode,
                include_subdomains=subdomains,
                expires=table.expires or None,
                port=_port(path, table.port),
                report_uris=tuple(table.report_uris),
                trust_anchors=tuple(
                    anchor
                    for index, name in enumerate(table.trust_anchors)
                    for anchor in self.anchors_of((*path, "trust-anchors", index), name)
                ),
                trust=table.trust,
                check_host_name=table.check_host_name,
                connect=table.connect or None,
                cafile=table.cafile or None,
            )
        except PolicyError as error:
            raise FaultError(path, str(error), error.hint) from error

    def include_subdomains(self, path: Path, host: str, table: HostTable) -> bool:
        own = table.include_subdomains
        inherited = self.document.defaults.include_subdomains and not is_address(host)
        wanted = own if isinstance(own, bool) else inherited
        problem = public_suffix_problem(host) if wanted else None
        if problem:
            hint = (
                "write an entry for each host, without include-subdomains"
                if own
                else "write include-subdomains = false in this entry"
            )
            raise FaultError((*path, "include-subdomains" if own else "name"), problem, hint)
        return wanted

    def keys_of(self, path: Path, names: list[str]) -> tuple[Key, ...]:
        for index, name in enumerate(names):
            here = (*path, "keys", index)
            if name not in self.keys:
                raise FaultError(
                    here,
                    f"there is no key {shown(name)}",
                    nearest(name, self.keys, what="keys"),
                )
            if name in names[:index]:
                raise FaultError(here, f"{name!r} is listed twice in this entry", "remove one of them")
        return tuple(self.keys[name] for name in names)

    def anchors_of(self, path: Path, name: str) -> tuple[TrustAnchor, ...]:
        require(path, path_problem(name))
        if name not in self.anchors:
            self.anchors[name] = self.read_anchors(path, name)
        return self.anchors[name]

    def read_anchors(self, path: Path, name: str) -> tuple[TrustAnchor, ...]:
        from pinsmith.material import read_material

        if self.read is None:
            raise FaultError(
                path,
                f"the file {shown(name)} cannot be read, because this policy is parsed from text",
                "load the pin file from disk, or pass read_certificate",
            )
        try:
            found = read_material(self.read(name))
        except FileError as error:
            raise FaultError(path, str(error), error.hint) from error
        except (MaterialError, CertificateError) as error:
            raise FaultError(path, f"{shown(name)}: {error}", error.hint) from error
        other = next((item.kind for item in found if item.kind != "certificate"), None)
        if other:
            kind = other.replace("-", " ")
            raise FaultError(path, f"{shown(name)} contains a {kind}", "name a file that contains only certificates")
        pins = dict.fromkeys(item.pin for item in found)
        return tuple(TrustAnchor(name, pin) for pin in pins)

    def allowed(self, at: int) -> Allowed:
        table = self.document.lint.allow[at]
        path = ("lint", "allow", at)
        if not table.reason.strip():
            raise FaultError((*path, "reason"), "the reason is empty", "say why the finding is accepted")
        host = None if table.host is None else host_of(table.host)
        if isinstance(host, tuple):
            raise FaultError((*path, "host"), *host)
        return Allowed(table.rule, host, table.reason)

    def output(self, at: int, usual: int) -> Output:
        table = self.document.output[at]
        path = ("output", at)
        require((*path, "path"), path_problem(table.path))
        options = {
            name: _option((*path, name), value)
            for name, value in self.data["output"][at].items()
            if name not in ("format", "path", "lead-time")
        }
        own = table.lead_time
        days = require_days((*path, "lead-time"), own) if isinstance(own, int) else usual
        return Output(table.format, table.path, options, days)


def _port(path: Path, port: int) -> int:
    if not is_port(port):
        raise FaultError((*path, "port"), f"expected a port from 1 to {MAX_PORT}, got {shown(port)}")
    return port


def _option(path: Path, value: object) -> Option:
    if isinstance(value, list):
        return tuple(_scalar((*path, index), item) for index, item in enumerate(value))
    return _scalar(path, value)


def _scalar(path: Path, value: object) -> Scalar:
    if isinstance(value, str | bool | int | float | dt.date | dt.time):
        return value
    raise FaultError(path, f"expected text, a number, true or false, a date, or an array, got {shown(value)}")
