"""Repairs: edits of a file with which a finding in it goes away."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

from pinsmith.syntax.edit import Splice
from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Applicability = Literal["safe", "unsafe"]
"""Whether a repair is made by ``--fix`` alone: see docs/decisions/0036-repairs.md."""

# The quantifiers are possessive, so that an unclosed quotation mark causes no backtracking.
_START_TAG: Final = re.compile(r"""<[^\s/>]+(?:[^"'>]|"[^"]*"|'[^']*')*+>""")
_PART: Final = r"[\w+/=-]"  # of a pin or a host
_LONE_RETURN: Final = re.compile(r"\r(?!\n)")


class Respelling(NamedTuple):
    """Another text for the literal at the place of a finding, from a reader that does not know its offset."""

    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Repair:
    """
    Edits of one file.

    Attributes:
        applicability: Whether somebody may notice them.
        splices: The edits. None of them overlap.
        text: The text that they change, without byte order mark; empty if it is not known yet.
    """

    applicability: Applicability
    splices: tuple[Splice | Respelling, ...]
    text: str = ""

    @property
    def edits(self) -> tuple[Splice, ...]:
        """The edits of *text*; empty if that is not known yet."""
        return tuple(splice for splice in self.splices if isinstance(splice, Splice)) if self.text else ()

    def regions(self) -> Iterator[tuple[Position, Position, str]]:
        """Yield where each edit begins and ends, and the new text."""
        starts = line_starts(self.text)
        for edit in self.edits:
            begin, end = (_position(starts, offset) for offset in (edit.start, edit.end))
            yield begin, end, edit.text


@dataclass(frozen=True, slots=True)
class Repairable:
    """
    What may have a repair. The public API does not include repairs.

    Args:
        repair: The edits with which it goes away; None if there are none. Values are compared without it.
    """

    repair: Repair | None = field(default=None, compare=False, repr=False, kw_only=True)


@lru_cache(maxsize=4)
def line_starts(text: str) -> tuple[int, ...]:
    """Return the offset at which each line of *text* begins."""
    return (0, *(found.end() for found in re.finditer("\n", text)))


def _position(starts: Sequence[int], offset: int) -> Position:
    line = bisect_right(starts, offset)
    return Position(line, offset - starts[line - 1] + 1)


def located(repair: Repair, text: str, line: int | None, column: int | None) -> Repair | None:
    """
    Return *repair* as edits of *text*; None if the literal that it changes is not at its place.

    Args:
        repair: From a reader.

        text: The text that the reader has read.

        line: The line of the finding, from 1.

        column: Its column, from 1; None if the literal occurs once in the line.
    """
    splices = tuple(_located(repair.splices, text, line, column))
    return Repair(repair.applicability, splices, text) if len(splices) == len(repair.splices) else None


def _located(
    splices: Iterable[Splice | Respelling], text: str, line: int | None, column: int | None
) -> Iterator[Splice]:
    starts = () if _is_ambiguous(text) else line_starts(text)
    for splice in splices:
        if isinstance(splice, Splice):
            yield _in_lines(splice, text) if splice.text else _whole_line(splice, text)
        elif line is not None and line <= len(starts):
            start = starts[line - 1]
            at = _in_line(text, splice.old, start) if column is None else _at(text, splice.old, start + column - 1)
            if at is not None:
                yield Splice(at, at + len(splice.old), splice.new)


@lru_cache(maxsize=4)
def _is_ambiguous(text: str) -> bool:
    return _LONE_RETURN.search(text) is not None  # some parsers count it as the end of a line


def _in_lines(splice: Splice, text: str) -> Splice:
    """Write new lines with the line end of the text, and indent them as the line on which they begin."""
    if "\n" not in splice.text:
        return splice
    before = text[text.rfind("\n", 0, splice.start) + 1 : splice.start]
    indent = "" if before.strip() else before
    newline = "\r\n" if "\r\n" in text else "\n"
    return Splice(splice.start, splice.end, splice.text.replace("\n", newline + indent))


def _whole_line(removal: Splice, text: str) -> Splice:
    """Also remove the line, if the removal leaves nothing on it."""
    start, end = removal.start, removal.end
    while text[start - 1 : start] in (" ", "\t"):
        start -= 1
    while text[end : end + 1] in (" ", "\t", "\r"):
        end += 1
    is_alone = text[start - 1 : start] in ("", "\n") and text[end : end + 1] == "\n"
    return Splice(start, end + 1, "") if is_alone else removal


def _in_line(text: str, old: str, start: int) -> int | None:
    end = text.find("\n", start)
    found = re.compile(rf"(?<!{_PART}){re.escape(old)}(?!{_PART})").finditer(text, start, len(text) if end < 0 else end)
    places = [match.start() for match in found]
    return places[0] if len(places) == 1 else None


def _at(text: str, old: str, offset: int) -> int | None:
    """Find a literal that is the content of an element, is in quotes, or is bare."""
    sign = text[offset : offset + 1]
    if sign == "<":
        tag = _START_TAG.match(text, offset)
        begin, end = tag.end() if tag else offset, "<"
    else:
        begin, end = (offset + 1, sign) if sign in ("'", '"') else (offset, "")
    behind = begin + len(old)
    if not text.startswith(old, begin):
        return None
    is_whole = text.startswith(end, behind) if end else re.match(_PART, text[behind : behind + 1]) is None
    return begin if is_whole else None
