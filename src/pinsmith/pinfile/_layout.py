"""Where things stand in the text of a TOML file: for line numbers and for edits that touch nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

Path = tuple[str | int, ...]

_LONGEST: Final = 80  # characters of a key in a message


@dataclass(frozen=True, slots=True)
class Table:
    """
    A ``[table]`` or ``[[table]]`` header, or the beginning of the file (an empty path).

    Attributes:
        path: With the index of each array of tables, as in ``("host", 0)``.
        start: Offset of the first bracket.
        end: Offset behind the last bracket.
        entries: The spans of its ``key = value`` lines, from the key to the end of the value.
    """

    path: Path
    start: int
    end: int
    entries: dict[Path, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Array:
    """Offsets in an array: its brackets, its elements, and its commas."""

    start: int
    end: int
    elements: list[tuple[int, int]]
    commas: list[int]


@dataclass(slots=True)
class Layout:
    """
    Offsets of what stands in a TOML text.

    Attributes:
        tables: In the order of the text; the first is the beginning of the file.
        values: Start and end of every value, by path; also of those inside arrays and inline tables.
        arrays: Every array, by path.
        places: Where each path first occurs; an explicit key counts from its beginning.
        repeated: If a key or table stands twice: its path, its first place, its second.
        too_deep: The first bracket that is nested deeper than any pin file needs.
    """

    text: str
    tables: list[Table]
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    arrays: dict[Path, Array] = field(default_factory=dict)
    places: dict[Path, int] = field(default_factory=dict)
    repeated: tuple[Path, int, int] | None = None
    too_deep: int | None = None

    def line(self, path: Path) -> int | None:
        """Return the line, from 1, where *path* or the nearest thing around it begins; None for the whole file."""
        while path:
            if path in self.places:
                return line_at(self.text, self.places[path])
            path = path[:-1]
        return None

    def table(self, path: Path) -> Table | None:
        """Return the table with a header of its own at *path*, if there is one."""
        return next((table for table in self.tables if table.path == path), None)


def line_at(text: str, offset: int) -> int:
    """Return the line, from 1, of *offset*."""
    return text.count("\n", 0, offset) + 1


def path_text(path: Path) -> str:
    """Write *path* as people do: ``host[0].keys[1]``; absurdly long names are cut."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if len(part) <= _LONGEST else part[:_LONGEST] + "..."
            text += ("." if text else "") + key_text(name)
    return text if len(text) <= 3 * _LONGEST else text[: 3 * _LONGEST] + "..."


def key_text(key: str) -> str:
    """Write *key* as TOML does, quoted only if it must be."""
    import json

    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
