"""Flutter apps and Dart programs, whose requests Android and iOS do not pin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds import _native
from pinsmith.setup.kinds._search import folder_of, line_of
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree


def _find(tree: Tree) -> Iterator[Project]:
    for path in tree.named("pubspec.yaml"):
        folder = folder_of(path)
        evidence = line_of(tree, path, r"^\s+sdk:\s*flutter\b") or line_of(tree, path, r"^\s+sdk:")
        if evidence is None:
            continue
        apps = _native.apps(tree, folder)
        code = Output("dart-io", join(folder, "lib/pins.dart"))
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(evidence,),
            ways=ways(
                ("the HttpClient of Dart enforces the pins", (code,)),
                (
                    "the HttpClient of Dart enforces the pins, and Android and iOS for native plugins",
                    (code, *_native.outputs(apps)),
                ),
            ),
            findings=_native.findings(apps),
            claims=_native.claims(folder),
        )


KIND: Final = Kind(id="flutter", title="Flutter app or Dart program", find=_find)
