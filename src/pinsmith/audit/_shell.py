"""Commands in shell: their words, and their texts as far as the file gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from pinsmith.audit._scope import named
from pinsmith.audit._value import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a command; *text* is None if the file does not give it."""

    node: SgNode
    value: Value

    @property
    def text(self) -> str | None:
        """The word without quotes."""
        return self.value.text if isinstance(self.value, Known) else None


def words(command: SgNode, code: Code) -> list[Word]:
    """Return the words of a command, the first of which is its name."""
    return [Word(node, code.values(node)[0]) for node in _nodes(command)]


def program(word: Word) -> str:
    """Return the name of the program that a word names, without folders; empty if the file does not give it."""
    return PurePosixPath(word.text or "").name.removesuffix(".exe")


def _nodes(command: SgNode) -> Iterator[SgNode]:
    for child in named(command):
        if child.kind() == "command_name":
            yield from named(child)
        elif child.kind() != "variable_assignment" and "redirect" not in child.kind():
            yield child
    # The grammar counts what follows the file of a redirection as a part of it.
    around = command.parent()
    for child in named(around) if around is not None and around.kind() == "redirected_statement" else ():
        if child.kind() == "file_redirect":
            yield from [part for part in named(child) if part.kind() != "file_descriptor"][1:]
