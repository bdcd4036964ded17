"""The tables of pins.releases.toml: from TOML to releases, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from pinsmith._port import MAX_PORT, is_port
from pinsmith.errors import PinFormatError
from pinsmith.pin import Pin, parse_any_spelling
from pinsmith.pinfile._decode import typed_table
from pinsmith.pinfile._fault import FaultError
from pinsmith.pinfile._schema import Date, IncludeSubdomains, ModeText, TrustText, meta
from pinsmith.pinfile._spelling import host_of, key_name_problem
from pinsmith.pinfile._write import entry_lines, toml_text, toml_value
from pinsmith.release import HTTPS, Release, ReleasedHost, System
from pinsmith.syntax.toml_layout import key_text

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    share_date: _Day | UnsetType = UNSET
    share_source: Annotated[str, meta("text in quotes", "Where the share was read.")] | UnsetType = UNSET
    source: Annotated[str, meta("text in quotes", "Where the pins were read.")] | UnsetType = UNSET
    ended: _Day | UnsetType = UNSET
    oldest: Annotated[str, meta(_OLDEST, "The oldest system that it runs on.")] | UnsetType = UNSET
    updates: Annotated[bool, meta("true or false", "Whether its programs read signed updates.")] = False
    host: Annotated[list[Any], meta("tables, [[release.host]]", "What it enforces.")] = []


def read_releases(tables: list[Any]) -> Iterator[Release]:
    """
    Read the tables of releases, in their order.

    Raises:
        FaultError: If one of them is not the table of a release.
    """
    seen: dict[tuple[str, str], int] = {}
    for at, raw in enumerate(tables):
        path = ("release", at)
        table = typed_table(path, raw, _ReleaseTable)
        for name in ("app", "version"):
            if problem := name_problem(getattr(table, name)):
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
        for name, fact in (("share-date", table.share_date), ("share-source", table.share_source)):
            if share is None and fact is not UNSET:
                raise FaultError((*path, name), "the release has no share", "write its share, or remove this line")
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
            share_date=table.share_date or None,
            share_source=table.share_source or None,
            updates=table.updates,
        )


def _system(path: tuple[str | int, ...], text: str | UnsetType) -> System | None:
    if text is UNSET:
        return None
    found = System.parse(text)
    if found is None:
        raise FaultError(path, f"{text!r} is not a system and its version", f"write {_OLDEST}")
    return found


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


def name_problem(name: str) -> tuple[str, str] | None:
    """Return what is wrong with the name of an app or a version, and the hint; None if nothing is."""
    if name and len(name) <= _MAX_NAME and name.isprintable() and name == name.strip():
        return None
    return (
        f"the name is empty, has over {_MAX_NAME} characters, or contains invisible characters or blanks at its ends",
        f"write 1 to {_MAX_NAME} visible characters",
    )


def release_lines(release: Release) -> Iterator[str]:
    """Write the tables of *release*."""
    values = {
        "app": release.app,
        "version": release.version,
        "date": release.date,
        "share": release.share,
        "share-date": release.share_date,
        "share-source": release.share_source,
        "source": release.source,
        "ended": release.ended,
        "oldest": str(release.oldest) if release.oldest else None,
        "updates": release.updates or None,
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
