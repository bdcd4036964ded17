"""The wires that `pinsmith setup` checks. A new wire is one file and one line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.setup.wiring import android_manifest, cordova_config, dependency, expo_config, info_plist, pubspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.finding import Finding
    from pinsmith.pinfile import Output
    from pinsmith.setup.tree import Tree
    from pinsmith.setup.wire import Loose, Wire

WIRES: Final[tuple[Wire, ...]] = (
    android_manifest.WIRE,
    cordova_config.WIRE,
    expo_config.WIRE,
    info_plist.WIRE,
    pubspec.WIRE,
    dependency.WIRE,
)
"""All wires."""


def missing(tree: Tree, outputs: Iterable[Output]) -> Iterator[Loose]:
    """Yield everything that these outputs rely on and that is missing."""
    for output in outputs:
        for wire in WIRES:
            if output.format in wire.formats:
                yield from wire.check(tree, output)


def repair(tree: Tree, outputs: Iterable[Output]) -> list[str]:
    """
    Add to the changes of the tree what is missing and can be added. Nothing is written.

    Returns:
        The files that change.
    """
    for output in outputs:
        done: set[Finding] = set()
        # A repair takes the file as the one before has left it, and none is tried twice.
        while loose := next((one for one in missing(tree, [output]) if one.repair and one.finding not in done), None):
            assert loose.repair is not None  # noqa: S101 - for the type checker
            done.add(loose.finding)
            tree.changes[loose.repair.file] = loose.repair.content
    return sorted(tree.changes)
