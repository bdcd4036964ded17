"""Rust crates that send requests."""

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
    for path in tree.named("Cargo.toml"):
        folder = folder_of(path)
        clients = [
            (line, name, target)
            for name, target in (("reqwest", "rust-reqwest"), ("rustls", "rust-rustls"))
            if (line := line_of(tree, path, rf"^\s*(?:\[.*dependencies\.)?{name}\b")) is not None
        ]
        if not clients or line_of(tree, path, r"^\s*\[package\]") is None:
            continue
        place = join(folder, "src/pins.rs")
        yield Project(
            kind=KIND.id,
            folder=folder,
            evidence=tuple(line for line, _, _ in clients),
            ways=ways(*((f"{name} enforces the pins", (Output(target, place),)) for _, name, target in clients)),
        )


KIND: Final = Kind(id="rust", title="Rust crate", find=_find)
