"""The endpoints of rotations and releases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.documents.released import WatchedReleasesDocument
from pinsmith.documents.rotations import (
    HostRotationsDocument,
    WatchedRotationsDocument,
    host_rotation_out,
    row_out,
    watched_rotations_document,
)
from pinsmith.server.endpoint import Endpoint, Parameter, missing
from pinsmith.server.rotations import books, of_host, open_ones, past_ones, released

if TYPE_CHECKING:
    from starlette.requests import Request

    from pinsmith.server.site import Site


async def rotations(site: Site) -> WatchedRotationsDocument:
    """Describe the open rotations, then those that are over, the newest first."""
    now, over = [], []
    for book in books(site):
        now += [row_out(book.path, rotation, book.read.policy) for rotation in await open_ones(site, book)]
        over += [row_out(book.path, rotation, book.read.policy) for rotation in past_ones(book)]
    return watched_rotations_document([*now, *sorted(over, key=lambda row: row.last or "", reverse=True)])


async def host_rotations(site: Site, host: str) -> HostRotationsDocument | None:
    """Describe the rotations of a host; None if no pin file has any or pins it."""
    found = [
        host_rotation_out(book.path, rotation, book.read.policy)
        for book, those in await of_host(site, host)
        for rotation in those
    ]
    return HostRotationsDocument(rotations=found) if found else None


async def _rotations(site: Site, _: Request) -> WatchedRotationsDocument:
    return await rotations(site)


async def _host(site: Site, request: Request) -> HostRotationsDocument:
    host = request.path_params["host"]
    found = await host_rotations(site, host)
    if found is None:
        raise missing(f"no pin file contains {host}")
    return found


async def _releases(site: Site, _: Request) -> WatchedReleasesDocument:
    return await released(site)


ROTATION_ENDPOINTS: Final = (
    Endpoint(
        path="/api/v1/rotations",
        summary="List the rotations that are open, and those that are over",
        answer=_rotations,
        document=WatchedRotationsDocument,
    ),
    Endpoint(
        path="/api/v1/rotations/{host}",
        summary="Show the rotations of a host, with their guards and their evidence",
        answer=_host,
        document=HostRotationsDocument,
        parameters=(Parameter(name="host", place="path", about="A host, without a port.", schema={"type": "string"}),),
        refusals={404: "No pin file contains the host."},
    ),
    Endpoint(
        path="/api/v1/releases",
        summary="List the releases, and whom the hosts lock out now",
        answer=_releases,
        document=WatchedReleasesDocument,
    ),
)
