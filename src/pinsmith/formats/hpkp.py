"""HPKP: the header ``Public-Key-Pins`` of former browsers, bare or in the configuration of a web server."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ExportError, ExportRefusedError, FormatError
from pinsmith.formats._format import Can, Export, Format, FoundPin, OutputOption, Reading
from pinsmith.formats._line import remark, remark_of_keys, replace_lines
from pinsmith.formats._loss import refusal
from pinsmith.formats._note import Notes
from pinsmith.formats._text import decode, read_pin, read_report_uri

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.formats._format import Entry

_NAME: Final = "Public-Key-Pins"
_HEADER: Final = re.compile(
    rf"""^\s*(?:add_header\s+|header\s+(?:(?:always|onsuccess)\s+)?(?:set|add|append|merge)\s+)?
    ["']?(?P<name>{_NAME}(?P<only>-Report-Only)?)["']?\s*(?::|=>|,|\s)\s*(?P<value>\S.*)""",
    re.IGNORECASE | re.VERBOSE,
)
_QUOTED: Final = re.compile(r"""(?P<sign>["'])(?P<text>(?:\\.|(?!(?P=sign))[^\\])*)(?P=sign)""")
_DIRECTIVE: Final = re.compile(
    r"""\s*+(?:(?P<name>[\w!#$%&'*+.^`|~-]++)\s*+(?:=\s*+(?P<value>"[^"]*+"|[^\s;"]*+))?)?\s*+(?:;|\Z)"""
)
_URL_SIGNS: Final = re.compile(r"""["'\\$\s]""")  # that would end a value or begin a variable of nginx
_MAX_CHARACTERS: Final = 64 * 1024
_DEAD: Final = "no browser has read this header since 2020 (Chrome 72, Firefox 72), so it pins nothing"


@dataclass(frozen=True, slots=True)
class _Header:
    line: int
    report_only: bool
    value: str


def _headers(text: str, file: str) -> Iterator[_Header]:
    parts: list[str] = []
    for line, part in enumerate(text.split("\n"), 1):
        parts.append(part.rstrip("\r").removesuffix("\\"))
        if part.rstrip("\r").endswith("\\"):
            continue
        begin, joined = line - len(parts) + 1, "".join(parts)
        parts = []
        if found := _HEADER.match(joined):
            if len(joined) > _MAX_CHARACTERS:
                problem = f"the header is longer than the {_MAX_CHARACTERS} characters that pinsmith reads"
                raise FormatError(problem, file=file, line=begin)
            is_apache = joined.lstrip().lower().startswith("header ")
            value = _unquoted(found["value"].rstrip(), file, begin, apache=is_apache)
            yield _Header(begin, found["only"] is not None, value)


def _unquoted(value: str, file: str, line: int, *, apache: bool) -> str:
    if value[0] not in "\"'":
        return value
    found = _QUOTED.match(value)
    if found is None:
        raise FormatError(
            "the quoted value does not end in its line", file=file, line=line, hint="write it in one line"
        )
    text = re.sub(r"\\(.)", r"\1", found["text"])
    return text.replace("%%", "%") if apache else text


def _read(content: bytes, file: str) -> Reading:
    headers = sorted(_headers(decode(content, file), file), key=lambda header: header.report_only)
    if not headers:
        raise FormatError(f"it does not contain a header {_NAME}", file=file)
    first, *others = headers
    notes = Notes(file)
    for header in others:
        if header.report_only != first.report_only:
            text = "there is also a report-only header, but a policy holds only one of the two"
            notes.add("setting-not-kept", text, header.line)
        else:
            text = "the header occurs again, but browsers used only the first one of a response"
            notes.add("duplicate-entry", text, header.line)
    return _reading(first, file, notes)


def _reading(header: _Header, file: str, notes: Notes) -> Reading:
    pins: list[FoundPin] = []
    uris: list[str] = []
    seen: set[str] = set()
    for name, value in _directives(header, file):
        if name == "pin-sha256":
            if (pin := read_pin(value, header.line, notes, style="bare base64")) is not None:
                pins.append(FoundPin(pin))
        elif name == "report-uri":
            if (uri := read_report_uri(value, header.line, notes)) is not None:
                uris.append(uri)
        elif name == "max-age":
            text = f"max-age={value} is left out, because it counts from each visit, but expires of a policy is a day"
            notes.add("setting-not-kept", text, header.line)
        elif name != "includesubdomains":
            notes.add("setting-not-kept", f"the directive {name!r} is left out", header.line)
        seen.add(name)
    if "pin-sha256" not in seen:
        raise FormatError("the header has no pin-sha256", file=file, line=header.line)
    if "max-age" not in seen and not header.report_only:
        raise FormatError("the header has no max-age, so browsers ignored it", file=file, line=header.line)
    notes.add("pinning-off", _DEAD)
    return Reading(
        pins=tuple(dict.fromkeys(pins)),
        notes=tuple(notes),
        include_subdomains="includesubdomains" in seen,
        report_only=header.report_only,
        report_uris=tuple(dict.fromkeys(uris)),
    )


