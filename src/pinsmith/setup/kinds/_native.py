"""The apps of Android and iOS inside of a larger project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.setup.kinds import android, ios
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from pinsmith.finding import Finding
    from pinsmith.pinfile import Output
    from pinsmith.setup.project import Project
    from pinsmith.setup.tree import Tree

FOLDERS = ("android", "ios")


def apps(tree: Tree, folder: str) -> list[Project]:
    """Find the apps in the directories ``android`` and ``ios`` of a project."""
    return [app for home in claims(folder) for app in (*android.find(tree, home), *ios.find(tree, home))]


def outputs(found: list[Project]) -> tuple[Output, ...]:
    """Return what lets Android and iOS themselves pin these apps."""
    return tuple(output for app in found for output in app.ways[0].outputs)


def findings(found: list[Project]) -> tuple[Finding, ...]:
    """Return the findings about these apps."""
    return tuple(finding for app in found for finding in app.findings)


def claims(folder: str) -> tuple[str, ...]:
    """Return the directories of the apps of a project."""
    return tuple(join(folder, name) for name in FOLDERS)
