"""Read a file with pins for lint, whatever its format is."""

from __future__ import annotations

import functools
import itertools
from dataclasses import replace
from datetime import timedelta
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from pinsmith import audit, builds, formats, importing, pinfile, renewal
from pinsmith.errors import FormatError, NothingPinnedError, ParseError, PinsmithError, UnknownFormatError
from pinsmith.finding import FilePlace, Finding, Severity
from pinsmith.formats._mark import source_of
from pinsmith.formats._note import PROBLEMS
from pinsmith.host import is_address
from pinsmith.importing.search import may_matter
from pinsmith.pinfile._toml import decode
from pinsmith.pinfile.releases import NAME
from pinsmith.policy import HostPins
from pinsmith.repair import located
from pinsmith.rules._allow import comments
from pinsmith.rules._dart import may_request, read_dart
from pinsmith.rules._released import read_releases
from pinsmith.rules._rule import AllowTable, PinnedFile, Site, Spot
from pinsmith.rules.code import CODE_RULES
from pinsmith.rules.code._intent import speaks_of_pins
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode as decode_text
from pinsmith.syntax.toml_layout import scan

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date

    from pinsmith.formats import Format, Reading
    from pinsmith.formats._format import Found
    from pinsmith.rules._rule import Rule


# What a policy cannot hold matters for `import` only, and these rules look at the whole policy.
_OF_IMPORT: Final = {
    "pins-elsewhere",
    "pins-not-kept",
    "policy-differs",
    "private-suffix",
    "report-address-not-kept",
    "role-unknown",
    "setting-not-kept",
    "vouched-for-compromised",
}
NO_HOST: Final = "host.invalid"
"""The host of pins in a file that names none. RFC 6761: nobody has such a host."""
RENEWAL_NOT_READ: Final = "renewal-not-read"
CODE_NOT_READ: Final = "code-not-read"


def may_have_findings(content: bytes, name: str) -> bool:
    """Say whether a file may contain pins, renew certificates, list clients, or be code that a rule looks at."""
    return _needs_reader(content, name) or builds.may_matter(content, name) or may_request(content, name)


@functools.lru_cache(maxsize=1)  # it is asked once before a file is read, and once while it is read
def _needs_reader(content: bytes, name: str) -> bool:
    return may_matter(content, name) or bool(_suspicions(content, name))


@functools.lru_cache(maxsize=1)  # it is asked several times while a file is read
def _suspicions(content: bytes, name: str) -> tuple[Rule, ...]:
    """Return the rules about code that may find something, by its words: to parse a file takes much longer."""
    if audit.language_of(name) is None:
        return ()
    text = content.replace(b"\0", b"").decode("utf-8", "replace")
    is_about_pins = speaks_of_pins(text)
    return tuple(rule for rule in CODE_RULES if (is_about_pins or not rule.about_pins) and rule.suspects(text))


def _inspect(text: str, file: str, suspicions: Sequence[Rule]) -> Iterator[tuple[str, Spot]]:
    """Apply the rules about code. The syntax tree is not kept: those of a repository would not fit into memory."""
    code = audit.parse(text, file) if suspicions else None
    for rule in suspicions if code else ():
        if code and rule.inspect:
            yield from ((rule.id, spot) for spot in rule.inspect(code))


def read(
    content: bytes, file: str, *, today: date, read_certificate: Callable[[str], bytes] | None = None
) -> PinnedFile:
    """
    Read a file with pins, or one of renewal automation, of build settings or of dependencies.

    Args:
        content: All of it.

        file:
            Its name. ``pins.releases.toml`` contains releases, any other file that ends in ``.toml`` is a pin file, and
            others are recognised by their content.

        today: In UTC.

        read_certificate: As for `pinsmith.pinfile.parse`.

    Raises:
        ParseError: If a pin file, or a file of releases, is broken.
        UnknownFormatError: If it is neither recognised nor code, or cannot be read.
        FormatError: If it cannot be read in its format.
    """
    is_build = builds.is_name(file)
    if PurePath(file).name == NAME:
        return read_releases(content, file, today=today)
    if PurePath(file).suffix == ".toml" and not is_build:
        return _read_pin_file(content, file, today, read_certificate)
    text = _parsed(content) or content.decode("utf-8", "replace")
    dart = read_dart(content, file)
    if not is_build and not file.endswith(".dart"):
        return _read_platform_file(content, text, file, today)
    is_code = audit.language_of(file) is not None
    read_file = PinnedFile(file, None, (), (), today, comments=comments(text, file), is_code=is_code)
    if is_code and _needs_reader(content, PurePath(file).name):
        try:
            read_file = _read_platform_file(content, text, file, today)
        except UnknownFormatError:  # without the extra that reads code, the clients of a build file still count
            if not is_build:
                raise
    return replace(read_file, is_build=is_build, clients=builds.read(text, file) if is_build else (), dart=dart)


