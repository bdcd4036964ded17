"""A plain list of pins, in any spelling, with or without remarks; read only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, PinFormatError
from pinsmith.formats._format import Can, Format, FoundPin, Note, Reading
from pinsmith.formats._text import decode, read_pin
from pinsmith.pin import parse_spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

# A remark begins its line or stands after a blank: no spelling of a pin holds any of its signs there.
_REMARK: Final = re.compile(r"(?:^|\s)(?:#|//).*")
_BETWEEN: Final = re.compile(r"[\s,;|\[\]()]+")
_MAX_LINES: Final = 100  # that are looked at to recognise a list


def _read(content: bytes, file: str) -> Reading:
    pins: list[FoundPin] = []
    notes: list[Note] = []
    for line, text in _words(decode(content, file)):
        found = read_pin(text, line, notes)
        if found is None:
            continue
        pin = FoundPin(found)
        if pin in pins:
            notes.append(Note(f"{text!r} stands twice", line))
            continue
        pins.append(pin)
        if re.fullmatch("[0-9A-Fa-f:]+", text):
            notes.append(Note("make sure that it is of a key: fingerprints of certificates look the same", line))
    if not pins and not notes:
        raise FormatError("it lists no pin", file=file)
    return Reading(pins=tuple(pins), notes=tuple(notes))


def _words(text: str) -> Iterator[tuple[int, str]]:
    for line, each in enumerate(text.splitlines(), 1):
        for word in _BETWEEN.split(_REMARK.sub("", each)):
            if bare := word.strip("'\"") if not word.startswith("pin-") else word:
                yield line, bare


def _recognises(text: str, name: str) -> bool:
    del name
    lines = text.splitlines()[:_MAX_LINES]
    found = 0
    for _, word in _words("\n".join(lines)):
        try:
            parse_spelling(word)
        except PinFormatError:
            return False
        found += 1
    return found > 0


FORMAT: Final = Format(
    id="plain-list",
    title="plain list of pins",
    spec="https://datatracker.ietf.org/doc/html/rfc7469#section-2.4",
    suffixes=(".txt", ".lst", ".pinlist"),
    can=Can(hosts="none", addresses=True, subdomains="any-depth", pins_only=True),
    read=_read,
    recognises=_recognises,
    remarks=(
        (
            "Pins stand one to a line or with blanks, commas or semicolons in between; `#` and `//` begin a remark. "
            "Every spelling is read: `sha256/`, `sha256//`, `pin-sha256=`, bare base64 and hexadecimal."
        ),
        "A list names no host: say whose pins they are with `--host`.",
    ),
)
