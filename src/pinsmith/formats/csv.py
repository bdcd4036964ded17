"""A table for reviewers as comma-separated values; write only."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from pinsmith.formats._format import Format
from pinsmith.formats._table import CAN, COLUMNS, rows

if TYPE_CHECKING:
    from pinsmith.formats._format import Export

# Spreadsheets take a cell that begins so for a formula, and some run programs by it.
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # noqa: RUF001 - the wide ones too


def cell(text: str) -> str:
    """
    Make *text* fit for a cell: a leading apostrophe keeps spreadsheets from taking it for a formula.

    Source:
        https://owasp.org/www-community/attacks/CSV_Injection
    """
    text = "".join(each if each.isprintable() else "\N{REPLACEMENT CHARACTER}" for each in text)
    return f"'{text}" if text.lstrip().startswith(_FORMULA) else text


def _write(export: Export) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    writer.writerows([cell(each) for each in row] for row in rows(export.entries))
    return text.getvalue()


FORMAT: Final = Format(
    id="csv",
    title="table for reviewers, CSV",
    spec="https://datatracker.ietf.org/doc/html/rfc4180",
    suffixes=(".csv",),
    can=CAN,
    write=_write,
    marks=False,
    remarks=("A cell that a spreadsheet would take for a formula begins with an apostrophe.",),
)
