"""curl: ``pinnedpubkey`` in a configuration file."""

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

# A name and its value, separated by a blank, "=" or ":", as in the manual of curl.
_LINE: Final = re.compile(r"^\s*-{0,2}(?P<name>[\w-]+)\s*[=:\s]\s*(?P<value>.*)")
_NAME: Final = "pinnedpubkey"


def _read(content: bytes, file: str) -> Reading:
    pins: list[FoundPin] = []
    notes = Notes(file)
    is_there = False
    for line, text in enumerate(decode(content, file).split("\n"), 1):
        found = _LINE.match(text)
        if found is None or found["name"] != _NAME:
            continue
        if is_there:
            notes.add("duplicate-entry", "pinnedpubkey occurs again, and curl uses the last one", line)
        is_there = True
        pins = [FoundPin(pin) for pin in read_list(found["value"].rstrip().strip('"'), line, "curl", notes)]
    if not is_there:
        raise FormatError("it has no pinnedpubkey", file=file)
    return Reading(pins=tuple(dict.fromkeys(pins)), notes=tuple(notes))


def _write(export: Export) -> str:
    (entry,) = export.entries
    own = [
        remark(export.source),
        f"# Use these pins for {entry.host} only: curl applies them to every host.",
        remark_of_keys(entry.keys),
        f'{_NAME} = "{write_list(entry)}"',
    ]
    return replace_lines(
        export.existing, own, lambda line: (found := _LINE.match(line)) is not None and found["name"] == _NAME
    )


def _recognises(text: str, name: str) -> bool:
    if name.endswith("wgetrc"):
        return False
    return name.endswith("curlrc") or re.search(r"^[ \t]*-{0,2}pinnedpubkey", text, re.MULTILINE) is not None


FORMAT: Final = Format(
    id="curl",
    title="curl configuration file",
    spec="https://curl.se/docs/manpage.html#--pinnedpubkey",
    suffixes=(".curlrc",),
    can=Can(hosts="none", matches="leaf"),
    platforms=("command-line",),
    place="deploy/api.curlrc",
    additions=(Addition("shell", "curl --config deploy/api.curlrc https://api.example.com/"),),
    read=_read,
    write=_write,
    recognises=_recognises,
    remarks=("The pins apply to the first host of every command with this file, so use one file for each host.",),
    limits=("Redirects to other hosts are not pinned. To refuse redirects, add `max-redirs = 0`.",),
)
