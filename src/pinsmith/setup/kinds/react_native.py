"""React Native without Expo, or with Expo if the directories of the platforms belong to the repository."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds import _native
from pinsmith.setup.kinds._expo_config import is_generated
from pinsmith.setup.kinds._package import packages
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

LIBRARIES: Final = (
    ("react-native-ssl-public-key-pinning", "react-native-ssl-public-key-pinning", "src/pins.ts"),
    ("react-native-ssl-pinning", "react-native-ssl-pinning", "src/pins.ts"),
    ("react-native-ssl-manager", "rn-ssl-manager", "ssl_config.json"),
    ("react-native-cert-pinner", "rn-cert-pinner", "pinset.json"),
)
"""The package of each library, its format, and the usual path of its output."""

PLATFORMS: Final = "Android and iOS enforce the pins, for requests of JavaScript and of native code"


def _find(tree: Tree) -> Iterator[Project]:
    for package in packages(tree):
        if "react-native" not in package.needs or is_generated(tree, package):
            continue
        apps = _native.apps(tree, package.folder)
        native = (PLATFORMS, _native.outputs(apps))
        used = [entry for entry in LIBRARIES if entry[0] in package.needs]
        others = [entry for entry in LIBRARIES[:1] if entry not in used]
        libraries = [
            (f"the library {name} enforces the pins", (Output(target, join(package.folder, path)),))
            for name, target, path in (*used, *others)
        ]
        found = ways(*(([*libraries, native]) if used else [native, *libraries]))
        if not apps and "react" not in package.needs:
            continue  # a library for React Native, and not an app
        yield Project(
            kind=KIND.id,
            folder=package.folder,
            evidence=tuple(package.place(name) for name in ("react-native", *(entry[0] for entry in used))),
            ways=found,
            findings=_native.findings(apps),
            claims=_native.claims(package.folder),
        )


KIND: Final = Kind(id="react-native", title="React Native app", find=_find)
