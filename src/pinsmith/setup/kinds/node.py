"""Programs for Node that send requests with a client whose pins pinsmith can set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.pinfile import Output
from pinsmith.setup.kinds._package import packages
from pinsmith.setup.project import Kind, Project, ways
from pinsmith.setup.tree import is_below, join

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.setup.tree import Tree

_CLIENTS: Final = (("axios", "axios"), ("undici", "node-undici"), ("@grpc/grpc-js", "grpc-node"))
_SERVERS: Final = ("express", "fastify", "koa", "@nestjs/core", "@hapi/hapi", "got", "node-fetch", "superagent")
# In a browser no script can see keys; React Native, Expo, Capacitor and Electron are kinds of their own or unknown.
_ELSEWHERE: Final = frozenset({
    "@angular/core", "@capacitor/core", "cordova", "electron", "expo", "preact", "react-dom", "react-native", "svelte",
    "vue",
})  # fmt: skip


def _find(tree: Tree) -> Iterator[Project]:
    for package in packages(tree):
        if _ELSEWHERE & package.needs.keys():
            continue
        clients = [(name, target) for name, target in _CLIENTS if name in package.needs]
        servers = [name for name in _SERVERS if name in package.needs]
        if not clients and not servers:
            continue
        source = join(package.folder, "src")
        place = join(source if any(is_below(path, source) for path in tree.paths) else package.folder, "pins.mjs")
        yield Project(
            kind=KIND.id,
            folder=package.folder,
            evidence=tuple(package.place(name) for name in (*(name for name, _ in clients), *servers[:1])),
            ways=ways(
                *((f"an instance of {name} enforces the pins", (Output(target, place),)) for name, target in clients),
                ("an agent of node:https enforces the pins", (Output("node-https", place),)),
            ),
        )


KIND: Final = Kind(id="node", title="Node program", find=_find)
