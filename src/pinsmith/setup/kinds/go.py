"""Go modules."""

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
    for path in tree.named("go.mod"):
        folder = folder_of(path)
        module = line_of(tree, path, r"^module\s")
        if module is None:
            continue
        grpc = line_of(tree, path, r"\bgoogle\.golang\.org/grpc\s")
        place = join(folder, "internal/pins/pins.go")
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=(module, *((grpc,) if grpc is not None else ())),
            ways=ways(
                *([("credentials of gRPC enforce the pins", (Output("grpc-go", place),))] if grpc is not None else []),
                ("a tls.Config enforces the pins", (Output("go", place),)),
            ),
        )


KIND: Final = Kind(id="go", title="Go module", find=_find)
