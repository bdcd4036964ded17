"""Programs for .NET."""

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
    for path in tree.ending(".csproj"):
        evidence = line_of(tree, path, r"<TargetFrameworks?>")
        if evidence is None or line_of(tree, path, r"Microsoft\.NET\.Test\.Sdk|<IsTestProject>true") is not None:
            continue
        folder = folder_of(path)
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(evidence,),
            ways=ways(("a SocketsHttpHandler enforces the pins", (Output("dotnet", join(folder, "PinnedHttp.cs")),))),
        )


KIND: Final = Kind(id="dotnet", title=".NET program", find=_find)
