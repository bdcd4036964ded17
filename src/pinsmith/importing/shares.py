"""
Read how many users have each version of an app, from a table that people make from the statistics of a store.

The table is CSV with the columns ``app``, ``version`` and ``share``, or a JSON list of objects with these names.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NoReturn

from pinsmith.errors import FormatError
from pinsmith.syntax.json import parse_json
from pinsmith.syntax.position import SyntaxFaultError
from pinsmith.syntax.text import decode

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MAX_BYTES: Final = 2_000_000
"""Bytes of such a file. A version takes about 30, or 60 in UTF-16."""

_COLUMNS: Final = ("app", "version", "share")
_MAX_NAME: Final = 100  # as in pins.releases.toml
_PERCENT: Final = re.compile(r"[0-9]{1,3}(\.[0-9]{1,20})?", re.ASCII)
_Row = tuple[int, str, str, str]


@dataclass(frozen=True, slots=True)
class VersionShare:
    """
    How many users have a version.

    Attributes:
        app: The app.
        version: The version, as users see it.
        percent: From 0 to 100.
    """

    app: str
    version: str
    percent: float


def read_shares(content: bytes, *, file: str, app: str | None = None) -> list[VersionShare]:
    """
    Read the shares of a file, in its order. Other columns are ignored.

    Args:
        content: UTF-8, or UTF-16 with a byte order mark.

        file: The name of the file in errors.

        app: The app of every row, if the file does not name it.

    Raises:
        FormatError: If a row cannot be understood, a version is listed twice, or an app has more than 100%.
    """
    if len(content) > MAX_BYTES:
        raise FormatError(f"it is larger than {MAX_BYTES // 10**6} MB", file=file, hint="keep one row for each version")
    try:
        text = decode(content)
        rows = list(_json(text, file, app) if text.lstrip()[:1] in {"[", "{"} else _csv(text, file, app))
    except SyntaxFaultError as fault:
        line = fault.position.line if fault.position else None
        raise FormatError(fault.problem, file=file, line=line, hint=fault.hint) from fault
    if not rows:
        raise FormatError("it contains no version", file=file, hint="write a row for each version")
    found = [_share(row, file) for row in rows]
    _require_distinct(rows, file)
    for name in dict.fromkeys(share.app for share in found):
        total = round(sum(share.percent for share in found if share.app == name), 6)
        if total > 100:  # noqa: PLR2004 - percent
            raise FormatError(
                f"the versions of {name} have {total:g}% of its users together",
                file=file,
                hint="shares are percentages of all users of the app, so divide counts by their sum",
            )
    return found


def _csv(text: str, file: str, app: str | None) -> Iterator[_Row]:
    lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = [name.strip().lower() for name in next(lines, [])]
        places = _places(header, file, app)
        start = lines.line_num + 1
        for cells in lines:
            if cells and len(cells) != len(header):
                _fail(f"the row has {len(cells)} cells, but the header has {len(header)}", file, start)
            if cells:
                of, version, share = ("" if at is None else cells[at].strip() for at in places)
                yield start, of if app is None else app, version, share
            start = lines.line_num + 1
    except csv.Error as error:
        raise FormatError(f"it is not CSV: {error}", file=file, line=lines.line_num) from error


def _places(header: Sequence[str], file: str, app: str | None) -> list[int | None]:
    """Return which column has the app, the version and the share."""
    for name in _COLUMNS:
        if header.count(name) > 1:
            _fail(f"the column {name} is there twice", file, 1)
        if name not in header and (name != "app" or app is None):
            hint = "add the column, or name the app with --app" if name == "app" else None
            _fail(f"the column {name} is missing", file, 1, hint or "begin the file with the line `app,version,share`")
    if app is not None and "app" in header:
        _fail("the file has a column app already", file, 1, "leave out --app")
    return [header.index(name) if name in header else None for name in _COLUMNS]


def _json(text: str, file: str, app: str | None) -> Iterator[_Row]:
    root = parse_json(text)
    if not isinstance(root.value, list):
        _fail("it is not a list", file, root.line, 'write [{"app": "android", "version": "4.2", "share": 97.9}]')
    for entry in root.value:
        if not isinstance(entry.value, dict):
            _fail("the entry is not an object", file, entry.line)
        if app is not None and "app" in entry.value:
            _fail("the entry names an app already", file, entry.line, "leave out --app")
        cells = []
        for name in _COLUMNS:
            node = entry.value.get(name)
            if name == "app" and app is not None:
                cells.append(app)
            elif node is None:
                _fail(f"{name} is missing", file, entry.line, "name the app with --app" if name == "app" else None)
            elif name == "share" and isinstance(node.value, int | float) and not isinstance(node.value, bool):
                cells.append(text[node.start : node.end])
            elif isinstance(node.value, str):
                cells.append(node.value)
            else:
                _fail(f"{name} is not text", file, node.line, "write it in quotes" if name != "share" else None)
        yield entry.line, cells[0], cells[1], cells[2]


def _share(row: _Row, file: str) -> VersionShare:
    line, app, version, text = row
    for what, name in (("app", app), ("version", version)):
        if not name or len(name) > _MAX_NAME or not name.isprintable() or name != name.strip():
            _fail(f"{what} is {name[:50]!r}", file, line, f"write 1 to {_MAX_NAME} visible characters")
    number = text.removesuffix("%").rstrip()
    if _PERCENT.fullmatch(number) is None or float(number) > 100:  # noqa: PLR2004 - percent
        _fail(f"{text[:50]!r} is not a percentage", file, line, "write a number from 0 to 100, such as 12.5")
    return VersionShare(app, version, float(number))


def _require_distinct(rows: Sequence[_Row], file: str) -> None:
    seen: dict[tuple[str, str], int] = {}
    for line, app, version, _ in rows:
        if (app, version) in seen:
            problem = f"{app} {version} is listed twice, first in line {seen[app, version]}"
            _fail(problem, file, line, "keep one row, with the sum")
        seen[app, version] = line


def _fail(problem: str, file: str, line: int, hint: str | None = None) -> NoReturn:
    raise FormatError(problem, file=file, line=line, hint=hint)