def _read_platform_file(content: bytes, text: str, file: str, today: date) -> PinnedFile:
    switches = formats.switches(content, file)
    renewed = _read_renewals(text, file, today)
    suspicions = _suspicions(content, PurePath(file).name)
    spots = tuple(_inspect(text, file, suspicions))
    unread = tuple(_unread(text, file)) if suspicions else ()
    only_code = PinnedFile(file, None, (), unread, today, comments=comments(text, file), spots=spots, is_code=True)
    try:
        read_file = importing.read(content, file)
    except UnknownFormatError as error:
        if renewed is not None:
            return replace(renewed, text=_parsed(content))
        if switches:
            return PinnedFile(file, None, (), switches, today, comments=comments(text, file))
        if audit.language_of(file) is None or error.hint == audit.INSTALL:
            raise
        if not audit.is_installed() and suspicions:
            raise UnknownFormatError(f"{file}: ast-grep-py is needed to read code", hint=audit.INSTALL) from error
        return only_code
    except FormatError as error:
        if not spots:
            raise
        return replace(only_code, notes=(unreadable(error, file),))
    target, reading = read_file.target, read_file.reading
    found = {one.host: one for one in reversed(reading.hosts)}
    entries, notes = _entries(reading, file)
    sites = tuple(_site(entry, found.get(entry.host), file) for entry in entries if entry.keys)
    kept = (
        replace(note, message=note.message.removeprefix("left out: ")) for note in notes if note.rule not in _OF_IMPORT
    )
    parsed = _parsed(content)
    return PinnedFile(
        file,
        target,
        sites,
        tuple(_located(kept, parsed)) + switches + (renewed.notes if renewed else ()),
        today,
        comments=comments(text, file),
        renewals=renewed.renewals if renewed else (),
        spots=tuple(_without_known(spots, reading.notes)),
        is_code=audit.language_of(file) is not None,
        text=parsed,
        source=source_of(parsed) or "",
        exempt=tuple(entry for entry in entries if entry.mode == "off" and not entry.keys),
        bare=tuple(_bare(found.values(), file)),
    )


def _bare(found: Iterable[Found], file: str) -> Iterator[Site]:
    """Yield the hosts of which no pin can be used. Their other defects are not hidden by that."""
    for one in found:
        if not one.pins and not one.exempt:
            wide = one.include_subdomains and not is_address(one.host)
            entry = HostPins(one.host, mode="off", include_subdomains=wide, expires=one.expires)
            yield Site(entry, FilePlace(file, one.line), one.overriding)


def _site(entry: HostPins, found: Found | None, file: str) -> Site:
    return Site(entry, FilePlace(file, found.line), found.overriding) if found else Site(entry, FilePlace(file))


def _without_known(spots: Iterable[tuple[str, Spot]], notes: Iterable[Finding]) -> Iterator[tuple[str, Spot]]:
    """Leave out the bad pins that the reader of a library has found, with their host."""
    known = {note.place.line for note in notes if note.rule == "known-bad-pin" and isinstance(note.place, FilePlace)}
    return (one for one in spots if one[0] != "placeholder-in-code" or one[1].at.line not in known)


def _unread(text: str, file: str) -> Iterator[Finding]:
    """Report code to which the rules are not applied."""
    if audit.is_installed() and (problem := audit.unread(text)):
        message = f"{problem}, so no rule was applied to this code"
        yield Finding(CODE_NOT_READ, Severity.LOW, FilePlace(file), message, audit.LEAVE_OUT)


