"""
pins.releases.toml, beside pins.toml: what each shipped version of an app enforces.

`Releases` reads it and changes it in place. A missing file has no releases.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Any, Final, cast

import msgspec
from msgspec import UNSET, UnsetType

from pinsmith import files
from pinsmith._port import MAX_PORT, is_port
from pinsmith.errors import FileError, ParseError, PinFormatError, PolicyError
from pinsmith.limit import MAX_BYTES
from pinsmith.pin import Pin, parse_any_spelling
from pinsmith.pinfile._decode import require_known, require_shape, require_version, typed_table
from pinsmith.pinfile._fault import FaultError
from pinsmith.pinfile._schema import Date, IncludeSubdomains, ModeText, TrustText, meta
from pinsmith.pinfile._spelling import host_of, key_name_problem
from pinsmith.pinfile._toml import decode, parse_toml
from pinsmith.pinfile._write import entry_lines, require_size, toml_text, toml_value
from pinsmith.release import HTTPS, Release, ReleasedHost, System
from pinsmith.syntax.toml import BYTE_ORDER_MARK
from pinsmith.syntax.toml_edit import TOMLEdits
from pinsmith.syntax.toml_layout import key_text

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.release import Platform

NAME: Final = "pins.releases.toml"
_HEADER: Final = (
    "# What each shipped version of an app enforces. `pinsmith check` covers every version that has not ended.\n"
    "# Commit this file. `pinsmith release add` adds a version, `pinsmith release end` ends one.\n"
    "version = 1\n"
)
_SYSTEM: Final = re.compile(r"(android|ios|java) ([0-9]{1,4}(?:\.[0-9]{1,4}){0,3})", re.ASCII)
_OLDEST: Final = 'a system and its version, such as "android 26", "ios 15.0" or "java 11"'
_MAX_NAME: Final = 100  # characters of an app or a version
_Day = Annotated[Date, meta("a date such as 2027-01-31", "A day in UTC.")]
_PinText = Annotated[str, meta("a pin in quotes", "sha256/ and the base64 SHA-256 of the DER SubjectPublicKeyInfo.")]


class _HostTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    name: Annotated[str, meta("a host in quotes", "The host.")]
    pins: Annotated[dict[str, _PinText], meta("a table of pins", "The pins, each by the name of its key.")]
    mode: ModeText = "enforce"
    include_subdomains: IncludeSubdomains = False
    expires: _Day | UnsetType = UNSET
    trust: TrustText = "verified"
    port: Annotated[int, meta("a port from 1 to 65535", "The port that check connects to.")] = HTTPS
    anchors: Annotated[list[_PinText], meta("an array of pins", "The verified chain must end in one of these.")] = []


class _ReleaseTable(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    app: Annotated[str, meta("text in quotes", "The app.")]
    version: Annotated[str, meta("text in quotes", "The version, as users see it.")]
    date: _Day | UnsetType = UNSET
    share: Annotated[float, meta("a percentage from 0 to 100", "How many users have it.")] | UnsetType = UNSET
    source: Annotated[str, meta("text in quotes", "Where the pins were read.")] | UnsetType = UNSET
    ended: _Day | UnsetType = UNSET
    oldest: Annotated[str, meta(_OLDEST, "The oldest system that it runs on.")] | UnsetType = UNSET
    host: Annotated[list[Any], meta("tables, [[release.host]]", "What it enforces.")] = []


class _Document(msgspec.Struct, rename="kebab", forbid_unknown_fields=True):
    version: int
    release: list[Any] = []


class Releases:
    """
    The releases of a pin file, which can be changed. Comments and order are kept.

    Args:
        text: The whole file; empty if there is none.

        file: The name of the file in errors.

    Attributes:
        releases: In the order of the file.

    Raises:
        ParseError: If *text* is not TOML, or its tables are not those of releases.
    """

    def __init__(self, text: str, *, file: str = NAME) -> None:
        self.file = file
        self._mark = BYTE_ORDER_MARK if text.startswith(BYTE_ORDER_MARK) else ""
        self._text = text.removeprefix(BYTE_ORDER_MARK)
        self._path: Path | None = None
        self._original: bytes | None = None
        self.releases: tuple[Release, ...] = self._read()

    @classmethod
    def beside(cls, pin_file: Path) -> Releases:
        """
        Read the releases beside *pin_file*.

        Raises:
            ParseError: If the file cannot be understood.
            FileError: If it is there and cannot be read.
        """
        path = pin_file.parent / NAME
        try:
            content: bytes | None = files.read(path, most_bytes=MAX_BYTES)
        except FileError:
            if path.exists() or path.is_symlink():
                raise
            content = None
        found = cls("" if content is None else decode(content, file=str(path)), file=str(path))
        found._path, found._original = path, content
        return found

    def alive(self, now: dt.datetime) -> list[Release]:
        """Return the releases that are in use at *now*, which is aware."""
        return [release for release in self.releases if release.is_alive(now)]

    def add(self, release: Release) -> None:
        """
        Add *release* at the end.

        Raises:
            PolicyError: If it is there already, pins nothing, or a value cannot be written.
        """
        if self._index(release.app, release.version) is not None:
            raise PolicyError(
                f"{release} is in {self.file} already",
                hint=f"what a release enforces cannot change; if the entry is wrong, correct it in {self.file}",
            )
        if not any(entry.mode != "off" and entry.pins for entry in release.hosts):
            raise PolicyError(f"{release} would pin nothing", hint="name the file that the release was built from")
        shares = (other.share or 0 for other in self.releases if other.app == release.app and other.ended is None)
        if release.share and (total := round(sum(shares, release.share), 6)) > 100:  # noqa: PLR2004 - percent
            raise PolicyError(
                f"the releases of {release.app} that have not ended would have {total:g}% of its users",
                hint=f"correct the shares in {self.file}, or end what nobody uses: `pinsmith release end APP VERSION`",
            )
        if problem := _name_problem(release.app) or _name_problem(release.version):
            raise PolicyError(f"{release}: {problem[0]}", hint=problem[1])
        text = self._text or _HEADER
        if not text.endswith("\n"):
            text += "\n"
        self._replace(text + "\n" + "\n".join(_lines(release)) + "\n")

    def end(self, app: str, version: str, day: dt.date) -> Release:
        """
        Ask nobody about a release from *day* on, and return it as it was.

        Raises:
            PolicyError: If there is no such release, or it has ended already.
        """
        at = self._index(app, version)
        if at is None:
            raise PolicyError(f"there is no release {app} {version} in {self.file}", hint="see `pinsmith release list`")
        release = self.releases[at]
        if release.ended is not None:
            raise PolicyError(f"{release} ended on {release.ended} already", hint=f"correct the day in {self.file}")
        edits = TOMLEdits(self._text)
        part = edits.part(("release", at))
        if part is None:
            raise PolicyError(
                f"{release} is not a table of its own", hint=f"write `ended = {day}` into its entry in {self.file}"
            )
        part.insert_entry(f"ended = {day}")
        self._replace(edits.text)
        return release

    def save(self) -> None:
        """
        Write the file; the caller holds the lock of the pin file.

        Raises:
            FileError: If it cannot be written, or was changed by somebody else since it was read.
            PolicyError: If it would be too large.
        """
        if self._path is None:
            raise PolicyError("these releases were not read from a file", hint="use Releases.beside")
        content = (self._mark + self._text).encode()
        require_size(content, self.file)
        now = files.read(self._path, most_bytes=MAX_BYTES) if self._path.exists() else None
        if now != self._original:
            raise FileError(
                f"{self._path} cannot be written: another program changed it meanwhile",
                path=str(self._path),
                hint="look at the file, then run the command again",
            )
        files.write_atomically(self._path, content)
        self._original = content

    def _index(self, app: str, version: str) -> int | None:
        wanted = (app, version)
        return next((at for at, each in enumerate(self.releases) if (each.app, each.version) == wanted), None)

    def _replace(self, text: str) -> None:
        before = self._text
        self._text = text
        try:
            self.releases = self._read()
        except ParseError as error:
            self._text = before
            raise PolicyError(f"{self.file} cannot contain that: {error}", hint=error.hint) from error

    def _read(self) -> tuple[Release, ...]:
        if not self._text.strip():
            return ()
        data = parse_toml(self._text, file=self.file)
        try:
            require_version(data)
            require_known((), data, _Document)
            tables = data.get("release", [])
            require_shape(("release",), tables, list, "tables, [[release]]")
            return tuple(_releases(tables))
        except FaultError as fault:
            raise fault.in_file(self._text, self.file) from fault.__cause__


def _releases(tables: list[Any]) -> Iterator[Release]:
    seen: dict[tuple[str, str], int] = {}
    for at, raw in enumerate(tables):
        path = ("release", at)
        table = typed_table(path, raw, _ReleaseTable)
        for name in ("app", "version"):
            if problem := _name_problem(getattr(table, name)):
                raise FaultError((*path, name), *problem)
        first = seen.setdefault((table.app, table.version), at)
        if first != at:
            raise FaultError(
                (*path, "version"),
                f"{table.app} {table.version} is listed twice, first as release[{first}]",
                "remove one of them, or correct its version",
            )
        share = table.share or 0.0 if table.share is not UNSET else None
        if share is not None and not 0 <= share <= 100:  # noqa: PLR2004 - percent
            raise FaultError((*path, "share"), f"{share:g} is not a percentage", "write a number from 0 to 100")
        hosts: dict[str, ReleasedHost] = {}
        for index, host in enumerate(table.host):
            entry = _host((*path, "host", index), host)
            if hosts.setdefault(entry.host, entry) is not entry:
                raise FaultError(
                    (*path, "host", index, "name"),
                    f"{entry.host} is listed twice in this release",
                    "remove one of them",
                )
        yield Release(
            app=table.app,
            version=table.version,
            hosts=tuple(hosts.values()),
            date=table.date or None,
            share=share,
            source=table.source or None,
            ended=table.ended or None,
            oldest=_system((*path, "oldest"), table.oldest),
        )


def _system(path: tuple[str | int, ...], text: str | UnsetType) -> System | None:
    if text is UNSET:
        return None
    found = parse_system(text)
    if found is None:
        raise FaultError(path, f"{text!r} is not a system and its version", f"write {_OLDEST}")
    return found


def parse_system(text: str) -> System | None:
    """Read a system and its version, such as ``android 26``; None if it is something else."""
    found = _SYSTEM.fullmatch(text)
    if found is None or (found[1] == "android" and not found[2].isdecimal()):
        return None
    return System(cast("Platform", found[1]), found[2])


def _host(path: tuple[str | int, ...], raw: object) -> ReleasedHost:
    table = typed_table(path, raw, _HostTable)
    host = host_of(table.name)
    if isinstance(host, tuple):
        raise FaultError((*path, "name"), *host)
    for name in table.pins:
        if problem := key_name_problem(name):
            raise FaultError((*path, "pins", name), *problem)
    if not table.pins and table.mode != "off":
        raise FaultError((*path, "pins"), "the host has no pins", 'list its pins, or write mode = "off"')
    if not is_port(table.port):
        raise FaultError((*path, "port"), f"{table.port} is not a port", f"write a number from 1 to {MAX_PORT}")
    return ReleasedHost(
        host=host,
        pins={name: _pin((*path, "pins", name), text) for name, text in table.pins.items()},
        mode=table.mode,
        include_subdomains=table.include_subdomains,
        expires=table.expires or None,
        trust=table.trust,
        anchors=tuple(_pin((*path, "anchors", at), text) for at, text in enumerate(table.anchors)),
        port=table.port,
    )


def _pin(path: tuple[str | int, ...], text: str) -> Pin:
    """Read a pin, even one that no pin file may contain: users have it all the same."""
    try:
        pin = parse_any_spelling(text).pin
    except PinFormatError as error:
        raise FaultError(path, str(error), error.hint) from error
    if str(pin) != text:
        raise FaultError(path, "the pin is not in its canonical spelling", f'write "{pin}"')
    return pin


def _name_problem(name: str) -> tuple[str, str] | None:
    if name and len(name) <= _MAX_NAME and name.isprintable() and name == name.strip():
        return None
    return (
        f"the name is empty, has over {_MAX_NAME} characters, or contains invisible characters or blanks at its ends",
        f"write 1 to {_MAX_NAME} visible characters",
    )


def _lines(release: Release) -> Iterator[str]:
    values = {
        "app": release.app,
        "version": release.version,
        "date": release.date,
        "share": release.share,
        "source": release.source,
        "ended": release.ended,
        "oldest": str(release.oldest) if release.oldest else None,
    }
    yield "[[release]]"
    yield from entry_lines({name: value for name, value in values.items() if value is not None})
    for entry in release.hosts:
        pins = ", ".join(f"{key_text(name)} = {toml_text(str(pin))}" for name, pin in entry.pins.items())
        yield ""
        yield "[[release.host]]"
        yield f"name = {toml_text(entry.host)}"
        yield f"pins = {{ {pins} }}" if pins else "pins = {}"
        if entry.port != HTTPS:
            yield f"port = {entry.port}"
        if entry.mode != "enforce":
            yield f"mode = {toml_text(entry.mode)}"
        if entry.include_subdomains:
            yield "include-subdomains = true"
        if entry.expires is not None:
            yield f"expires = {entry.expires}"
        if entry.trust != "verified":
            yield f"trust = {toml_text(entry.trust)}"
        if entry.anchors:
            yield f"anchors = {toml_value(tuple(map(str, entry.anchors)))}"
