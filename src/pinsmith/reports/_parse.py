"""Bodies, and files that hold many bodies or a log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.errors import ReportError
from pinsmith.reports._json import decode, require_bounded
from pinsmith.reports._lines import MAX_BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.reports._format import BodyFormat, LogFormat
    from pinsmith.reports._report import Report

MAX_FILE_BYTES: Final = 64 * 1024 * 1024
"""Bytes of a file with many reports."""

_BOM: Final = b"\xef\xbb\xbf"
_ESCAPED_END: Final = re.compile(r"\\r?\\n|\\n")
_MEMBERS: Final = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Entry:
    """
    A report in a file, or the reason why it cannot be read.

    Attributes:
        line: Where it begins in the file, from 1.
        read: The report, or the error.
    """

    line: int
    read: Report | ReportError


@dataclass(frozen=True, slots=True)
class Reader:
    """The formats by kind, and how to read with them."""

    bodies: tuple[BodyFormat, ...]
    logs: tuple[LogFormat, ...]

    def body(self, content: bytes) -> tuple[Report, ...]:
        """See `pinsmith.reports.parse_body`."""
        return tuple(report for _, report in self.members(content))

    def members(self, content: bytes) -> list[tuple[bytes, Report]]:
        """Read a body, and return each report with the JSON object that contains it and no other one."""
        require_bounded(content)
        content = content.removeprefix(_BOM).strip()
        objects = [bytes(raw) for raw in decode(_MEMBERS, content)] if content[:1] == b"[" else [content]
        return [(member, report) for member in objects if (report := self._one(member)) is not None]

    def _one(self, content: bytes) -> Report | None:
        for body in self.bodies:
            if body.recognises(content):
                return body.read(content)
        if content[:1] != b"{":
            raise ReportError("it is not a JSON object", hint="send the report as the body of the request")
        raise ReportError(
            "it has the fields of no format that pinsmith reads", hint="docs/reports.md lists the formats"
        )

    def file(self, content: bytes) -> Iterator[Entry]:
        """See `pinsmith.reports.parse`."""
        content = content.removeprefix(_BOM)
        if content.lstrip()[:1] in (b"{", b"["):
            try:
                reports = self.body(content)
            except ReportError as error:
                # Lines of JSON are not JSON together, and a log may consist of them.
                yield from list(self._lines(content)) or [Entry(1, error)]
            else:
                yield from (Entry(1, report) for report in reports)
            return
        yield from self._lines(content)

    def _lines(self, content: bytes) -> Iterator[Entry]:
        lines = content.decode("utf-8", "replace").split("\n")
        at = 0
        while at < len(lines):
            line, number = lines[at], at + 1
            if self._is_body(line):
                yield from self._json_line(line, number)
                at += 1
                continue
            log = next((log for log in self.logs if log.sign.search(line)), None)
            if log is None:
                at += 1
                continue
            entry, at = _logged(log, lines, at)
            yield entry

    def _is_body(self, line: str) -> bool:
        """Return whether a line is a body. A log may consist of JSON too, which no format recognises."""
        return line.startswith(("{", "[{")) and any(body.recognises(line.encode()) for body in self.bodies)

    def _json_line(self, line: str, number: int) -> Iterator[Entry]:
        try:
            yield from (Entry(number, report) for report in self.body(line.encode()))
        except ReportError as error:
            yield Entry(number, error)


def _logged(log: LogFormat, lines: Sequence[str], at: int) -> tuple[Entry, int]:
    # A crash service may have put the whole text into one line, with escapes for its line ends.
    parts = _ESCAPED_END.split(lines[at])
    within, start = (parts, next(index for index, part in enumerate(parts) if log.sign.search(part)))
    if len(parts) == 1:
        within, start = list(lines[max(at - MAX_BLOCK, 0) : at + MAX_BLOCK]), min(at, MAX_BLOCK)
    try:
        found, end = log.read(within, start)
    except ReportError as error:
        return Entry(at + 1, error), at + 1
    return Entry(at + 1, found), at + 1 if len(parts) > 1 else at + end - start
