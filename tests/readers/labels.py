"""
What a person found by reading files: their pins, with hosts and lines.

A table has a line for each host of a file, and a line without a host for a file that pins nothing. The columns are:

* reader: the format or the library, as pinsmith calls it.
* file: its path below ``tests``. A file that is not ours is called by the beginning of its SHA-256.
* line: where the entry of the host begins. It is ``-`` if the syntax has no lines.
* host: as a policy spells it. It is ``-`` if the syntax names no host, and a hash in a file that is not ours.
* outcome: ``found``, ``missed``, ``refused`` or ``wrong``. The platform never compares refused pins, and the reader has
  a note about them. Wrong are texts that are read as pins although they are none.
* pins: the beginning of their base64, or their hashes in a file that is not ours.
* reason: why pins are not found, or why others are read.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from pathlib import Path

Entry: TypeAlias = tuple[str, str, str]
"""The line, the host and a pin."""
Outcome = Literal["found", "missed", "refused", "wrong"]
SHOWN: Final = 8  # characters of a pin
_KNOWN: Final = 16  # characters of the digest of a file


@dataclass(frozen=True, slots=True)
class Label:
    """A line of a table."""

    reader: str
    file: str
    line: str = "-"
    host: str = "-"
    outcome: str = "found"
    pins: tuple[str, ...] = ()
    reason: str = ""

    @property
    def entries(self) -> set[Entry]:
        """The pins, with their line and their host."""
        return {(self.line, self.host, pin) for pin in self.pins}

    def hashed(self, file: str) -> Label:
        """Return what can be published about a file that is not ours."""
        entries = [hashed((self.line, self.host, pin)) for pin in self.pins]
        host = entries[0][1] if entries else "-"
        return Label(self.reader, file, self.line, host, self.outcome, tuple(e[2] for e in entries), self.reason)

    def __str__(self) -> str:
        columns = [self.reader, self.file, self.line, self.host, self.outcome, " ".join(self.pins), self.reason]
        return "\t".join(columns if self.pins else columns[:2]).rstrip("\t")


def read(table: Path) -> list[Label]:
    """Read a table."""
    found = []
    for line in table.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            reader, file, *entry = line.split("\t")
            at, host, outcome, pins, *reason = entry or ("-", "-", "found", "")
            found.append(Label(reader, file, at, host, outcome, tuple(pins.split()), *reason))
    return found


def known_as(content: bytes) -> str:
    """Return the name of a file that is not ours."""
    return hashlib.sha256(content).hexdigest()[:_KNOWN]


def hashed(entry: Entry) -> Entry:
    """Hide the host and the pin of a file that is not ours. Nobody should collect such hosts here."""
    line, host, pin = entry
    return line, _hash(host), _hash(f"{host} {pin}")


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:SHOWN]
