"""WaveMaker projects, which build a React Native app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.finding import FilePlace
from pinsmith.pinfile import Output
from pinsmith.setup.kinds._search import folder_of
from pinsmith.setup.project import Kind, Project, ways

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree


def _find(tree: Tree) -> Iterator[Project]:
    for path in tree.named("wm_rn_config.json"):
        yield Project(
            kind=KIND.id,
            folder=folder_of(path),
            evidence=(FilePlace(path),),
            ways=ways(("the app that WaveMaker builds enforces the pins", (Output("wavemaker", path),))),
        )


KIND: Final = Kind(id="wavemaker", title="WaveMaker project", find=_find)
