"""Read code in a test, and show what it pins."""

from __future__ import annotations

from pinsmith import audit
from pinsmith.audit._code import Code
from pinsmith.audit._value import Known
from pinsmith.audit.languages import language_of


def hosts(text: str, name: str) -> dict[str, tuple[int, bool]]:
    """Read code: the number of pins and whether subdomains are pinned, by host."""
    _, reading = audit.read(text.encode(), name)
    return {found.host: (len(found.pins), found.include_subdomains) for found in reading.hosts}


def notes(text: str, name: str) -> list[tuple[str, int | None]]:
    """Read code: the rule and the line of each note."""
    _, reading = audit.read(text.encode(), name)
    return [(note.rule, int(str(note.place).split(":")[1])) for note in reading.notes]


def folded(text: str, name: str) -> dict[str, list[str | None]]:
    """Fold the argument of each call of `use`, by its text: the known values, and None for each other."""
    language = language_of(name)
    assert language is not None
    code = Code(text, name, language)
    found: dict[str, list[str | None]] = {}
    for match in code.find("use($ARGUMENT)"):
        argument = match.get_match("ARGUMENT")
        assert argument is not None
        values = [value.text if isinstance(value, Known) else None for value in code.values(argument)]
        found[argument.text()] = found.get(argument.text(), []) + values
    return found
