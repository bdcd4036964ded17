"""JSON with the place of every value: strict JSON, JSON with comments and trailing commas, or JSON5."""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.limit import MAX_VALUES
from pinsmith.syntax.position import Position, SyntaxFaultError, SyntaxLimitError, position_at

if TYPE_CHECKING:
    from typing import NoReturn

_BLANK: Final = re.compile(r"[ \t\r\n]*+")
_BLANK_OR_REMARK: Final = re.compile(r"(?:[ \t\r\n]++|//[^\n]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_LOOSE_BLANK: Final = re.compile(r"(?:[\s\ufeff]++|//[^\n\r\u2028\u2029]*+|/\*(?:[^*]|\*(?!/))*+\*/)*+")
_ATOM: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null", re.ASCII)
_LOOSE_NUMBER: Final = re.compile(
    r"[+-]?(?:0[xX][0-9a-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?|Infinity|NaN)", re.ASCII
)
_LOOSE_STRING: Final = re.compile(r""""((?:[^"\\\r\n]|\\(?:\r\n|.))*+)"|'((?:[^'\\\r\n]|\\(?:\r\n|.))*+)'""", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:u\{([0-9a-fA-F]{1,6})\}|u([0-9a-fA-F]{4})|x([0-9a-fA-F]{2})|(\r\n|.))", re.DOTALL)
_LETTERS: Final = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "0": "\0"} | dict.fromkeys(
    ("\r\n", "\n", "\r", "\u2028", "\u2029"), ""
)
_BARE_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*+")
_DECODER: Final = json.JSONDecoder()  # used for strings only
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MAX_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value and its place.

    Attributes:
        value: The value as `json` reads it, but objects and arrays contain nodes. A number that JSON does not have is
            NaN.
        line: The line, from 1.
        column: The column, from 1, in characters.
        start: The offset of its first character.
        end: The offset after its last character.
        starts: The offset of each member, including its name, or of each element.
        commas: The offset of each comma between them, and of a trailing comma.
    """

    value: dict[str, Node] | list[Node] | str | float | bool | None
    line: int
    column: int
    start: int = 0
    end: int = 0
    starts: tuple[int, ...] = ()
    commas: tuple[int, ...] = ()

    @property
    def position(self) -> Position:
        """The place where it begins."""
        return Position(self.line, self.column)

    def plain(self) -> object:
        """Return the value without places."""
        if isinstance(self.value, dict):
            return {name: member.plain() for name, member in self.value.items()}
        if isinstance(self.value, list):
            return [element.plain() for element in self.value]
        return self.value


def parse_json(text: str, *, remarks: bool = False, loose: bool = False) -> Node:
    """
    Read JSON. An object with a duplicate name is refused, because platforms differ in which of its values they use.

    Args:
        text: The whole file.

        remarks: Whether comments (``//`` and ``/* */``) and trailing commas are allowed.

        loose: Whether the text is JSON5, which also allows names without quotes and strings in single quotes.

    Raises:
        SyntaxFaultError: If it is not JSON, has a duplicate name, or is nested too deeply.

    Source:
        https://spec.json5.org/
    """
    scanner = _Scanner(text, remarks=remarks, loose=loose)
    scanner.skip()
    node = scanner.value(0)
    scanner.skip()
    if scanner.at < len(text):
        scanner.fail("the end")
    return node


def parse_literal(text: str, at: int) -> Node:
    """
    Read one value inside JavaScript, as JSON5. The text after it is ignored.

    Args:
        text: The whole file.

        at: The offset at which the value begins.

    Raises:
        SyntaxFaultError: If it is not a literal, but contains a call, a reference or an expression.
    """
    scanner = _Scanner(text, remarks=True, loose=True, at=at, kind="a plain object")
    return scanner.value(0)


class _Scanner:
    def __init__(self, text: str, *, remarks: bool, loose: bool, at: int = 0, kind: str = "JSON") -> None:
        self.text, self.at = text, at
        self._kind = kind
        self._remarks = remarks or loose
        self._loose = loose
        self._blank = _LOOSE_BLANK if loose else _BLANK_OR_REMARK if remarks else _BLANK
        self._line, self._line_start, self._counted, self._values = 1, 0, 0, 0

    def position(self) -> Position:
        """Return the place of the next character. Lines are counted from the last place that was returned."""
        if more := self.text.count("\n", self._counted, self.at):
            self._line += more
            self._line_start = self.text.rfind("\n", 0, self.at) + 1
        self._counted = self.at
        return Position(self._line, self.at - self._line_start + 1)

    def fail(self, expected: str) -> NoReturn:
        found = self.text[self.at : self.at + 20]
        told = f"{found!r}" if found else "the end of the file"
        raise SyntaxFaultError(
            f"it is not {self._kind}: expected {expected}, found {told}", position_at(self.text, self.at)
        )

    def skip(self) -> None:
        found = self._blank.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def takes(self, sign: str) -> bool:
        if not self.text.startswith(sign, self.at):
            return False
        self.at += 1
        self.skip()
        return True

    def value(self, depth: int) -> Node:
        self._values += 1
        if depth > _MAX_DEPTH:
            raise SyntaxLimitError(f"it is nested deeper than {_MAX_DEPTH} levels", position_at(self.text, self.at))
        if self._values > MAX_VALUES:
            raise SyntaxLimitError(f"it contains more than {MAX_VALUES} values", position_at(self.text, self.at))
        sign = self.text[self.at : self.at + 1]
        if sign == "{":
            return self._members(depth + 1)
        if sign == "[":
            return self._items(depth + 1)
        position, start = self.position(), self.at
        value = self._string() if sign == '"' or (self._loose and sign == "'") else self._atom()
        return Node(value, *position, start, self.at)

    def _atom(self) -> float | bool | None:
        found = (self._loose and _LOOSE_NUMBER.match(self.text, self.at)) or _ATOM.match(self.text, self.at)
        if not found:
            self.fail("a value")
        self.at = found.end()
        try:
            value: float | bool | None = json.loads(found[0])
        except ValueError:
            if self._loose:
                return math.nan
            self.fail("a number with fewer digits")
        return value

    def _string(self) -> str:
        start = self.at
        text = self._loose_string() if self._loose else self._strict_string()
        if _SURROGATE.search(text):
            raise SyntaxFaultError(
                "a string contains a lone surrogate, which is not a character", position_at(self.text, start)
            )
        return text

    def _strict_string(self) -> str:
        try:
            text, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError:
            self.fail("a valid string in quotes")
        return str(text)

    def _loose_string(self) -> str:
        found = _LOOSE_STRING.match(self.text, self.at)
        if found is None:
            self.fail("a valid string in quotes")
        self.at = found.end()
        text = _ESCAPE.sub(_unescape, found[1] if found[1] is not None else found[2])
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "surrogatepass")  # joins pairs of escapes

    def _name(self) -> str:
        if self.text.startswith('"', self.at) or (self._loose and self.text.startswith("'", self.at)):
            return self._string()
        found = _BARE_NAME.match(self.text, self.at) if self._loose else None
        if found is None:
            self.fail("a name" if self._loose else "a name in quotes")
        self.at = found.end()
        return found[0]

    def _members(self, depth: int) -> Node:
        members: dict[str, Node] = {}
        position, start = self.position(), self.at
        starts: list[int] = []
        commas: list[int] = []
        self.takes("{")
        while not self.text.startswith("}", self.at):
            start_of_name = self.at
            name = self._name()
            starts.append(start_of_name)
            self.skip()
            if name in members:
                other = members[name].line
                raise SyntaxFaultError(
                    f"{name!r} is defined twice (also in line {other})", position_at(self.text, start_of_name)
                )
            if not self.takes(":"):
                self.fail("a colon")
            members[name] = self.value(depth)
            self._between("}", commas)
        self.at += 1
        return Node(members, *position, start, self.at, tuple(starts), tuple(commas))

    def _items(self, depth: int) -> Node:
        items: list[Node] = []
        position, start = self.position(), self.at
        commas: list[int] = []
        self.takes("[")
        while not self.text.startswith("]", self.at):
            items.append(self.value(depth))
            self._between("]", commas)
        self.at += 1
        return Node(items, *position, start, self.at, tuple(item.start for item in items), tuple(commas))

    def _between(self, end: str, commas: list[int]) -> None:
        self.skip()
        if self.text.startswith(end, self.at):
            return
        comma = self.at
        if not self.takes(","):
            self.fail(f"a comma or {end!r}")
        commas.append(comma)
        if self.text.startswith(end, self.at) and not self._remarks:
            self.fail("a value after the comma")


def _unescape(found: re.Match[str]) -> str:
    digits = found[1] or found[2] or found[3]
    if digits is None:
        return _LETTERS.get(found[4], found[4])
    code = int(digits, 16)
    return chr(code) if code <= 0x10FFFF else "\N{REPLACEMENT CHARACTER}"  # noqa: PLR2004 - the last of Unicode
