"""Read the pins of a file of code, as if it were a file of the format that pinsmith writes for the library."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinsmith import formats
from pinsmith.audit._code import Code, Known, Unknown
from pinsmith.audit._language import language_of
from pinsmith.errors import FormatError, UnknownFormatError
from pinsmith.formats._format import Found, FoundPin
from pinsmith.formats._note import Notes
from pinsmith.formats._text import decode, read_host, read_pin

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pinsmith.audit._extractor import Extractor, Host, Pinning
    from pinsmith.formats import Format, Reading

_SHOWN = 3  # sources of values in one note


@dataclass(slots=True)
class _Site:
    """The pins of one spelling of a host."""

    host: Host
    line: int | None
    pins: dict[FoundPin, None] = field(default_factory=dict)


def read_code(content: bytes, name: str, extractors: Sequence[Extractor]) -> tuple[Format, Reading]:
    """Read a file of code, see `pinsmith.audit.read`; *extractors* are the libraries to look for."""
    language = language_of(name)
    text = decode(content, name)
    suitable = [
        extractor
        for extractor in extractors
        if language is not None and language.id in extractor.formats and extractor.sign in text
    ]
    if language is None or not suitable:
        raise UnknownFormatError(f"{name}: no library that pinsmith knows pins in it")
    try:
        code = Code(text, name, language)
    except ImportError as error:
        hint = "pip install 'pinsmith[audit]'"
        raise UnknownFormatError(f"{name}: ast-grep-py is needed to read code", hint=hint) from error
    found = [(extractor, pinnings) for extractor in suitable if (pinnings := list(extractor.find(code)))]
    if not found:
        raise UnknownFormatError(f"{name}: it names {suitable[0].title}, but pins nothing")
    if len(found) > 1:
        both = " and ".join(extractor.title for extractor, _ in found)
        raise FormatError(f"{both} pin in this file", file=name, hint="split the file")
    extractor, pinnings = found[0]
    return formats.find(extractor.formats[language.id]), _reading(extractor, pinnings, name)


def _reading(extractor: Extractor, pinnings: Iterable[Pinning], name: str) -> Reading:
    notes = Notes(name)
    sites: dict[str, _Site] = {}
    for pinning in sorted(pinnings, key=lambda pinning: (pinning.at.line, pinning.at.column)):
        _note_unknown(extractor, pinning, notes)
        pins = [
            FoundPin(pin)
            for value in pinning.pins
            if isinstance(value, Known) and (pin := read_pin(value.text, value.at, notes, style=extractor.style))
        ]
        for value in pinning.hosts:
            if isinstance(value, Known):
                site = sites.setdefault(value.text, _Site(extractor.read_host(value.text), pinning.at.line))
                site.pins |= dict.fromkeys(pins)
    hosts = tuple(_found(site, notes, name) for site in sites.values() if site.pins)
    return formats.Reading(hosts=hosts, notes=tuple(dict.fromkeys(notes)))


def _found(site: _Site, notes: Notes, name: str) -> Found:
    if site.host.remark:
        notes.add(
            "policy-differs", f"the pattern {site.host.remark}; in a policy all subdomains are covered", site.line
        )
    host = read_host(site.host.name, name, site.line)
    return Found(host, tuple(site.pins), include_subdomains=site.host.include_subdomains, line=site.line)


def _note_unknown(extractor: Extractor, pinning: Pinning, notes: Notes) -> None:
    """Name the expressions that this file does not resolve."""
    for what, values in (("host", pinning.hosts), ("pins", pinning.pins)):
        sources = list(dict.fromkeys(value.source for value in values if isinstance(value, Unknown)))
        if sources:
            listed = ", ".join(sources[:_SHOWN]) + (", ..." if len(sources) > _SHOWN else "")
            verb = "comes" if what == "host" else "come"
            message = f"the {what} of {extractor.title} {verb} from {listed}, whose value this file does not give"
            notes.add("value-elsewhere", message, pinning.at)
