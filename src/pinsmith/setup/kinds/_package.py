"""The package.json of npm: what a project depends on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.kinds._search import folder_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree
    from pinsmith.syntax.json import Node

NAME: Final = "package.json"
_LISTS: Final = ("dependencies", "devDependencies", "peerDependencies", "optionalDependencies")


@dataclass(frozen=True, slots=True)
class Package:
    """
    A package.json.

    Attributes:
        path: Where it is.
        needs: The line of every dependency, by name.
        names: Its other members.
    """

    path: str
    needs: dict[str, int]
    names: frozenset[str]

    @property
    def folder(self) -> str:
        """Its directory."""
        return folder_of(self.path)

    def place(self, name: str) -> FilePlace:
        """Return the place of a dependency."""
        return FilePlace(self.path, self.needs[name])


def packages(tree: Tree) -> Iterator[Package]:
    """Yield every package that can be read."""
    for path in tree.named(NAME):
        if (package := read(tree, path)) is not None:
            yield package


def read(tree: Tree, path: str) -> Package | None:
    """Read one package; None if it cannot be read."""
    root = tree.json(path)
    if root is None or not isinstance(root.value, dict):
        return None
    needs = {name: node.line for member in reversed(_LISTS) for name, node in _members(root.value.get(member)).items()}
    return Package(path, needs, frozenset(root.value))


def _members(node: Node | None) -> dict[str, Node]:
    return node.value if node is not None and isinstance(node.value, dict) else {}
