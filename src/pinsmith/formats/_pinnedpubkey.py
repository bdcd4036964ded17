"""The list of pins that curl and wget take: ``sha256//BASE64;sha256//BASE64``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.formats._format import Problem
from pinsmith.formats._text import read_pin

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry, Note
    from pinsmith.pin import Pin


def write_list(entry: Entry) -> str:
    """Return the pins of *entry* as a list."""
    return ";".join(f"sha256//{key.pin.base64}" for key in entry.keys)


def read_list(value: str, line: int, program: str, notes: list[Note]) -> list[Pin]:
    """
    Read a list of pins.

    Args:
        value: Without quotes.

        line: For notes.

        program: What takes it, for notes.

        notes: Grows by a `Problem` for what the program would not take, or takes for the name of a file.
    """
    pins = []
    for each in value.split(";"):
        if not each.startswith("sha256//"):
            told = f"{each!r} is not a pin to {program}, which takes it for the name of a file"
            notes.append(Problem(told, line, 'write "sha256//" and the base64, with ";" in between and no blanks'))
        elif (pin := read_pin(each, line, notes)) is not None:
            pins.append(pin)
    return pins
