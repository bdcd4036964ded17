"""
A file of code as a syntax tree, and the values of its expressions as far as the file alone gives them.

Literals, names with one declaration, members of them, sums, lists and loops over lists are folded to texts. Nothing is
guessed: a value that comes from elsewhere is `Unknown`, and says from where.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from pinsmith.syntax.position import Position

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from ast_grep_py import SgNode

    from pinsmith.audit._language import Language

_MAX_DEPTH: Final = 40  # of names that stand for names
_MAX_TEXTS: Final = 10_000  # of one expression
_SHOWN: Final = 60  # characters of an expression in a message
_SCOPE: Final = re.compile("body|block|class|function|lambda|method|program|source_file|statements")
_ESCAPES: Final = {"n": "\n", "t": "\t", "r": "\r", "0": "\0", "b": "\b", "f": "\f"}
_ESCAPE: Final = re.compile(r"\\(?:u\{?([0-9A-Fa-f]{1,6})\}?|(.))", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Known:
    """A text, and the place of the literal that it begins with."""

    text: str
    at: Position


@dataclass(frozen=True, slots=True)
class Unknown:
    """A value that this file does not give, and the expression that it comes from."""

    source: str
    at: Position


Value: TypeAlias = Known | Unknown


class Code:
    """
    A file of code.

    Args:
        text: All of it.

        name: The name of the file.

        language: Its language.
    """

    def __init__(self, text: str, name: str, language: Language) -> None:
        from ast_grep_py import SgRoot

        self.text = text
        self.name = name
        self.language = language
        self.root: SgNode = SgRoot(text, language.id).root()
        self._folded: dict[tuple[int, int], list[Value]] = {}

    def find(self, pattern: str) -> Iterator[SgNode]:
        """Yield the parts that match a pattern of ast-grep. In a chain of calls, the first call comes first."""
        yield from sorted(self.root.find_all(pattern=pattern), key=lambda node: node.range().end.index)

    def values(self, node: SgNode) -> list[Value]:
        """Return every value that an expression can have: several for a list, and for the name of a loop."""
        return self._values(node, ())

    def arguments(self, match: SgNode, name: str) -> list[SgNode]:
        """Return the arguments that ``$$$NAME`` of a pattern stands for, without commas."""
        return [node for node in match.get_multiple_matches(name) if node.is_named()]

    @cached_property
    def _declared(self) -> dict[str, list[_Declared]]:
        """The expressions that each name is declared with, or assigned."""
        language = self.language
        found: dict[str, list[_Declared]] = {}
        for kind in (*language.declarations, *language.assignments, *language.loops, *language.parameters):
            for node in self.root.find_all(kind=kind):
                if declared := _declaration(node, language):
                    found.setdefault(declared.name, []).append(declared)
        return found

    def _values(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        kind, language = node.kind(), self.language
        of_kind = (
            (language.texts, self._text),
            (language.names, self._named),
            (language.members, self._member),
            (language.sums, self._sum),
            (language.wraps, self._wrapped),
            (language.lists, self._listed),
            (language.calls, self._called),
        )
        read = next((read for kinds, read in of_kind if kind in kinds), None)
        if read is None:
            return [_unknown(node)]
        # Without this, names that stand for each other twice would take time without end.
        span = node.range()
        key = span.start.index, span.end.index
        if key not in self._folded:
            self._folded[key] = read(node, within)
        return self._folded[key]

    def _wrapped(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        inner = _named(node)
        return self._values(inner[-1], within) if inner else [_unknown(node)]

    def _text(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        parts = [part for part in _named(node) if not part.kind().endswith(("_start", "_end"))]
        if not parts:
            is_empty = not node.text().strip("\"'`")
            return [Known("", position_of(node))] if is_empty else [_unknown(node)]
        # In a raw text, a backslash is a backslash.
        unescape = str if node.text().startswith('"""') else _unescaped
        texts = [""]
        for part in parts:
            if part.kind() in self.language.raw:
                more = [unescape(part.text())]
            elif "escape" in part.kind():
                more = [_unescaped(part.text())]
            else:
                values = self._values(part, within)
                more = [value.text for value in values if isinstance(value, Known)]
                if len(more) != len(values) or len(more) * len(texts) > _MAX_TEXTS:
                    return [_unknown(node)]
            texts = [text + value for text in texts for value in more]
        return [Known(text, position_of(node)) for text in texts]

    def _named(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        """Take the declarations in the innermost scope around *node*; two that differ give no value."""
        at = node.range().start.index
        known = self._declared.get(node.text(), [])
        around = [declared for declared in known if declared.begin <= at < declared.end and not declared.is_assigned]
        least = min((declared.end - declared.begin for declared in around), default=0)
        nearest = [declared for declared in around if declared.end - declared.begin == least]
        return self._of(node, node.text(), [*nearest, *(of for of in known if of.is_assigned)], within)

    def _member(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        name = re.split(r"[.?!:]+", node.text())[-1]
        return self._of(node, name, self._declared.get(name, []), within)

    def _of(self, node: SgNode, name: str, declared: Sequence[_Declared], within: tuple[str, ...]) -> list[Value]:
        if not declared or name in within or len(within) > _MAX_DEPTH:
            return [_unknown(node)]
        found: list[list[Value]] = [
            self._values(of.value, (*within, name)) if of.value else [_unknown(node)] for of in declared
        ]
        is_one = all(_texts(values) == _texts(found[0]) for values in found)
        return found[0] if is_one else [_unknown(node)]

    def _sum(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        operators = [child.text() for child in node.children() if not child.is_named()]
        texts, at = [""], position_of(node)
        for part in _named(node):
            values = self._values(part, within)
            known = [value.text for value in values if isinstance(value, Known)]
            if set(operators) != {"+"} or len(known) != len(values) or len(known) * len(texts) > _MAX_TEXTS:
                return [_unknown(node)]
            texts = [text + value for text in texts for value in known]
        return [Known(text, at) for text in texts]

    def _listed(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        values: list[Value] = []
        for child in _named(node):
            if "type" not in child.kind() and "dimensions" not in child.kind():
                values += self._values(child, within)
        return values if len(values) <= _MAX_TEXTS else [_unknown(node)]

    def _called(self, node: SgNode, within: tuple[str, ...]) -> list[Value]:
        called, _, _ = node.text().partition("(")
        receiver, _, method = called.strip().rpartition(".")
        arguments = next(
            (child for child in _below(node) if "arguments" in child.kind() or "list" in child.kind()), None
        )
        if (method or called).strip() in self.language.makers and arguments is not None:
            return self._listed(arguments, within)
        if method in self.language.keepers and receiver:
            first = next(iter(_named(node)), None)
            if first is not None and first.kind() in self.language.members:
                first = next(iter(_named(first)), None)
            if first is not None:
                return [_trimmed(value) for value in self._values(first, within)]
        return [_unknown(node)]


def _below(node: SgNode) -> Iterator[SgNode]:
    """Yield the children of a call, and theirs if the language wraps the arguments."""
    for child in node.children():
        yield child
        if "suffix" in child.kind():
            yield from child.children()


@dataclass(frozen=True, slots=True)
class _Declared:
    """
    A name, its value if the file gives it, and where the name is known: from a character to another.

    An assignment, which changes a name wherever it was declared, counts everywhere.
    """

    name: str
    value: SgNode | None
    begin: int
    end: int
    is_assigned: bool


def _declaration(node: SgNode, language: Language) -> _Declared | None:
    """Read a declaration, an assignment, a loop or a parameter."""
    named = _named(node)
    at = next((at for at, child in enumerate(named) if _is_name(child, language)), None)
    if at is None:
        return None
    is_given = node.kind() not in language.parameters and at + 1 < len(named)
    scope = node if node.kind() in language.loops else _scope(node)
    span = scope.range()
    name = named[at].text().partition(":")[0].strip()
    is_assigned = node.kind() in language.assignments
    return _Declared(name, named[at + 1] if is_given else None, span.start.index, span.end.index, is_assigned)


def _is_name(node: SgNode, language: Language) -> bool:
    return node.kind() in language.names or node.kind() in ("variable_declaration", "directly_assignable_expression")


def _scope(node: SgNode) -> SgNode:
    """Return the part of the file in which a declaration is known."""
    for around in node.ancestors():
        if _SCOPE.search(around.kind()) and "parameter" not in around.kind():
            return around
    return node.get_root().root()


def _named(node: SgNode) -> list[SgNode]:
    return [child for child in node.children() if child.is_named()]


def position_of(node: SgNode) -> Position:
    """Return the place of *node*."""
    start = node.range().start
    return Position(start.line + 1, start.column + 1)


def _unknown(node: SgNode) -> Unknown:
    text = " ".join(node.text().split())
    return Unknown(text if len(text) <= _SHOWN else f"{text[:_SHOWN]}...", position_of(node))


def _texts(values: list[Value]) -> list[str | None]:
    return [value.text if isinstance(value, Known) else None for value in values]


def _trimmed(value: Value) -> Value:
    return Known(value.text.strip(), value.at) if isinstance(value, Known) else value


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_of_escape, text)


def _of_escape(found: re.Match[str]) -> str:
    if found[1]:
        number = int(found[1], 16)
        return chr(number) if number <= sys.maxunicode else found[0]
    return _ESCAPES.get(found[2], found[2])
