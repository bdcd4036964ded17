"""A table for reviewers in Markdown; write only."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import Format
from pinsmith.formats._mark import mark
from pinsmith.formats._table import CAN, COLUMNS, rows
from pinsmith.syntax.text import one_line

if TYPE_CHECKING:
    from pinsmith.formats._format import Export

_SIGNS: Final = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&@:])")
_AS_CODE: Final = frozenset({"host", "key", "pin"})


def escape(text: str) -> str:
    """Escape *text*, so that a line of Markdown shows it as it is."""
    return _SIGNS.sub(r"\\\1", one_line(text))


def _code(text: str) -> str:
    """Show *text* as code, so that pins can be copied. If it might end the code, show it as escaped text."""
    plain = one_line(text)
    if not plain or re.search(r"[`|\\]", plain):
        return escape(plain)
    return f"`{plain}`"


def _write(export: Export) -> str:
    lines = [
        escape(mark(export.source)),
        "",
        f"| {' | '.join(COLUMNS)} |",
        f"|{' - |' * len(COLUMNS)}",
    ]
    for row in rows(export.entries):
        cells = (_code(text) if name in _AS_CODE else escape(text) for name, text in zip(COLUMNS, row, strict=True))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


FORMAT: Final = Format(
    id="markdown",
    title="table for reviewers, Markdown",
    spec="https://github.github.com/gfm/#tables-extension-",
    suffixes=(".md",),
    can=CAN,
    platforms=("other",),
    place="docs/pins.md",
    write=_write,
)