def of_reading(reading: Reading, target: Format, file: str, *, today: date) -> PinnedFile:
    """Return what rules look at, if *file* is a part of something else, and nobody can repair it in place."""
    entries, notes = _entries(reading, file)
    kept = tuple(replace(note, repair=None) for note in notes if note.rule not in _OF_IMPORT)
    return PinnedFile(file, target, tuple(Site(entry, FilePlace(file)) for entry in entries if entry.keys), kept, today)


def _entries(reading: Reading, file: str) -> tuple[tuple[HostPins, ...], tuple[Finding, ...]]:
    """Return the hosts of a platform's file that can be used, and the notes."""
    hosts = [NO_HOST] if reading.pins and not reading.hosts else []
    try:
        policy, notes = formats.policy_of(reading, file=file, hosts=hosts, skip_bad=True)
    except NothingPinnedError as error:
        # The problem of a host is enough. The note that the host is left out because of it adds nothing.
        known = frozenset(reading.notes)
        return (), tuple(note for note in error.notes if note.rule in PROBLEMS or note in known)
    return policy.hosts, notes


def _parsed(content: bytes) -> str:
    """Return the text as readers parse it; empty if it is not a text."""
    try:
        return decode_text(content)
    except SyntaxFaultError:
        return ""


def _located(notes: Iterable[Finding], text: str) -> Iterator[Finding]:
    """Say where the edits of repairs are."""
    for note in notes:
        place = note.place
        if note.repair is None or not isinstance(place, FilePlace):
            yield note
        else:
            yield replace(note, repair=located(note.repair, text, place.line, place.column))


def _read_renewals(text: str, file: str, today: date) -> PinnedFile | None:
    """Read a file of renewal automation. One that cannot be read has a note, because its tool may still read it."""
    try:
        renewals = renewal.read(text, file)
    except SyntaxFaultError as error:
        # A fault without a position is a missing parser. Other faults are usual in templates.
        severity = Severity.LOW if error.hint and error.position is None else Severity.INFO
        message = f"this file seems to renew certificates, but was not compared with the pins: {error.problem}"
        note = Finding(RENEWAL_NOT_READ, severity, FilePlace(file, error.line), message, error.hint)
        return PinnedFile(file, None, (), (note,), today, comments=comments(text, file))
    if not renewals:
        return None
    return PinnedFile(file, None, (), (), today, comments=comments(text, file), renewals=renewals)


def _read_pin_file(
    content: bytes, file: str, today: date, read_certificate: Callable[[str], bytes] | None
) -> PinnedFile:
    text = decode(content, file=file)
    pin_file = pinfile.parse_file(text, file=file, read_certificate=read_certificate)
    layout = scan(text)
    places = (FilePlace(file, layout.line(("host", number))) for number in itertools.count())
    sites = tuple(map(Site, pin_file.policy.hosts, places))
    outputs = (FilePlace(file, layout.line(("output", number))) for number in itertools.count())
    allowed = (FilePlace(file, layout.line(("lint", "allow", number))) for number in itertools.count())
    return PinnedFile(
        file,
        None,
        sites,
        (),
        today,
        timedelta(days=pin_file.lead_time),
        comments(text, file),
        tuple(map(AllowTable, pin_file.allowed, allowed)),
        outputs=tuple(zip(pin_file.outputs, outputs, strict=False)),
        text=text,
    )


def unreadable(error: PinsmithError, file: str) -> Finding:
    """Return the finding about a file that cannot be read; its rule is the code of the error, or of its cause."""
    cause = error.__cause__
    code = cause.code if isinstance(cause, PinsmithError) else error.code
    text = error.problem if isinstance(error, FormatError | ParseError) else str(error)
    if isinstance(error, ParseError) and error.key_path:
        text = f"{error.key_path}: {text}"
    line, column = getattr(error, "line", None), getattr(error, "column", None)
    return Finding(code, Severity.HIGH, FilePlace(file, line, column if line else None), text, error.hint)
