"""Files of lines, with settings and ``#`` comments. One setting is replaced, and the other lines stay as they are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.formats._mark import MARK, mark
from pinsmith.syntax.line import LineEdits
from pinsmith.syntax.text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pinsmith.policy import Key

_OWN: Final = re.compile(
    rf"\s*[#;] (?:The pins here are {re.escape(MARK)} |Use these pins for \S+ only"
    r"|No browser has read this header since |Keys, in this order: )"
)


def remark(source: str, sign: str = "#") -> str:
    """Return the comment that names the source of the pins."""
    return f"{sign} {one_line(mark(source))}"


def remark_of_keys(keys: Iterable[Key]) -> str:
    """Return the comment that names the keys of a list of pins on one line."""
    return f"# Keys, in this order: {', '.join(one_line(key.name) for key in keys)}."


def is_own_remark(line: str) -> bool:
    """Say whether a line is a comment that pinsmith wrote."""
    return _OWN.match(line) is not None


def replace_lines(existing: str | None, own: Sequence[str], is_setting: Callable[[str], bool]) -> str:
    """
    Replace the lines of a setting, with the same indentation, or add lines at the end.

    Args:
        existing: The current file; None to create one.

        own: The new lines, comments first, without line ends.

        is_setting: Says whether a line, without its line end, must be replaced.
    """
    if existing is None:
        return "".join(f"{line}\n" for line in own)
    edits = LineEdits(existing)
    settings = [at for at, line in enumerate(edits.lines) if is_setting(line.rstrip("\r\n"))]
    gone = set(settings)
    for at in settings:
        above = at - 1
        while above >= 0 and (above in gone or is_own_remark(edits.lines[above])):
            gone.add(above)
            above -= 1
    for at in gone:
        edits.remove(at)
    place = settings[0] if settings else len(edits.lines)
    line = edits.lines[place] if settings else ""
    indent = line[: len(line) - len(line.lstrip())]
    edits.insert(place, [indent + text for text in own])
    return edits.result()