def _directives(header: _Header, file: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(header.value):
        found = _DIRECTIVE.match(header.value, at)
        if found is None:
            raise FormatError(
                f"{header.value[at : at + 60].strip()!r} is not a directive of the header",
                file=file,
                line=header.line,
                hint='write pin-sha256="BASE64"; max-age=SECONDS',
            )
        at = found.end()
        if found["name"]:
            yield found["name"].lower(), (found["value"] or "").strip('"')


def _write(export: Export) -> str:
    (entry,) = export.entries
    form, age = export.options["form"], export.options["max-age"]
    if export.options["force"] is not True:
        raise ExportRefusedError(
            "hpkp", [refusal(entry.host, _DEAD)], hint="to write it nevertheless, set force = true"
        )
    if not isinstance(age, int) or age < 0:
        raise ExportError(f"max-age is {age}, but must be a number of seconds")
    if len(entry.report_uris) > 1:
        raise ExportRefusedError("hpkp", [refusal(entry.host, "the header can hold only one address for reports")])
    name = f"{_NAME}-Report-Only" if entry.report_only else _NAME
    value = _value(entry, age)
    apache = value.replace("%", "%%").replace('"', r"\"")
    line = {
        "nginx": f"add_header {name} '{value}' always;",
        "apache": f'Header always set {name} "{apache}"',
    }.get(str(form), f"{name}: {value}")
    _require_one_line(export)
    own = [remark(export.source), f"# Use these pins for {entry.host} only.", f"# N{_DEAD.removeprefix('n')}."]
    own += [remark_of_keys(entry.keys), line]
    return replace_lines(export.existing, own, lambda line: _HEADER.match(line) is not None)


def _require_one_line(export: Export) -> None:
    found = [(at, line) for at, line in enumerate((export.existing or "").split("\n"), 1) if _HEADER.match(line)]
    for at, line in found[:1] if len(found) == 1 else []:
        if line.rstrip("\r").endswith("\\"):
            raise FormatError("the header continues in the next line", file=export.name, line=at, hint="join the lines")
    if len(found) > 1:
        raise FormatError(
            "the file has more than one header, so they are for more than one host",
            file=export.name,
            line=found[1][0],
            hint="put the header of each host into a separate file, and include these files",
        )


def _value(entry: Entry, age: int) -> str:
    parts = [f'pin-sha256="{key.pin.base64}"' for key in entry.keys]
    parts.append(f"max-age={age}")
    if entry.include_subdomains:
        parts.append("includeSubDomains")
    parts += [f'report-uri="{_URL_SIGNS.sub(lambda sign: f"%{ord(sign[0]):02X}", uri)}"' for uri in entry.report_uris]
    return "; ".join(parts)


FORMAT: Final = Format(
    id="hpkp",
    title="HTTP header Public-Key-Pins (dead)",
    spec="https://datatracker.ietf.org/doc/html/rfc7469#section-2",
    suffixes=(".hpkp", ".headers"),
    can=Can(hosts="none", subdomains="any-depth", report_only=True, report_uris=True, matches="chain", least_pins=2),
    platforms=("other",),
    place="deploy/pins.headers",
    read=_read,
    write=_write,
    recognises=lambda text, _: "pin-sha" in text and re.search(rf"(?im)^[^#\n]{{0,60}}\b{_NAME}\b", text) is not None,
    options=(
        OutputOption("form", "the form of the header", choices=("header", "nginx", "apache"), default="header"),
        OutputOption("max-age", "the number of seconds for which a browser remembers the pins", int, 5_184_000),
        OutputOption("force", "write the header although no browser reads it", bool, default=False),
    ),
    example_options=(("force", True),),
    remarks=(f"The header is dead: {_DEAD}. pinsmith reads it to turn old configuration into a policy.",),
)
