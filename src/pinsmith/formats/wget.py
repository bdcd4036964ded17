"""wget: ``pinnedpubkey`` in a ``.wgetrc``."""

from __future__ import annotations

import re
from typing import Final

from pinsmith.errors import FormatError
from pinsmith.formats._format import Can, Export, Format, FoundPin, Reading
from pinsmith.formats._guide import Addition
from pinsmith.formats._line import remark, remark_of_keys, replace_lines
from pinsmith.formats._note import Notes
from pinsmith.formats._pinnedpubkey import read_list, write_list
from pinsmith.formats._text import decode

# wget ignores case, hyphens and underscores in names, and needs the "=". A "#" after the value is part of it.
_LINE: Final = re.compile(r"^\s*(?P<name>[A-Za-z0-9_-]+)\s*=\s*(?P<value>.*)")
_NAME: Final = "pinnedpubkey"


def _setting(text: str) -> tuple[str, str]:
    found = _LINE.match(text)
    return (re.sub("[-_]", "", found["name"]).lower(), found["value"].rstrip()) if found else ("", "")


def _read(content: bytes, file: str) -> Reading:
    pins: list[FoundPin] = []
    notes = Notes(file)
    is_there = False
    for line, text in enumerate(decode(content, file).split("\n"), 1):
        name, value = _setting(text)
        if name == "checkcertificate" and value.lower() in {"off", "0", "no", "quiet"}:
            problem = "checkcertificate is off, so wget checks the pin, but neither the chain nor the name"
            notes.add("chain-unchecked", problem, line)
        if name != _NAME:
            continue
        if is_there:
            notes.add("duplicate-entry", "pinnedpubkey occurs again, and wget uses the last one", line)
        is_there = True
        pins = [FoundPin(pin) for pin in read_list(value, line, "wget", notes)]
    if not is_there:
        raise FormatError("it has no pinnedpubkey", file=file)
    return Reading(pins=tuple(dict.fromkeys(pins)), notes=tuple(notes))


def _write(export: Export) -> str:
    (entry,) = export.entries
    own = [
        remark(export.source),
        f"# Use these pins for {entry.host} only: wget applies them to every host.",
        remark_of_keys(entry.keys),
        f"{_NAME} = {write_list(entry)}",
    ]
    return replace_lines(export.existing, own, lambda line: _setting(line)[0] == _NAME)


def _recognises(text: str, name: str) -> bool:
    return (
        name.endswith("wgetrc") or re.search(r"(?im)^[ \t]*pinned[-_]?pub[-_]?key[ \t]*=[ \t]*sha256", text) is not None
    )


FORMAT: Final = Format(
    id="wget",
    title="wget configuration file",
    spec="https://www.gnu.org/software/wget/manual/html_node/HTTPS-_0028SSL_002fTLS_0029-Options.html",
    suffixes=(".wgetrc",),
    can=Can(hosts="none", matches="leaf"),
    platforms=("command-line",),
    place="deploy/api.wgetrc",
    additions=(Addition("shell", "wget --config=deploy/api.wgetrc https://api.example.com/"),),
    read=_read,
    write=_write,
    recognises=_recognises,
    remarks=(
        (
            "The pins apply to every host of a command with this file, so use one file for each host: "
            "`wget --config=api.wgetrc URL`."
        ),
        "wget follows redirects, and demands the same pins there. To refuse redirects, add `max_redirect = 0`.",
    ),
)
