"""The list of pins for curl and wget: ``sha256//BASE64;sha256//BASE64``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.formats._respelling import respelled
from pinsmith.formats._text import read_pin

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry
    from pinsmith.formats._note import Notes
    from pinsmith.pin import Pin

_STYLE: Final = "curl (sha256//)"


def write_list(entry: Entry) -> str:
    """Return the pins of *entry* as a list."""
    return ";".join(f"sha256//{key.pin.base64}" for key in entry.keys)


def read_list(value: str, line: int, program: str, notes: Notes) -> list[Pin]:
    """
    Read a list of pins.

    Args:
        value: The list, without quotes.

        line: The line of the list, for notes.

        program: The program that reads the list, for notes.

        notes: Grows by a problem for a text that the program refuses or reads as the name of a file.
    """
    pins = []
    for text in value.split(";"):
        if not text.startswith("sha256//"):
            problem = f"{program} does not read {text!r} as a pin, but as the name of a file"
            fix = 'write "sha256//" and the base64, with ";" between pins and no blanks'
            notes.add_problem(problem, line, fix, respelled(text, _STYLE))
        elif (pin := read_pin(text, line, notes, style=_STYLE)) is not None:
            pins.append(pin)
            if text != (written := f"sha256//{pin.base64}"):
                problem = f"{program} compares the text {text!r}, which is not how it writes the pin of a key"
                notes.add("pin-never-matches", problem, line, fix=f"write {written}")
    return pins
