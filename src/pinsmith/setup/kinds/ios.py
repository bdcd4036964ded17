"""
Apps of Apple's platforms: Xcode projects and the Info.plist files that they build.

Source:
    https://developer.apple.com/documentation/xcode/build-settings-reference (INFOPLIST_FILE, which is relative to the
    directory of the project)
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of, mentions
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.rule import found as finding
from pinsmith.setup.tree import is_below, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.finding import Finding
    from pinsmith.setup.tree import Tree

PROJECT: Final = "project.pbxproj"
_BUILT: Final = re.compile(r'\bINFOPLIST_FILE\s*+=\s*+("[^"\n]{0,1000}"|[^;"\n]{0,1000});')
_ROOT: Final = re.compile(r"\A(?:\$[({](?:SRCROOT|SOURCE_ROOT|PROJECT_DIR)[)}]/)?(?:\./)?")
_TESTS: Final = re.compile(r"tests?\b", re.IGNORECASE)
_LIBRARIES: Final = (
    ("the delegate of Alamofire enforces the pins of its own sessions only", "alamofire-swift", r"\bAlamofire\b"),
    ("TrustKit enforces the pins of the sessions that ask it", "trustkit-swift", r"\bTrustKit\b"),
)


def built(tree: Tree, project: str) -> dict[str, int]:
    """Return the Info.plist files that a project builds, and the line of each; those with variables are left out."""
    home = folder_of(folder_of(project))
    found: dict[str, int] = {}
    for number, line in enumerate(tree.text(project).split("\n"), start=1):
        for match in _BUILT.finditer(line):
            path = _ROOT.sub("", match[1].strip().strip('"'))
            if path and "$" not in path and not path.startswith("/"):
                found.setdefault(join(home, path), number)
    return found


def find(tree: Tree, home: str | None = None) -> Iterator[Project]:
    """Yield the apps in a directory; None for the whole tree."""
    for project in tree.ending(f".xcodeproj/{PROJECT}"):
        if home is not None and not is_below(project, home):
            continue
        files = built(tree, project)
        lists = [path for path in files if path in tree and not _TESTS.search(path)]
        apps = [path for path in lists if not _is_extension(tree, path)]
        folder = folder_of(folder_of(project))
        home = folder_of(apps[0]) if apps else folder
        # A directory that Xcode synchronises would copy a list inside of it, so a new one goes beside the project.
        name = posixpath.basename(folder_of(project)).removesuffix(".xcodeproj")
        wanted = apps or [join(folder, f"{name}-Info.plist")]
        evidence = [FilePlace(project, files[path]) for path in apps] or [FilePlace(project)]
        beside = [path for path in (project, join(folder, "Podfile"), join(folder, "Package.swift")) if path in tree]
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=tuple(evidence),
            ways=ways(
                ("App Transport Security enforces the pins for the whole app",
                 tuple(Output("apple-ats", path) for path in wanted)),
                *((text, (Output(target, join(home, "Pins.swift")),))
                  for text, target, pattern in _LIBRARIES if mentions(tree, beside, pattern)),
                ("a delegate of URLSession enforces the pins of its own sessions only",
                 (Output("urlsession-swift", join(home, "Pins.swift")),)),
            ),
            findings=tuple(_unpinned(path) for path in lists if path not in apps),
        )  # fmt: skip


def _is_extension(tree: Tree, path: str) -> bool:
    root = tree.plist(path)
    return root is not None and "NSExtension" in root.members


def _unpinned(path: str) -> Finding:
    return finding(
        "extension-not-pinned",
        FilePlace(path),
        "the app extension has an Info.plist of its own, so the pins of the app do not apply to its requests",
        'if it sends requests, add an [[output]] with format = "apple-ats" and this path',
    )


KIND: Final = Kind(id="ios", title="iOS app", find=find)
