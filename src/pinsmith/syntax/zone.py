"""DNS zone files: the records and their places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.syntax.position import Position, SyntaxFaultError

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN: Final = re.compile(r'"(?:\\.|[^"\\])*"|;[^\n]*|[()]|(?:\\.|[^\s();"\\])+|\n|[^\S\n]+|.', re.DOTALL)
_TTL: Final = re.compile(r"\d+(?:[smhdw]\d*)*", re.IGNORECASE)
_MAX_NAME: Final = 255
_CLASSES: Final = frozenset({"IN", "CH", "HS", "CS"})


@dataclass(frozen=True, slots=True)
class Record:
    """
    A record.

    Attributes:
        owner: The owner, lower-case; with a final dot if it is known to be complete.
        type: The type, upper-case.
        values: The words after the type.
        first: The first line of the record, from 1.
        column: The column of its first word on that line, from 1.
        last: The last line of the record.
        inherits: Whether it takes its owner from the previous record.
    """

    owner: str
    type: str
    values: tuple[str, ...]
    first: int
    column: int
    last: int
    inherits: bool


def records(text: str) -> Iterator[Record]:
    """
    Yield the records of a zone file. ``$ORIGIN`` is applied; ``$INCLUDE`` is ignored.

    Source:
        :rfc:`1035#section-5.1`

    Raises:
        SyntaxFaultError: If parentheses or quotes are not closed.
    """
    origin = owner = ""
    for entry in _entries(text):
        words = list(entry.words)
        if words[0].upper() == "$ORIGIN":
            origin = _complete(words[1] if len(words) > 1 else "", origin)
            if len(origin) > _MAX_NAME:
                raise SyntaxFaultError(
                    f"the origin is longer than the {_MAX_NAME} characters of a domain name",
                    Position(entry.first, entry.column),
                )
        if words[0].startswith("$"):
            continue
        if not entry.indented:
            owner = _complete(words.pop(0), origin)
        while words and (_TTL.fullmatch(words[0]) or words[0].upper() in _CLASSES):
            words.pop(0)
        if words:
            place = (entry.first, entry.column, entry.last)
            yield Record(owner, words[0].upper(), tuple(words[1:]), *place, entry.indented)


def _complete(name: str, origin: str) -> str:
    if name == "@":
        return origin
    name = name.lower()
    if name.endswith(".") or not origin:
        return name
    return name + origin if origin == "." else f"{name}.{origin}"


class _Entry:
    """The words of one entry, which are collected over its lines."""

    def __init__(self, first: int, *, indented: bool) -> None:
        self.first = self.last = first
        self.column = 1
        self.indented = indented
        self.words: list[str] = []
        self.depth = 0

    def take(self, word: str, position: Position) -> None:
        if word in {"(", ")"}:
            self.depth += 1 if word == "(" else -1
        if word == '"' or self.depth < 0:
            raise SyntaxFaultError(f"an unmatched {word!r}", position)
        if word not in {"(", ")"} and not word.isspace() and not word.startswith(";"):
            if not self.words:
                self.column = position.column
            self.words.append(word)


def _entries(text: str) -> Iterator[_Entry]:
    line, line_start = 1, 0
    entry: _Entry | None = None
    for found in _TOKEN.finditer(text):
        word = found[0]
        if word == "\n" and (entry is None or not entry.depth):
            if entry is not None and entry.words:
                entry.last = line
                yield entry
            entry = None
        else:
            entry = entry or _Entry(line, indented=word.isspace())
            entry.take(word, Position(line, found.start() - line_start + 1))
        if breaks := word.count("\n"):
            line += breaks
            line_start = found.start() + word.rindex("\n") + 1
    if entry is not None and entry.depth > 0:
        raise SyntaxFaultError("a parenthesis is not closed", Position(entry.first, entry.column))
    if entry is not None and entry.words:
        entry.last = line
        yield entry
