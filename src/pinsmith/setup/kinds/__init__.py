"""The kinds of projects that `pinsmith setup` finds. A new kind is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.setup.kinds import (
    android,
    capacitor,
    cordova,
    dotnet,
    expo,
    flutter,
    go,
    ios,
    java,
    node,
    php,
    python,
    react_native,
    ruby,
    rust,
    swift_package,
    wavemaker,
)
from pinsmith.setup.tree import above

if TYPE_CHECKING:
    from pinsmith.setup.project import Kind, Project
    from pinsmith.setup.tree import Tree

KINDS: Final[tuple[Kind, ...]] = (
    expo.KIND,
    react_native.KIND,
    wavemaker.KIND,
    flutter.KIND,
    capacitor.KIND,
    cordova.KIND,
    android.KIND,
    ios.KIND,
    swift_package.KIND,
    node.KIND,
    python.KIND,
    java.KIND,
    go.KIND,
    rust.KIND,
    dotnet.KIND,
    php.KIND,
    ruby.KIND,
)
"""All kinds. Those whose projects contain other projects come first."""

TITLES: Final = {kind.id: kind.title for kind in KINDS}


def find_projects(tree: Tree) -> tuple[Project, ...]:
    """Find every project. A project that is a part of another one, such as the `android` of an app, is left out."""
    found: list[Project] = []
    claimed: set[str] = set()
    for kind in KINDS:
        new = [project for project in kind.find(tree) if not _is_part(project.folder, claimed)]
        claimed.update(folder for project in new for folder in project.claims)
        found += new
    return tuple(sorted(found, key=lambda project: project.folder))


def _is_part(folder: str, claimed: set[str]) -> bool:
    return folder in claimed or not claimed.isdisjoint(above(folder))
