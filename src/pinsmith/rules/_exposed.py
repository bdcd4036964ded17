"""Clients with a known hole, and the pins that it may affect."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.builds import holes_of
from pinsmith.rules._rule import Site

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.builds import Client, Hole
    from pinsmith.rules._rule import PinnedFile

_CATALOGUES: Final = "gradle"
"""The folder of version catalogues; they are about everything below the folder around it."""


class Exposed(NamedTuple):
    """
    A client with a hole.

    Attributes:
        client: The client.
        hole: Its hole.
        site: A pinned host, at the place of the client.
        pinned: The host at the place of its pins, which this client enforces; None if lint cannot know that.
    """

    client: Client
    hole: Hole
    site: Site
    pinned: Site | None


def exposed(files: Sequence[PinnedFile]) -> Iterator[Exposed]:
    """
    Yield the clients with a hole; nothing if no file pins a host.

    A file with pins belongs to a build file if it is in the same folder or below. A build file that asks for a client
    does not count if a lock in its folder, or in one above it, lists the same client.
    """
    first = next((site for file in files for site in file.sites), None)
    if first is None:
        return
    locks = {(client.package, _scope(file)) for file in files for client in file.clients if client.is_lock}
    pinning = [(file, PurePath(file.file), _targets(file)) for file in files if file.sites]
    for file in files:
        scope = _scope(file)
        seen: set[tuple[Hole, str]] = set()  # OkHttp 5 is several packages of one version
        for client in file.clients:
            if not client.is_lock and any((client.package, above) in locks for above in (scope, *scope.parents)):
                continue
            for hole in holes_of(client):
                if (hole, client.shown) in seen:
                    continue
                seen.add((hole, client.shown))
                users = [
                    other for other, path, targets in pinning if targets & hole.targets and path.is_relative_to(scope)
                ]
                pinned = next((other.sites[0] for other in users if not _is_closed(hole, other)), None)
                if pinned is not None or not users:
                    yield Exposed(client, hole, Site((pinned or first).entry, client.place), pinned)


def _scope(file: PinnedFile) -> PurePath:
    folder = PurePath(file.file).parent
    return folder.parent if folder.name == _CATALOGUES else folder


def _is_closed(hole: Hole, file: PinnedFile) -> bool:
    """Say whether a file works around a hole. The outputs of a pin file do, because pinsmith generates them."""
    return hole.closed_by is not None and (file.target is None or hole.closed_by.search(file.text) is not None)


def _targets(file: PinnedFile) -> set[str]:
    """Return the formats of a file, or of the outputs of a pin file."""
    return {file.target.id} if file.target is not None else {output.format for output, _ in file.outputs}
