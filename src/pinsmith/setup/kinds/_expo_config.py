"""
The configuration of an Expo app, and whether Expo generates its native projects from it.

Source:
    https://docs.expo.dev/workflow/configuration/ and packages/@expo/config/src/paths/paths.ts of expo/expo: an
    app.config.json is read instead of an app.json, and an app.config.ts or app.config.js decides what is used of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.setup.kinds import _native
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from pinsmith.setup.kinds._package import Package
    from pinsmith.setup.tree import Tree

STATIC: Final = ("app.config.json", "app.json")
DYNAMIC: Final = ("app.config.ts", "app.config.js")


def configuration(tree: Tree, folder: str) -> str | None:
    """Return the static configuration that Expo reads in a directory, if there is one."""
    return next((path for name in STATIC if (path := join(folder, name)) in tree), None)


def program(tree: Tree, folder: str) -> str | None:
    """Return the program that makes the configuration in a directory, if there is one."""
    return next((path for name in DYNAMIC if (path := join(folder, name)) in tree), None)


def is_generated(tree: Tree, package: Package) -> bool:
    """Say whether Expo generates the native projects of a package: it has a configuration, and git keeps none."""
    has_configuration = configuration(tree, package.folder) or program(tree, package.folder)
    if "expo" not in package.needs or not has_configuration:
        return False
    if not _native.apps(tree, package.folder):
        return True
    return re.search(r"(?m)^/?android/?\s*$", tree.text(join(package.folder, ".gitignore"))) is not None
