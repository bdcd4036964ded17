"""DNS zone files: which records of a type stand where. Records of other types are passed over."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError

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
        owner: Lower-case, with its final dot where it is known to be complete.
        type: Upper-case.
        values: What follows the type.
        first: Its first line, from 1.
        last: Its last line.
        inherits: Whether it takes its owner from the record before.
    """

    owner: str
    type: str
    values: tuple[str, ...]
    first: int
    last: int
    inherits: bool


def records(text: str, file: str) -> Iterator[Record]:
    """
    Read a zone file; ``$ORIGIN`` is followed, ``$INCLUDE`` is not.

    Source:
        :rfc:`1035#section-5.1`

    Raises:
        FormatError: Parentheses or quotes do not close.
    """
    origin = owner = ""
    for first, last, words, indented in _entries(text, file):
        if words[0].upper() == "$ORIGIN":
            origin = _complete(words[1] if len(words) > 1 else "", origin)
            if len(origin) > _MAX_NAME:
                raise FormatError("the origin is longer than any name", file=file, line=first)
        if words[0].startswith("$"):
            continue
        inherits = indented
        rest = list(words)
        if not inherits:
            owner = _complete(rest.pop(0), origin)
        while rest and (_TTL.fullmatch(rest[0]) or rest[0].upper() in _CLASSES):
            rest.pop(0)
        if rest:
            yield Record(owner, rest[0].upper(), tuple(rest[1:]), first, last, inherits)


def _complete(name: str, origin: str) -> str:
    if name == "@":
        return origin
    name = name.lower()
    if name.endswith(".") or not origin:
        return name
    return name + origin if origin == "." else f"{name}.{origin}"


class _Entry:
    """The words of one entry, which grows over its lines."""

    def __init__(self, first: int, *, indented: bool) -> None:
        self.first, self.indented = first, indented
        self.words: list[str] = []
        self.depth = 0

    def take(self, word: str, line: int, file: str) -> None:
        if word in {"(", ")"}:
            self.depth += 1 if word == "(" else -1
        if word == '"' or self.depth < 0:
            raise FormatError(f"{word!r} does not pair", file=file, line=line)
        if word not in {"(", ")"} and not word.isspace() and not word.startswith(";"):
            self.words.append(word)


def _entries(text: str, file: str) -> Iterator[tuple[int, int, list[str], bool]]:
    line = 1
    entry: _Entry | None = None
    for found in _TOKEN.finditer(text):
        word = found[0]
        if word == "\n" and (entry is None or not entry.depth):
            if entry is not None and entry.words:
                yield entry.first, line, entry.words, entry.indented
            entry = None
        else:
            entry = entry or _Entry(line, indented=word.isspace())
            entry.take(word, line, file)
        line += word.count("\n")
    if entry is not None and entry.depth > 0:
        raise FormatError("a parenthesis is not closed", file=file, line=entry.first)
    if entry is not None and entry.words:
        yield entry.first, line, entry.words, entry.indented
