"""Read code in a test, and show what it pins."""

from __future__ import annotations

from pinsmith import audit


def hosts(text: str, name: str) -> dict[str, tuple[int, bool]]:
    """Read code: the number of pins and whether subdomains are pinned, by host."""
    _, reading = audit.read(text.encode(), name)
    return {found.host: (len(found.pins), found.include_subdomains) for found in reading.hosts}


def notes(text: str, name: str) -> list[tuple[str, int | None]]:
    """Read code: the rule and the line of each note."""
    _, reading = audit.read(text.encode(), name)
    return [(note.rule, int(str(note.place).split(":")[1])) for note in reading.notes]
