"""Expo apps whose native projects `npx expo prebuild` generates."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from pinsmith.errors import FormatError
from pinsmith.finding import FilePlace
from pinsmith.formats import _expo
from pinsmith.pinfile import Output
from pinsmith.setup.kinds import _native
from pinsmith.setup.kinds._expo_config import configuration, is_generated, program
from pinsmith.setup.kinds._package import packages
from pinsmith.setup.kinds.react_native import LIBRARIES
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

OPTION: Final = "networkSecurityConfig"
OWN: Final = "pinned_network_security_config.xml"
BAM: Final = "@bam.tech/react-native-app-security"
PARTIAL: Final = "pins.app.json"
"""The output for a project that has no static configuration; its app.config.js must import it."""


def _find(tree: Tree) -> Iterator[Project]:
    for package in packages(tree):
        folder = package.folder
        home = configuration(tree, folder)
        code = program(tree, folder)
        if not is_generated(tree, package):
            continue
        config = home or join(folder, PARTIAL)
        named = _named(tree, home)
        in_place = (
            Output("android-nsc", join(folder, named or "network_security_config.xml")),
            Output("expo-ats", config),
        )
        # The first replaces the file that it names, so it is not for an app that has one.
        by_plugin = (Output("expo-nsc", config), Output("expo-ats", config)) if home and not named else ()
        used = [entry for entry in LIBRARIES if entry[0] in package.needs]
        plugin = ("the plugin react-native-app-security enforces the pins", (Output("expo", config),))
        chosen = [
            (f"the library {name} enforces the pins", (Output(target, join(folder, path)),))
            for name, target, path in used
        ]
        native = (
            ("Android and iOS enforce the pins, also for Expo's own fetch", by_plugin),
            ("Android and iOS enforce the pins, in a configuration for Android that you can extend", in_place),
        )
        is_bam = BAM in package.needs
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(package.place("expo"), FilePlace(home or code or package.path)),
            ways=ways(*([plugin] if is_bam else []), *chosen, *native, plugin),
            claims=_native.claims(folder),
        )


def _named(tree: Tree, home: str | None) -> str | None:
    """Return the configuration for Android that a plugin names already, unless pinsmith has written it."""
    root = tree.json(home, loose=True) if home is not None else None
    if home is None or root is None:
        return None
    try:
        plugin = _expo.plugin(_expo.config(root, home), _expo.NSC, home)
        options = _expo.options(plugin, home) if plugin is not None else None
    except FormatError:
        return None
    named = _expo.at(options, (OPTION,)) if options is not None else None
    is_own = named is None or not isinstance(named.value, str) or posixpath.normpath(named.value) == OWN
    return None if is_own or named is None else posixpath.normpath(str(named.value))


KIND: Final = Kind(id="expo", title="Expo app", find=_find)
