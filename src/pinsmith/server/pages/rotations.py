"""Rotations: the list of those that are open or over, and for each host a page with its moves, guards and evidence."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from pinsmith.server.pages.page import page
from pinsmith.server.rotation_endpoints import host_rotations, rotations

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.documents.rotations import HostRotationOut, RotationRowOut
    from pinsmith.server.site import Site

PATH: Final = "/rotations"
MOVES: Final = {
    "pin": "adds the next key to the pins and the outputs",
    "certify": "examines the new certificate before it is deployed",
    "switch": "records that every address presents the new key",
    "remove": "removes the old keys from the pins and the outputs",
}
_MAX_PAST: Final = 100
_OVER: Final = frozenset({"ended", "aborted"})


def routes(site: Site) -> list[Route]:
    """Return the pages of rotations."""

    async def overview(request: Request) -> Response:
        found = (await rotations(site)).rotations
        past = [row for row in found if row.standing in _OVER]
        return page(
            request,
            "rotations",
            open=[(row, _tone(row)) for row in found if row.standing not in _OVER],
            past=past[:_MAX_PAST],
            more=len(past[_MAX_PAST:]),
            problems=site.rounds.problems,
        )

    async def one(request: Request) -> Response:
        host = request.path_params["host"]
        document = await host_rotations(site, host)
        if document is None:
            return page(request, "message", status=404, title="Not found", text=f"No pin file contains {host}.")
        by_file = groupby(document.rotations, key=lambda one: one.rotation.file)
        return page(
            request,
            "rotation",
            host=host,
            files=[(file, [(one, _tone(one.rotation, one)) for one in those]) for file, those in by_file],
            words=MOVES,
        )

    return [Route(PATH, overview), Route(f"{PATH}/{{host}}", one)]


def _tone(row: RotationRowOut, whole: HostRotationOut | None = None) -> str:
    """Say how bad it is: a guard that fails is worse than one of which nobody knows."""
    if row.problem:
        return "bad"
    if row.standing != "open":
        return "faint"
    if not row.blocked_by:
        return "good"
    guards = [guard for step in whole.steps if step.state == "next" for guard in step.guards] if whole else []
    return "bad" if any(guard.holds is False for guard in guards) else "warn"
