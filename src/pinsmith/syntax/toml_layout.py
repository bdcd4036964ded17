"""The places of everything in a TOML text, found in one pass, for lines, columns and edits."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass, field
from typing import Final

from pinsmith.limit import MAX_VALUES
from pinsmith.syntax.position import Position, position_at

Path = tuple[str | int, ...]

_MAX_SHOWN: Final = 80  # characters of a key in a message
_MAX_DEPTH: Final = 16  # levels of brackets; a value at a deeper level is not analysed
_TOKEN: Final = re.compile(
    r"""
    [ \t]*+(?:
      (?P<newline>\r?\n)
    | (?P<comment>\#[^\r\n]*)
    | (?P<long>\"{3}(?:[^"\\]|\\.|\"{1,2}(?!"))*+\"{3,5} | '{3}(?:[^']|'{1,2}(?!'))*+'{3,5})
    | (?P<short>"(?:[^"\\\r\n]|\\.)*+" | '[^'\r\n]*+')
    | (?P<sign>[\[\]{},=.])
    | (?P<word>[^\s\[\]{},=.\#"']+)
    | (?P<end>\Z)
    )
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Table:
    """
    A ``[table]`` or ``[[table]]`` header, or the beginning of the file (an empty path).

    Attributes:
        path: The path, with an index for every array of tables, as in ``("host", 0)``.
        start: Offset of the first bracket.
        end: Offset after the last bracket.
        entries: The spans of its ``key = value`` lines, from the key to the end of the value.
    """

    path: Path
    start: int
    end: int
    entries: dict[Path, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Array:
    """The offsets of the brackets, elements and commas of an array."""

    start: int
    end: int
    elements: list[tuple[int, int]]
    commas: list[int]


@dataclass(slots=True)
class Layout:
    """
    The offsets of everything in a TOML text.

    Attributes:
        tables: The tables, in the order of the text; the first is the beginning of the file.
        values: Start and end of every value, by path, including those in arrays and inline tables.
        arrays: All arrays, by path.
        places: The first place of every path; for an explicit key, this is where the key begins.
        repeated: The path, the first place and the second place of a duplicate key or table.
        too_deep: The first bracket that is nested deeper than any pin file needs.
    """

    text: str
    tables: list[Table]
    values: dict[Path, tuple[int, int]] = field(default_factory=dict)
    arrays: dict[Path, Array] = field(default_factory=dict)
    places: dict[Path, int] = field(default_factory=dict)
    repeated: tuple[Path, int, int] | None = None
    too_deep: int | None = None

    def position(self, path: Path) -> Position | None:
        """Return where *path* begins, or else the nearest value around it; None if that is the whole file."""
        while path:
            if path in self.places:
                return position_at(self.text, self.places[path])
            path = path[:-1]
        return None

    def line(self, path: Path) -> int | None:
        """Return the line, from 1, of the place that `position` returns."""
        found = self.position(path)
        return found.line if found is not None else None


def scan(text: str, *, header: Path = ()) -> Layout:
    """
    Find the places of everything in *text*.

    It never raises an error. If the text is not TOML, it returns the places before the fault. If the text has absurdly
    many values, it returns the first of them.

    Args:
        text: The text, without byte order mark; lines end in LF or CRLF.

        header: The path of the first header if *text* is a part of a file; empty to read it from the text.
    """
    scanner = _Scanner(text, header)
    with contextlib.suppress(_StopError):
        scanner.file()
    return scanner.layout


class _StopError(Exception):
    """The text is not TOML from here on."""


class _Scanner:
    def __init__(self, text: str, header: Path) -> None:
        self.text = text
        self._header_of_part = header
        self.layout = Layout(text, [Table((), 0, 0)])
        self.start = self.end = 0  # of the current token
        self._lengths: dict[Path, int] = {}  # of each array of tables
        self._headers: set[Path] = set()

    # ---- tokens

    def _next(self) -> str:
        """Move to the next token that is not blank. Return its kind, or the sign itself; empty at the end."""
        found = _TOKEN.match(self.text, self.end)
        if found is None or found.lastgroup is None:
            raise _StopError
        kind = found.lastgroup
        self.start, self.end = found.span(kind)
        if kind == "sign":
            return self.text[self.start]
        return kind if kind != "end" else ""

    def _peek(self) -> str:
        start, end = self.start, self.end
        try:
            return self._next()
        finally:
            self.start, self.end = start, end

    def _next_in_brackets(self) -> str:
        while (kind := self._next()) in ("newline", "comment"):
            pass
        if not kind:
            raise _StopError
        return kind

    # ---- statements

    def file(self) -> None:
        while kind := self._next():
            if kind == "[":
                self._header()
            elif kind not in ("newline", "comment"):
                self._entry(kind)

    def _header(self) -> None:
        start = self.start
        is_array = self.text.startswith("[", self.end)
        if is_array:
            self._next()
        keys, closing = self._key(self._next())
        if closing != "]" or (is_array and self._next() != "]"):
            raise _StopError
        path = self._header_of_part or self._resolve(keys, is_array=is_array)
        self._header_of_part = ()
        if path in self._headers:
            self._repeat(path, start)
        self._headers.add(path)
        self._place(path, start)
        self.layout.tables.append(Table(path, start, self.end))

    def _resolve(self, keys: Path, *, is_array: bool) -> Path:
        """Insert the index of the last table of every array of tables into *keys*."""
        path: Path = ()
        for at, key in enumerate(keys, start=1):
            path = (*path, key)
            if is_array and at == len(keys):
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        return path

    def _entry(self, kind: str) -> None:
        table, start = self.layout.tables[-1], self.start
        keys, equals = self._key(kind)
        if equals != "=":
            raise _StopError
        path = (*table.path, *keys)
        self._place(path, start)
        end = self._value(path, 0)
        table.entries.setdefault(path, (start, end))

    def _key(self, kind: str) -> tuple[Path, str]:
        """Read the dotted key that begins with the current token. Return it and the kind of the token after it."""
        keys: list[str] = []
        while True:
            if kind not in ("word", "short"):
                raise _StopError
            keys.append(_unquote(self.text[self.start : self.end]))
            after = self._next()
            if after != ".":
                return tuple(keys), after
            kind = self._next()

    # ---- values

    def _value(self, path: Path, depth: int) -> int:
        """Read the value after the current token, record it under *path*, and return its end."""
        if len(self.layout.values) >= MAX_VALUES:
            raise _StopError
        kind = self._next()
        start = self.start
        if path in self.layout.values:
            self._repeat(path, start)
        self._place(path, start)
        if kind in ("[", "{") and depth >= _MAX_DEPTH:
            self.layout.too_deep = self.layout.too_deep or start
            self._skip()
        elif kind == "[":
            self._array(path, depth)
        elif kind == "{":
            self._inline_table(path, depth)
        elif kind in ("word", "short", "long"):
            # A number can contain dots, and a time a blank, so a plain value extends up to a sign that ends it.
            while self._peek() in ("word", "."):
                self._next()
        else:
            raise _StopError
        self.layout.values.setdefault(path, (start, self.end))
        return self.end

    def _array(self, path: Path, depth: int) -> None:
        array = Array(self.start, 0, [], [])
        while (kind := self._next_in_brackets()) != "]":
            if kind == ",":
                array.commas.append(self.start)
                continue
            self.end = self.start  # the value reads its first token itself
            begin = self.start
            end = self._value((*path, len(array.elements)), depth + 1)
            array.elements.append((begin, end))
        self.layout.arrays.setdefault(path, Array(array.start, self.end, array.elements, array.commas))

    def _inline_table(self, path: Path, depth: int) -> None:
        while (kind := self._next_in_brackets()) != "}":
            if kind == ",":
                continue
            start = self.start
            keys, equals = self._key(kind)
            if equals != "=":
                raise _StopError
            inner = (*path, *keys)
            self._place(inner, start)
            self._value(inner, depth + 1)

    def _skip(self) -> None:
        depth = 1
        while depth:
            kind = self._next_in_brackets()
            depth += (kind in "[{") - (kind in "]}")

    # ---- notes

    def _place(self, path: Path, offset: int) -> None:
        for length in range(1, len(path) + 1):
            self.layout.places.setdefault(path[:length], offset)

    def _repeat(self, path: Path, offset: int) -> None:
        first = self.layout.places[path]
        self.layout.repeated = self.layout.repeated or (path, first, offset)


def _unquote(token: str) -> str:
    if token[0] == "'":
        return token[1:-1]
    if token[0] != '"':
        return token
    if "\\" not in token:
        return token[1:-1]
    import tomllib

    try:
        return str(tomllib.loads(f"key = {token}")["key"])
    except ValueError as error:
        raise _StopError from error


def path_text(path: Path) -> str:
    """Return *path* as text for people, such as ``host[0].keys[1]``. Absurdly long names are cut."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            name = part if len(part) <= _MAX_SHOWN else part[:_MAX_SHOWN] + "..."
            text += ("." if text else "") + key_text(name)
    return text if len(text) <= 3 * _MAX_SHOWN else text[: 3 * _MAX_SHOWN] + "..."


def key_text(key: str) -> str:
    """Return *key* in TOML syntax, with quotes only if it needs them."""
    import json

    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)
