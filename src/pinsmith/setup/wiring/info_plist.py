"""The Xcode project builds the Info.plist that holds the pins."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.setup.kinds.ios import PROJECT, built
from pinsmith.setup.rule import found
from pinsmith.setup.tree import is_below
from pinsmith.setup.wire import Loose, Wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree


def _check(tree: Tree, output: Output) -> Iterator[Loose]:
    path = posixpath.normpath(output.path)
    projects = [
        project
        for project in tree.ending(f".xcodeproj/{PROJECT}")
        if is_below(path, posixpath.dirname(posixpath.dirname(project)))
    ]
    if not projects or any(path in built(tree, project) for project in projects):
        return
    nearest = max(projects, key=len)
    home = posixpath.dirname(posixpath.dirname(nearest))
    setting = posixpath.relpath(path, home or ".")
    text = f"no target is built with {path}, so the app does not contain the pins"
    fix = f"in Xcode, set the build setting INFOPLIST_FILE of the app's target to {setting}"
    yield Loose(found("info-plist-not-built", FilePlace(nearest), text, fix))


WIRE: Final = Wire(id="info-plist", formats=frozenset({"apple-ats", "trustkit-ios"}), check=_check)
