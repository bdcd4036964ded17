"""The parts of a syntax tree, and a name that code declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ast_grep_py import SgNode

_TYPE: Final = re.compile("class|enum|extension|impl|interface|mixin|module|namespace|object|record|struct|trait")
_TYPE_NAMES: Final = frozenset(
    {"constant", "identifier", "name", "namespace_identifier", "simple_identifier", "type_identifier", "user_type"}
)
_SELVES: Final = frozenset({"$this", "Companion", "Self", "self", "static", "this"})
_NO_PART: Final = re.compile("comment|interpolation_(?:brace|quote|start)")
LONG: Final = 100
"""The length of a name in characters that is not exceeded."""


@dataclass(frozen=True, slots=True)
class Declared:
    """
    A name, its value if the file gives it, and where the name is known: from a character to another.

    An assignment, which changes a name wherever it was declared, counts everywhere.

    Attributes:
        owner: The type whose member the name is, ``""`` for other names, and ``"*"`` for a member of an unknown value;
            None if the place of the declaration says so.
        holes: The parts between *begin* and *end* in which the name is not known.
    """

    name: str
    value: SgNode | None
    node: SgNode
    begin: int
    end: int
    is_assigned: bool
    owner: str | None = None
    holes: tuple[tuple[int, int], ...] = ()

    def is_known_at(self, at: int) -> bool:
        """Say whether the name without a type before it is known at a character."""
        return self.begin <= at < self.end and not any(begin <= at < end for begin, end in self.holes)

    def is_member_of(self, receiver: str) -> bool:
        """Say whether the name is a member of the type *receiver*."""
        if self.owner is not None:
            return receiver != "" and self.owner in (receiver, "*")
        if receiver in _SELVES or self.node.text()[:LONG].startswith(f"{receiver}::"):
            return True
        return any(
            child.text() == receiver
            for around in self.node.ancestors()
            if _TYPE.search(around.kind()) and "body" not in around.kind()
            for child in around.children()
            if child.kind() in _TYPE_NAMES
        )


def named(node: SgNode) -> list[SgNode]:
    """Return the parts of *node* without signs and comments."""
    return [child for child in node.children() if child.is_named() and not _NO_PART.search(child.kind())]
