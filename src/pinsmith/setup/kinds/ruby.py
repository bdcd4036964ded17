"""Ruby programs."""

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
    for path in tree.named("Gemfile"):
        source = line_of(tree, path, r"^\s*(?:source|gem|gemspec)\b")
        # The Gemfile of fastlane or CocoaPods belongs to the tools of an app.
        if source is None or line_of(tree, path, r"[\x27\"](?:fastlane|cocoapods)[\x27\"]") is not None:
            continue
        folder = folder_of(path)
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(source,),
            ways=ways(("net/http enforces the pins", (Output("ruby-net-http", join(folder, "lib/pinned_http.rb")),))),
        )


KIND: Final = Kind(id="ruby", title="Ruby program", find=_find)
