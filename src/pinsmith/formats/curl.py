"""curl: ``pinnedpubkey`` in a configuration file."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.formats._format import Can, Export, Format, FoundPin, Note, Reading, mark
from pinsmith.formats._text import decode, read_pin

if TYPE_CHECKING:
    from pinsmith.pin import Pin

# A name and its value, with a blank, "=" or ":" in between, as curl's own manual writes them.
_LINE: Final = re.compile(r"^\s*-{0,2}(?P<name>[\w-]+)\s*[=:\s]\s*(?P<value>.*?)\s*$")
_NAME: Final = "pinnedpubkey"


def _read(content: bytes, file: str) -> Reading:
    pins: list[FoundPin] = []
    notes: list[Note] = []
    for line, text in enumerate(decode(content, file).splitlines(), 1):
        found = _LINE.match(text)
        if found is None or found["name"] != _NAME:
            continue
        if pins:
            notes.append(Note("pinnedpubkey stands again; curl takes the last one", line))
        pins = [FoundPin(pin) for pin in _pins(found["value"].strip('"'), file, line)]
    if not pins:
        raise FormatError("it has no pinnedpubkey", file=file)
    return Reading(pins=tuple(dict.fromkeys(pins)), notes=tuple(notes))


def _pins(value: str, file: str, line: int) -> list[Pin]:
    pins = []
    for each in value.split(";"):
        if not each.startswith("sha256//"):
            raise FormatError(
                f"{each!r} is not a pin to curl, which takes it for the name of a file",
                file=file,
                line=line,
                hint='write "sha256//" and the base64, with ";" in between and no blanks',
            )
        pins.append(read_pin(each, file, line, []))
    return pins


def _write(export: Export) -> str:
    (entry,) = export.entries
    pins = ";".join(f"sha256//{key.pin.base64}" for key in entry.keys)
    own = [f"# {mark(export.source)}", f"# For {entry.host} only.", f'{_NAME} = "{pins}"']
    if export.existing is None:
        return "\n".join([*own, ""])
    lines = export.existing.splitlines()
    at = [number for number, text in enumerate(lines) if (found := _LINE.match(text)) and found["name"] == _NAME]
    if not at:
        return "\n".join([*lines, *own, ""])
    for number in reversed(at[1:]):
        del lines[number]
    begin = at[0]
    while begin and lines[begin - 1] in own:
        begin -= 1
    return "\n".join([*lines[:begin], *own, *lines[at[0] + 1 :], ""])


def _recognises(text: str, name: str) -> bool:
    return name.endswith("curlrc") or re.search(r"^\s*-{0,2}pinnedpubkey", text, re.MULTILINE) is not None


FORMAT: Final = Format(
    id="curl",
    title="curl configuration file",
    spec="https://curl.se/docs/manpage.html#--pinnedpubkey",
    suffixes=(".curlrc",),
    can=Can(hosts="none", matches="leaf"),
    read=_read,
    write=_write,
    recognises=_recognises,
    remarks=(
        "The pins hold for every host that a command with this file asks first, so name one host in each file.",
        "Redirects to other hosts are not pinned: add `max-redirs = 0`.",
    ),
)
