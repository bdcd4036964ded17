"""
The literals, messages and declarations of Objective-C, in a tree like those of ast-grep, which has no grammar for it.

Everything else is a node of the kind ``other``, whose value is not known.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_TOKEN: Final = re.compile(
    r"""
      (?P<comment>//[^\n]*|/\*(?:.*?\*/|.*))
    | (?P<define>^[ \t]*\#[ \t]*define[ \t]+(?P<defined>\w+)(?P<content>[^\w\n](?:[^\n\\]|\\.)*)?)
    | (?P<directive>^[ \t]*\#(?:[^\n\\]|\\.)*)
    | (?P<string>@?"(?:[^"\\\n]|\\.)*")
    | (?P<character>'(?:[^'\\\n]|\\.)*')
    | (?P<name>@?[A-Za-z_$][\w$]*)
    | (?P<number>[0-9][\w.]*)
    | (?P<sign>@[\[{(]|->|==|!=|<=|>=|&&|\|\||[-+*/|&^%]=|\S)
    """,
    re.VERBOSE | re.DOTALL | re.MULTILINE,
)
_PAIRS: Final = {"[": "]", "(": ")", "{": "}", "@[": "]", "@(": ")", "@{": "}"}
_MAX_DEPTH: Final = 60
_MAX_TYPE: Final = 60  # words and signs of the type of a parameter
_NO_TYPE: Final = frozenset({"return", "case", "else", "goto", "in", "@throw"})


@dataclass(frozen=True, slots=True)
class _Place:
    index: int
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class _Range:
    start: _Place
    end: _Place


@dataclass(eq=False, slots=True)
class Node:
    """A part of a file, with those methods of a node of ast-grep that the audit calls."""

    source: Source
    name: str
    begin: int
    end: int
    parts: list[Node] = field(default_factory=list)
    around: Node | None = None
    has_name: bool = True
    number: int = 0

    def kind(self) -> str:
        """Return the kind."""
        return self.name

    def text(self) -> str:
        """Return the text."""
        return self.source.text[self.begin : self.end]

    def is_named(self) -> bool:
        """Say whether it is more than a sign."""
        return self.has_name

    def is_leaf(self) -> bool:
        """Say whether it has no parts."""
        return not self.parts

    def children(self) -> list[Node]:
        """Return the parts."""
        return self.parts

    def parent(self) -> Node | None:
        """Return what it is a part of."""
        return self.around

    def ancestors(self) -> Iterator[Node]:
        """Yield what it is a part of, from the inside."""
        around = self.around
        while around is not None:
            yield around
            around = around.around

    def next(self) -> Node | None:
        """Return the part that follows."""
        return self._beside(1)

    def prev(self) -> Node | None:
        """Return the part before."""
        return self._beside(-1)

    def field(self, name: str) -> Node | None:
        """Return nothing: no part has a name."""
        del name
        return None

    def get_root(self) -> Node:
        """Return the file."""
        return self.source.node

    def root(self) -> Node:
        """Return the file."""
        return self.source.node

    def range(self) -> _Range:
        """Return where it begins and ends."""
        return _Range(self.source.place(self.begin), self.source.place(self.end))

    def find_all(self, *, kind: str | None = None, pattern: str | None = None) -> Iterator[Node]:
        """Yield the parts of a kind, at any depth. No part matches a pattern. Only the file has comments."""
        del pattern
        if kind == "comment" and self is self.source.node:
            yield from self.source.comments
        waiting = [self]
        while waiting:
            node = waiting.pop()
            if kind is not None and node.name == kind:
                yield node
            waiting += reversed(node.parts)

    def _beside(self, step: int) -> Node | None:
        parts = self.around.parts if self.around is not None else []
        at = self.number + step
        return parts[at] if 0 <= at < len(parts) else None


class Source:
    """
    A file.

    Attributes:
        bindings: Names that get a value which the file does not give, and their places.
        comments: The comments, which are not parts of anything.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines = [0, *(found.end() for found in re.finditer("\n", text))]
        self.bindings: list[tuple[str, Node]] = []
        self.comments: list[Node] = []
        self.node = Node(self, "program", 0, len(text))
        self.node.parts = _statements(self, _grouped(self, _tokens(self, 0, len(text))), 0)
        waiting = [self.node]
        while waiting:
            node = waiting.pop()
            for number, part in enumerate(node.parts):
                part.around, part.number = node, number
            waiting += node.parts

    def place(self, index: int) -> _Place:
        """Return the line and the column of a character, from 0."""
        line = bisect.bisect_right(self._lines, index) - 1
        return _Place(index, line, index - self._lines[line])


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    begin: int
    end: int
    inner: list[_Token] = field(default_factory=list)


def parse(text: str) -> Node:
    """Return the tree of a file."""
    return Source(text).node


def bindings(root: Node) -> Iterator[tuple[str, Node]]:
    """Yield the names that get a value which the file does not give."""
    yield from root.source.bindings


def _tokens(source: Source, begin: int, end: int, *, in_macro: bool = False) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(source.text, begin, end):
        kind = match.lastgroup or ""
        if match["define"] is not None and not in_macro:
            content = match.span("content") if match["content"] else (match.end(), match.end())
            inner = _tokens(source, *content, in_macro=True) if not (match["content"] or "").startswith("(") else []
            found.append(_Token("define", match["defined"], *match.span(), inner))
        elif kind == "comment":
            source.comments.append(Node(source, kind, *match.span()))
        elif kind not in ("define", "directive"):
            found.append(_Token(kind, match[0], *match.span()))
    _note_bindings(source, found)
    return found


def _note_bindings(source: Source, tokens: Sequence[_Token]) -> None:
    """Note parameters, variables without a value, and operators that change a variable."""
    for at, token in enumerate(tokens):
        if token.kind != "name":
            continue
        before = tokens[at - 1] if at else None
        after = tokens[at + 1].text if at + 1 < len(tokens) else ";"
        is_typed = before is not None and (
            before.text in ("*", ">")
            or (before.kind == "name" and before.text not in _NO_TYPE)
            or (before.text == ")" and _is_after_type(tokens, at))
        )
        is_bound = is_typed and after in (",", ")", ";", "in", "{", "[")
        is_changed = len(after) == 2 and after[1] == "=" and after[0] not in "=!<>"  # noqa: PLR2004 - such as +=
        if is_bound or is_changed:
            source.bindings.append((token.text, Node(source, "identifier", token.begin, token.end)))


def _is_after_type(tokens: Sequence[_Token], at: int) -> bool:
    """Say whether a name follows ``:(type)``, as a parameter of a method does."""
    depth = 0
    for back in range(at - 1, max(0, at - _MAX_TYPE), -1):
        depth += {")": 1, "(": -1}.get(tokens[back].text, 0)
        if depth == 0:
            return tokens[back - 1].text == ":"
    return True


def _grouped(source: Source, tokens: Iterable[_Token]) -> list[_Token]:
    """Put what stands in brackets into one token. Brackets that do not match end at the end of the file."""
    stack: list[tuple[_Token | None, list[_Token]]] = [(None, [])]
    for token in tokens:
        opener = stack[-1][0]
        if token.kind == "sign" and token.text in _PAIRS:
            stack.append((token, []))
        elif opener is not None and token.kind == "sign" and token.text == _PAIRS[opener.text]:
            _, inner = stack.pop()
            stack[-1][1].append(_Token("group", opener.text, opener.begin, token.end, inner))
        else:
            stack[-1][1].append(token)
    while len(stack) > 1:
        opener, inner = stack.pop()
        if opener is not None:
            stack[-1][1].append(_Token("broken", opener.text, opener.begin, len(source.text), inner))
    return stack[0][1]


def _statements(source: Source, items: Sequence[_Token], depth: int) -> list[Node]:
    found: list[Node] = []
    held: list[_Token] = []
    for item in items:
        if item.kind == "define":
            found.append(_define(source, item, depth))
        elif item.text == ";" and item.kind == "sign":
            found += _statement(source, held, depth)
            held = []
        else:
            held.append(item)
            if item.kind == "group" and item.text == "{":  # a body ends a statement, if nothing else does
                found += _statement(source, held, depth)
                held = []
    return found + _statement(source, held, depth)


def _define(source: Source, item: _Token, depth: int) -> Node:
    value = _expression(source, _grouped(source, item.inner), depth + 1)
    name = Node(source, "identifier", item.begin, item.end)
    name.begin = source.text.index(item.text, source.text.index("define", item.begin) + len("define"))
    name.end = name.begin + len(item.text)
    sign = Node(source, "=", name.end, name.end, has_name=False)
    return Node(source, "declaration", item.begin, item.end, [name, sign, value])


def _statement(source: Source, items: Sequence[_Token], depth: int) -> list[Node]:
    """Return a declaration or an assignment, or the parts of another statement."""
    at = next((at for at, item in enumerate(items) if item.kind == "sign" and item.text == "="), None)
    if at is None or at == 0:
        return [_expression(source, items, depth + 1)] if items else []
    left, right = items[:at], items[at + 1 :]
    target = left[-1]
    if target.kind != "name":  # an item of a list, which changes
        names = [item for item in left if item.kind == "name"]
        source.bindings += [(item.text, _leaf(source, "identifier", item)) for item in names[-1:]]
        return [_other(source, items, depth)]
    parts = _split(right, ",")
    source.bindings += [
        (item.text, _leaf(source, "identifier", item)) for part in parts[1:] for item in part if item.kind == "name"
    ]
    value = _expression(source, right, depth + 1)
    name, sign = _leaf(source, "identifier", target), Node(source, "=", items[at].begin, items[at].end, has_name=False)
    before = [_expression(source, [item], depth + 1) for item in left[:-1] if item.kind == "group"]
    return [*before, Node(source, "declaration", target.begin, items[-1].end, [name, sign, value])]


def _expression(source: Source, items: Sequence[_Token], depth: int) -> Node:
    if not items or depth > _MAX_DEPTH:
        begin = items[0].begin if items else 0
        return Node(source, "other", begin, items[-1].end if items else 0)
    if len(items) == 1:
        return _single(source, items[0], depth)
    if len(split := _split(items, "?")) == 2 and len(branches := _split(split[1], ":")) == 2:  # noqa: PLR2004
        parts = [_expression(source, part, depth + 1) for part in (split[0], *branches)]
        return Node(source, "choice", items[0].begin, items[-1].end, parts)
    if all(item.kind in ("string", "name") for item in items) and any(item.kind == "string" for item in items):
        parts = [_single(source, item, depth) for item in items]
        return Node(source, "sum", items[0].begin, items[-1].end, parts)
    is_cast = items[0].text == "(" and items[0].kind == "group" and len(items) == 2  # noqa: PLR2004 - a type and a value
    if is_cast and all(item.kind == "name" or item.text == "*" for item in items[0].inner):
        return Node(source, "cast", items[0].begin, items[-1].end, [_single(source, items[1], depth)])
    return _other(source, items, depth)


def _single(source: Source, item: _Token, depth: int) -> Node:
    if item.kind == "string":
        return _leaf(source, "string", item)
    if item.kind == "name":
        return _leaf(source, "identifier", item)
    if item.kind != "group" or depth > _MAX_DEPTH:
        return _other(source, [item], depth)
    node = Node(source, "other", item.begin, item.end)
    if item.text == "@[":
        node.name = "array"
        node.parts = [_expression(source, part, depth + 1) for part in _split(item.inner, ",") if part]
    elif item.text == "@{":
        node.name = "dictionary"
        node.parts = [_pair(source, part, depth + 1) for part in _split(item.inner, ",") if part]
    elif item.text in ("@(", "("):
        node.name = "parenthesized"
        node.parts = [_expression(source, item.inner, depth + 1)]
    elif item.text == "[":
        node.name = "message"
        node.parts = _message(source, item.inner, depth + 1)
    else:
        node.parts = _statements(source, item.inner, depth + 1)
    return node


def _pair(source: Source, items: Sequence[_Token], depth: int) -> Node:
    key, *values = _split(items, ":")
    if len(values) != 1:
        return _other(source, items, depth)
    parts = [_expression(source, part, depth) for part in (key, values[0])]
    return Node(source, "pair", items[0].begin, items[-1].end, parts)


def _message(source: Source, items: Sequence[_Token], depth: int) -> list[Node]:
    """Return the receiver, the parts of the selector, and after each of them its arguments."""
    receiver, rest = _expression(source, items[:1], depth), items[1:]
    found = [receiver]
    held: list[_Token] = []
    for at, item in enumerate(rest):
        follows = rest[at + 1].text if at + 1 < len(rest) else ""
        if item.kind == "name" and (follows == ":" or len(rest) == 1):
            found += [_expression(source, part, depth) for part in _split(held, ",") if part]
            held = []
            found.append(_leaf(source, "selector", item))
        elif item.text != ":" or item.kind != "sign":
            held.append(item)
    return found + [_expression(source, part, depth) for part in _split(held, ",") if part]


def _other(source: Source, items: Sequence[_Token], depth: int) -> Node:
    """Return a node whose value is not known, with the literals in it."""
    node = Node(source, "other", items[0].begin, items[-1].end)
    if depth <= _MAX_DEPTH:
        for item in items:
            if item.kind == "group":
                node.parts.append(_single(source, item, depth + 1))
            elif item.kind == "broken":
                node.parts += _statements(source, item.inner, depth + 1)
            elif item.kind == "string":
                node.parts.append(_leaf(source, "string", item))
    return node


def _leaf(source: Source, kind: str, item: _Token) -> Node:
    return Node(source, kind, item.begin, item.end)


def _split(items: Sequence[_Token], sign: str) -> list[list[_Token]]:
    parts: list[list[_Token]] = [[]]
    for item in items:
        if item.kind == "sign" and item.text == sign:
            parts.append([])
        else:
            parts[-1].append(item)
    return parts
