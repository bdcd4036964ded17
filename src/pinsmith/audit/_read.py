"""Read the pins of a file of code, as if it were a file of the format that pinsmith writes for the library."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from pinsmith import formats
from pinsmith.audit._code import Code
from pinsmith.audit._value import Known, Unknown
from pinsmith.audit.languages import language_of
from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.formats._format import Found, FoundPin
from pinsmith.formats._note import Notes
from pinsmith.formats._text import decode, read_host, read_parts, read_pin, read_report_uri
from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pinsmith.audit._extractor import Extractor, Host, Pinning
    from pinsmith.audit._value import Value
    from pinsmith.formats import Format, Reading

INSTALL: Final = "pip install 'pinsmith[audit]'"
"""The hint of the error if the extra that reads code is not installed."""
LEAVE_OUT: Final = "split it, or leave code that a tool wrote out of the search"
"""The hint of the error about code that is not read."""
_MAX_LINE: Final = 10_000  # characters: columns of longer lines take long to find
_MAX_CODE: Final = 2_000_000  # characters of a file
_SHOWN = 3  # sources of values in one note


@dataclass(slots=True)
class _Site:
    """The pins of one spelling of a host; *content* is equal at each of its places, or none is taken."""

    host: Host
    pinning: Pinning
    content: object
    pins: dict[FoundPin, None] = field(default_factory=dict)
    differs: bool = False
    by_builder: dict[tuple[str, int], set[FoundPin]] = field(default_factory=dict)


def read_code(
    content: bytes, name: str, extractors: Sequence[Extractor], *, format_id: str | None = None
) -> tuple[Format, Reading]:
    """Read a file of code, see `pinsmith.audit.read`; *extractors* are the libraries to look for."""
    language = language_of(name)
    text = decode(content, name)
    looked_for = suitable(text, name, extractors)
    if language is None or not looked_for:
        raise UnknownFormatError(f"{name}: it contains no pins of a library that pinsmith knows")
    if problem := unread(text):
        raise FormatError(f"{problem}, so it is not known what this code pins", file=name, hint=LEAVE_OUT)
    try:
        code = Code(text, name, language)
    except ImportError as error:
        raise UnknownFormatError(f"{name}: ast-grep-py is needed to read code", hint=INSTALL) from error
    found = [(extractor, pinnings) for extractor in looked_for if (pinnings := list(extractor.find(code)))]
    if not found:
        raise UnknownFormatError(f"{name}: it names {looked_for[0].title}, but pins nothing")
    found = [one for one in found if one[0].is_whole] or found
    ids = dict.fromkeys(extractor.format_of(language.id, text) for extractor, _ in found)
    if len(ids) > 1:
        both = " and ".join(extractor.title for extractor, _ in found)
        raise FormatError(f"it contains pins of {both}, but may have one library", file=name, hint="split the file")
    return formats.find(format_id or next(iter(ids))), _reading(found, code)


def unread(text: str) -> str | None:
    """Return why code is not read, a clause; None if it is read. No person writes code that is not read."""
    if len(text) > _MAX_CODE:
        return f"it is longer than {_MAX_CODE} characters"
    if any(len(line) > _MAX_LINE for line in text.splitlines()):
        return f"a line is longer than {_MAX_LINE} characters"
    return None


def suitable(text: str, name: str, extractors: Sequence[Extractor]) -> list[Extractor]:
    """Return the libraries whose words a file of code contains."""
    language = language_of(name)
    return [
        extractor
        for extractor in extractors
        if language is not None and language.id in extractor.formats and any(sign in text for sign in extractor.signs)
        if extractor.needs is None or extractor.needs.search(text)
    ]


def _reading(found: Iterable[tuple[Extractor, Iterable[Pinning]]], code: Code) -> Reading:
    notes = Notes(code.name)
    sites: dict[str, _Site] = {}
    each = [(extractor, pinning) for extractor, pinnings in found for pinning in pinnings]
    for extractor, place in sorted(each, key=lambda one: (one[1].at.line, one[1].at.column)):
        pinning = replace(place, report_uris=tuple(_addresses(place, notes)))
        _note_unknown(extractor, pinning, notes)
        for remark in pinning.remarks:
            notes.add(remark.rule, remark.message, remark.at)
        pins = [
            FoundPin(pin)
            for value in pinning.pins
            if isinstance(value, Known) and (pin := read_pin(value.text, value.at, notes, style=extractor.style))
        ]
        for value in pinning.hosts:
            if isinstance(value, Known):
                dotless = sites.get(value.text.removesuffix("."))
                if extractor.joins and value.text.endswith(".") and dotless and dotless.pins == dict.fromkeys(pins):
                    continue  # the same host and pins, for URLs with a dot at the end of the host
                settings = replace(pinning, hosts=(), pins=(), remarks=(), at=Position(1, 1), builder=("", 0))
                content = settings if extractor.joins else (settings, frozenset(pins))
                site = sites.setdefault(value.text, _Site(extractor.read_host(value.text), pinning, content))
                site.pins |= dict.fromkeys(pins)
                site.by_builder.setdefault(pinning.builder, set()).update(pins)
                if site.content != content:  # which one is in force is not known
                    site.differs = True
                    message = (
                        f"{value.text!r} has other pins or settings in line {site.pinning.at.line}; it is left out"
                    )
                    notes.add("duplicate-entry", message, pinning.at)
    for at in code.choices:
        notes.add("policy-differs", "a branch without pins is left out; the other branch is taken", at)
    pinned = [site for site in sites.values() if not site.differs and (site.pins or site.pinning.exempt)]
    hosts = tuple(read_parts(pinned, lambda site: _found(site, notes, code.name), notes))
    return formats.Reading(hosts=hosts, notes=tuple(dict.fromkeys(notes)))


def _addresses(pinning: Pinning, notes: Notes) -> Iterator[Value]:
    """Yield the addresses for reports that a policy can hold."""
    for value in pinning.report_uris:
        if isinstance(value, Known) and read_report_uri(value.text, value.at, notes) is not None:
            yield Known(value.text, Position(1, 1))


def _found(site: _Site, notes: Notes, name: str) -> Found:
    pinning, line = site.pinning, site.pinning.at.line
    if site.host.remark:
        notes.add("policy-differs", f"the pattern {site.host.remark}; in a policy all subdomains are covered", line)
    host = read_host(site.host.name, name, line)
    if len({frozenset(pins) for pins in site.by_builder.values()}) > 1:
        message = f"{host} is pinned in several places with different pins, which are joined here"
        notes.add("duplicate-entry", message, line, fix="remove the pins that only another build should accept")
    return Found(
        host,
        tuple(site.pins),
        include_subdomains=site.host.include_subdomains or pinning.include_subdomains,
        expires=pinning.expires,
        report_only=pinning.report_only,
        exempt=pinning.exempt,
        report_uris=tuple(value.text for value in pinning.report_uris if isinstance(value, Known)),
        line=line,
    )


def _note_unknown(extractor: Extractor, pinning: Pinning, notes: Notes) -> None:
    """Name the expressions that this file does not resolve."""
    named: list[str] = []
    for what, values in (("host", pinning.hosts), ("pins", pinning.pins)):
        unknown = dict.fromkeys(value.source for value in values if isinstance(value, Unknown))
        sources = [source for source in unknown if source not in named]
        named += sources
        if sources:
            listed = ", ".join(sources[:_SHOWN]) + (", ..." if len(sources) > _SHOWN else "")
            verb = "comes" if what == "host" else "come"
            message = f"the {what} of {extractor.title} {verb} from {listed}, and this file does not contain the value"
            notes.add("value-elsewhere", message, pinning.at)
