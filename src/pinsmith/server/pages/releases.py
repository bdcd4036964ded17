"""The releases that users have: what each of them pins, how many users have it, and who is locked out now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from pinsmith.server.pages.page import page
from pinsmith.server.rotations import REPORT_DAYS, released

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.site import Site

PATH: Final = "/releases"
_TONES: Final = {"locked-out": "bad", "unknown": "warn", "accepts": "good", "not-enforced": "faint"}


def routes(site: Site) -> list[Route]:
    """Return the page of releases."""

    async def overview(request: Request) -> Response:
        document = await released(site)
        return page(
            request,
            "releases",
            alive=[one for one in document.releases if one.outcome is not None],
            ended=[one for one in document.releases if one.outcome is None],
            since=document.since,
            days=REPORT_DAYS,
            fate_tones=_TONES,
            files=len({one.file for one in document.releases}),
        )

    return [Route(PATH, overview)]
