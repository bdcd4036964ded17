"""Swift packages without an Xcode project."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of, mentions
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

_TARGET: Final = re.compile(r'\.(?:executableTarget|target)\(\s*name:\s*"(\w+)"')


def _find(tree: Tree) -> Iterator[Project]:
    for path in tree.named("Package.swift"):
        text = tree.text(path)
        target = _TARGET.search(text)
        if target is None or any(
            project.startswith(folder_of(path)) for project in tree.ending(".xcodeproj/project.pbxproj")
        ):
            continue
        folder = folder_of(path)
        place = join(folder, f"Sources/{target[1]}/Pins.swift")
        has_alamofire = mentions(tree, [path], r"\bAlamofire\b")
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(FilePlace(path, text.count("\n", 0, target.start()) + 1),),
            ways=ways(
                *(
                    [("the delegate of Alamofire enforces the pins", (Output("alamofire-swift", place),))]
                    if has_alamofire
                    else []
                ),
                ("a delegate of URLSession enforces the pins", (Output("urlsession-swift", place),)),
            ),
        )


KIND: Final = Kind(id="swift-package", title="Swift package", find=_find)
