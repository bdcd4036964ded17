"""PHP programs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of, line_of
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree


def _find(tree: Tree) -> Iterator[Project]:
    for path in tree.named("composer.json"):
        root = tree.json(path)
        needs = line_of(tree, path, r"\"require\"")
        if root is None or needs is None:
            continue
        folder = folder_of(path)
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(line_of(tree, path, r"\"(?:guzzlehttp/guzzle|ext-curl)\"") or needs,),
            ways=ways(("curl enforces the pins", (Output("php-curl", join(folder, "src/PinnedCurl.php")),))),
        )


KIND: Final = Kind(id="php", title="PHP program", find=_find)
