"""The list of pins that curl and wget take: ``sha256//BASE64;sha256//BASE64``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.errors import FormatError
from pinsmith.formats._text import read_pin

if TYPE_CHECKING:
    from pinsmith.formats._format import Entry
    from pinsmith.pin import Pin


def write_list(entry: Entry) -> str:
    """Return the pins of *entry* as a list."""
    return ";".join(f"sha256//{key.pin.base64}" for key in entry.keys)


def read_list(value: str, file: str, line: int, program: str) -> list[Pin]:
    """
    Read a list of pins.

    Args:
        value: Without quotes.

        file: For errors.

        line: For errors.

        program: What takes it, for errors.

    Raises:
        FormatError: It would not take it, or names a file of a key.
    """
    pins = []
    for each in value.split(";"):
        if not each.startswith("sha256//"):
            raise FormatError(
                f"{each!r} is not a pin to {program}, which takes it for the name of a file",
                file=file,
                line=line,
                hint='write "sha256//" and the base64, with ";" in between and no blanks',
            )
        pins.append(read_pin(each, file, line, []))
    return pins
