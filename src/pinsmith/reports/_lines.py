"""Blocks of lines in logs: pins below a heading, whatever the logger wrote before each line."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_BLOCK: Final = 200  # lines that belong to one report; a chain and its pins have ten
MAX_LINE: Final = 2000  # characters of a line that are looked at

# A pin, then its subject in OkHttp and pinsmith; TrustKit for Android writes bare base64, then the issuer.
_PIN: Final = re.compile(r"(?<![A-Za-z0-9+/_-])((?:sha256/)?[A-Za-z0-9+/_-]{43}=?)(?=$|[\s:,\"])")
_PEERS: Final = re.compile(r"Peer certificate chain:|presented, leaf first:")
_EXPECTED: Final = re.compile(r"Pinned certificates for (\S+?):|Configured pins:|(?<!\w)pinned:")

Pins = tuple[tuple[str, ...], tuple[str, ...]]


def pins_below(lines: Sequence[str], at: int) -> tuple[Pins, str | None, int]:
    """
    Read the pins of the block that begins at the index *at*, whose line is the first of a report.

    Returns:
        The pins that were served and those that were expected; the host if a heading names it; and the index of the
        first line after the block.
    """
    served: list[str] = []
    known: list[str] = []
    host: str | None = None
    into: list[str] | None = None
    end = at + 1
    for index in range(at, min(len(lines), at + MAX_BLOCK)):
        line = lines[index][:MAX_LINE]
        if _PEERS.search(line):
            into = served
        elif heading := _EXPECTED.search(line):
            into, host = known, heading[1] or host
        found = _PIN.findall(line)
        if into is not None:
            into += found
        if not found and index > at and not _is_heading(line):
            break
        end = index + 1
    return (tuple(served), tuple(known)), host, end


def pins_of_message(message: str) -> Pins:
    """Return the pins that the text of an exception lists: those that were served, and those that were expected."""
    return pins_below(message[: MAX_BLOCK * MAX_LINE].split("\n"), 0)[0]


def _is_heading(line: str) -> bool:
    return bool(_PEERS.search(line) or _EXPECTED.search(line))
