"""Expo apps whose native projects `npx expo prebuild` generates."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
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
        platforms = (
            Output("android-nsc", join(folder, "network_security_config.xml")),
            Output("expo-ats", config),
        )
        used = [entry for entry in LIBRARIES if entry[0] in package.needs]
        plugin = ("the plugin react-native-app-security enforces the pins", (Output("expo", config),))
        chosen = [
            (f"the library {name} enforces the pins", (Output(target, join(folder, path)),))
            for name, target, path in used
        ]
        native = ("Android and iOS enforce the pins, also for Expo's own fetch", platforms)
        is_bam = BAM in package.needs
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(package.place("expo"), FilePlace(home or code or package.path)),
            ways=ways(*([plugin] if is_bam else []), *chosen, native, plugin),
            claims=_native.claims(folder),
        )


KIND: Final = Kind(id="expo", title="Expo app", find=_find)
