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
    """Make *text* show as it is wherever a line of Markdown takes text: no sign in it means anything."""
    return _SIGNS.sub(r"\\\1", one_line(text))


def _code(text: str) -> str:
    """Show *text* as code, which a pin can be copied from; what might end it is shown as text."""
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
        cells = (_code(each) if name in _AS_CODE else escape(each) for name, each in zip(COLUMNS, row, strict=True))
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


FORMAT: Final = Format(
    id="markdown",
    title="table for reviewers, Markdown",
    spec="https://github.github.com/gfm/#tables-extension-",
    suffixes=(".md",),
    can=CAN,
    write=_write,
)
