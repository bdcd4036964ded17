"""A plain list of pins, in any spelling, with or without comments; read only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError, PinFormatError
from pinsmith.formats._format import Can, Format, FoundPin, Reading
from pinsmith.formats._note import Notes
from pinsmith.formats._text import decode, read_pin
from pinsmith.pin import parse_spelling

if TYPE_CHECKING:
    from collections.abc import Iterator

# A comment begins its line or follows a blank. No spelling of a pin has these signs there.
_REMARK: Final = re.compile(r"(?:^|\s)(?:#|//).*")
_BETWEEN: Final = re.compile(r"[\s,;|\[\]()]+")
_MAX_LINES: Final = 100  # read to recognise a list


def _read(content: bytes, file: str) -> Reading:
    pins: list[FoundPin] = []
    notes = Notes(file)
    for line, text in _words(decode(content, file)):
        found = read_pin(text, line, notes)
        if found is None:
            continue
        pin = FoundPin(found)
        if pin in pins:
            notes.add("duplicate-pin", f"{text!r} is listed twice", line)
            continue
        pins.append(pin)
        if re.fullmatch("[0-9A-Fa-f]+", text):
            remark = "make sure that this is the hash of a key, because fingerprints of certificates look the same"
            notes.add("maybe-certificate-hash", remark, line)
    if not pins and not notes:
        raise FormatError("it does not contain a pin", file=file)
    return Reading(pins=tuple(pins), notes=tuple(notes))


def _words(text: str) -> Iterator[tuple[int, str]]:
    for line, content in enumerate(text.splitlines(), 1):
        for word in _BETWEEN.split(_REMARK.sub("", content)):
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
    platforms=("other",),
    read=_read,
    recognises=_recognises,
    remarks=(
        (
            "Pins are separated by line ends, blanks, commas or semicolons. `#` and `//` begin a comment. All "
            "spellings are read: `sha256/`, `sha256//`, `pin-sha256=`, bare base64 and hexadecimal."
        ),
        "A list names no host. Name the host of the pins with `--host`.",
    ),
)
