"""YAML with the place of every value. Aliases refer to the same node, and every scalar is text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from pinsmith.syntax.json import Node
from pinsmith.syntax.position import Position, SyntaxFaultError, SyntaxLimitError

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_CHARACTERS: Final = 256 * 1024  # of one host; the parser takes seconds for so many
_MAX_DEPTH: Final = 64


def parse_yaml(text: str) -> list[Node]:
    """
    Read the documents of a YAML file. Plain scalars stay text: ``true`` is "true".

    A duplicate name is refused, and so is the merge key ``<<``, which is not part of YAML 1.2.

    Raises:
        SyntaxFaultError: If it is not YAML, or is nested too deeply, or no parser is installed.
    """
    if len(text) > _MAX_CHARACTERS:
        raise SyntaxLimitError(f"it is larger than {_MAX_CHARACTERS // 1024} KiB")
    try:
        from ruamel.yaml import YAML
        from ruamel.yaml.error import YAMLError
    except ImportError as error:
        raise SyntaxFaultError("ruamel.yaml is needed to read YAML", hint="pip install 'pinsmith[yaml]'") from error
    builder = _Builder()
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        told = str(getattr(error, "problem", None) or "it cannot be read").splitlines()[0]
        raise SyntaxFaultError(f"it is not YAML: {told}", _position(mark) if mark else None) from error
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        # The parser does not catch these itself for odd directives and escapes.
        raise SyntaxFaultError("it is not YAML") from error
    return builder.documents


def _position(mark: Any) -> Position:  # noqa: ANN401 - the parser's marks have no public type
    return Position(mark.line + 1, mark.column + 1)


class _Builder:
    """Builds nested nodes from the events of the parser."""

    def __init__(self) -> None:
        self.documents: list[Node] = []
        self._anchors: dict[str, Node] = {}
        self._open: list[tuple[Node, str | None]] = []
        self._names: list[Node | None] = []

    def take(self, event: Any) -> None:  # noqa: ANN401 - the parser's classes have no common type
        kind = type(event).__name__
        position = _position(event.start_mark)
        if kind == "DocumentStartEvent":
            self._anchors = {}
        elif kind in {"MappingStartEvent", "SequenceStartEvent"}:
            self._begin(Node({} if kind[0] == "M" else [], *position), event.anchor)
        elif kind in {"MappingEndEvent", "SequenceEndEvent"}:
            node, anchor = self._open.pop()
            self._names.pop()
            self._end(node, anchor)
        elif kind == "ScalarEvent":
            self._end(Node(str(event.value), *position), event.anchor)
        elif kind == "AliasEvent":
            if event.anchor not in self._anchors:
                raise SyntaxFaultError(f"there is no anchor {str(event.anchor)!r} above", position)
            self._place(self._anchors[event.anchor])

    def _begin(self, node: Node, anchor: str | None) -> None:
        if len(self._open) >= _MAX_DEPTH:
            raise SyntaxLimitError(f"it is nested deeper than {_MAX_DEPTH} levels", node.position)
        self._open.append((node, anchor))
        self._names.append(None)

    def _end(self, node: Node, anchor: str | None) -> None:
        if anchor:
            self._anchors[anchor] = node
        self._place(node)

    def _place(self, node: Node) -> None:
        if not self._open:
            self.documents.append(node)
            return
        above = self._open[-1][0].value
        if isinstance(above, list):
            above.append(node)
        elif isinstance(above, dict):
            self._name(above, node)

    def _name(self, above: dict[str, Node], node: Node) -> None:
        name = self._names[-1]
        if name is not None:
            above[str(name.value)] = node
            self._names[-1] = None
            return
        if not isinstance(node.value, str) or node.value == "<<":
            told = "the merge key <<" if node.value == "<<" else "a table or a list as a name"
            raise SyntaxFaultError(f"{told} is not read", node.position, hint="write it out")
        if node.value in above:
            other = above[node.value].line
            raise SyntaxFaultError(f"{node.value!r} is defined twice (also in line {other})", node.position)
        self._names[-1] = node


def tables(documents: list[Node]) -> Iterator[tuple[Node, tuple[Node, ...]]]:
    """Yield every table once, with the tables around it, outermost first."""
    waiting: list[tuple[Node, tuple[Node, ...]]] = [(document, ()) for document in reversed(documents)]
    seen: set[int] = set()
    while waiting:
        node, around = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node.value, dict):
            yield node, around
            waiting += [(member, (*around, node)) for member in reversed(node.value.values())]
        elif isinstance(node.value, list):
            waiting += [(item, around) for item in reversed(node.value)]
