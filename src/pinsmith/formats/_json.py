"""JSON with the line of every value: strict as the standard, or with remarks and final commas."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError

if TYPE_CHECKING:
    from typing import NoReturn

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_BLANK_OR_REMARK: Final = re.compile(r"(?:[ \t\r\n]|//[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)*")
_ATOM: Final = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null")
_DECODER: Final = json.JSONDecoder()  # asked for strings only
_SURROGATE: Final = re.compile("[\ud800-\udfff]")
_MOST_DEPTH: Final = 100


@dataclass(frozen=True, slots=True)
class Node:
    """
    A value and where it stands.

    Attributes:
        value: As `json` reads it, but objects and arrays hold nodes.
        line: From 1.
    """

    value: dict[str, Node] | list[Node] | str | float | bool | None
    line: int

    def plain(self) -> object:
        """Return the value without lines."""
        if isinstance(self.value, dict):
            return {name: each.plain() for name, each in self.value.items()}
        if isinstance(self.value, list):
            return [each.plain() for each in self.value]
        return self.value


def parse_json(text: str, file: str, *, remarks: bool = False) -> Node:
    """
    Read JSON; a name that stands twice in an object is refused, for platforms differ in which one they take.

    Args:
        text: The whole file.

        file: For errors.

        remarks: Whether ``//`` and ``/* */`` are passed over, and a comma may stand before a closing bracket.

    Raises:
        FormatError: It is no JSON, or nested too deeply.
    """
    scanner = _Scanner(text, file, remarks=remarks)
    scanner.skip()
    node = scanner.value(0)
    scanner.skip()
    if scanner.at < len(text):
        scanner.fail("the end expected")
    return node


class _Scanner:
    def __init__(self, text: str, file: str, *, remarks: bool) -> None:
        self.text, self.file, self.at = text, file, 0
        self._remarks = remarks
        self._blank = _BLANK_OR_REMARK if remarks else _BLANK
        self._line, self._counted = 1, 0

    def line(self) -> int:
        self._line += self.text.count("\n", self._counted, self.at)
        self._counted = self.at
        return self._line

    def fail(self, expected: str) -> NoReturn:
        found = self.text[self.at : self.at + 20]
        told = f"{found!r}" if found else "the end of the file"
        raise FormatError(f"it is not JSON: {expected}, found {told}", file=self.file, line=self.line())

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
        if depth > _MOST_DEPTH:
            raise FormatError(f"it is nested deeper than {_MOST_DEPTH} levels", file=self.file, line=self.line())
        line = self.line()
        if self.takes("{"):
            return Node(self._members(depth + 1), line)
        if self.takes("["):
            return Node(self._items(depth + 1), line)
        if self.text.startswith('"', self.at):
            return Node(self._string(), line)
        found = _ATOM.match(self.text, self.at)
        if found is None:
            self.fail("a value expected")
        self.at = found.end()
        try:
            return Node(json.loads(found[0]), line)
        except ValueError:  # more digits than Python converts
            self.fail("a number of usual length expected")

    def _string(self) -> str:
        try:
            text, self.at = _DECODER.raw_decode(self.text, self.at)
        except json.JSONDecodeError:
            self.fail("a string that ends expected")
        if _SURROGATE.search(text):
            raise FormatError("a string holds half a character", file=self.file, line=self.line())
        return str(text)

    def _members(self, depth: int) -> dict[str, Node]:
        members: dict[str, Node] = {}
        while not self.takes("}"):
            if not self.text.startswith('"', self.at):
                self.fail("a name in quotes expected")
            line, name = self.line(), self._string()
            self.skip()
            if name in members:
                raise FormatError(
                    f"{name!r} stands twice (line {members[name].line} has the other)", file=self.file, line=line
                )
            if not self.takes(":"):
                self.fail("a colon expected")
            members[name] = self.value(depth)
            self._between("}")
        return members

    def _items(self, depth: int) -> list[Node]:
        items: list[Node] = []
        while not self.takes("]"):
            items.append(self.value(depth))
            self._between("]")
        return items

    def _between(self, end: str) -> None:
        self.skip()
        if self.text.startswith(end, self.at):
            return
        if not self.takes(","):
            self.fail(f"a comma or {end!r} expected")
        if self.text.startswith(end, self.at) and not self._remarks:
            self.fail("a value expected after the comma")
