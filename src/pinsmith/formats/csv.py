"""A table for reviewers as comma-separated values; write only."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import Format
from pinsmith.formats._table import CAN, COLUMNS, rows

if TYPE_CHECKING:
    from pinsmith.formats._format import Export

# Spreadsheets read a cell that begins like this as a formula, and some formulas run programs.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide ones too


def cell(text: str) -> str:
    """
    Make *text* safe for a cell. A leading apostrophe keeps spreadsheets from reading it as a formula.

    Source:
        https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _write(export: Export) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(value) for value in row] for row in rows(export.entries))
    return text.getvalue()


FORMAT: Final = Format(
    id="csv",
    title="table for reviewers, CSV",
    spec="https://datatracker.ietf.org/doc/html/rfc4180",
    suffixes=(".csv",),
    can=CAN,
    platforms=("other",),
    place="docs/pins.csv",
    write=_write,
    marks=False,
    remarks=("A cell that a spreadsheet would read as a formula begins with an apostrophe.",),
)
