"""The reports of apps: the list of groups with their classes, and for each group a page with its evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from pinsmith.documents.lab_report import counted
from pinsmith.documents.report_groups import counted_group_out
from pinsmith.server.histogram import histogram
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.site import Site

# The page says them beside the class; a test compares them with `pinsmith.reports.CLASSES`.
CLASS_WORDS: Final = {
    "attack-suspected": "A public authority signed a key that is not pinned, or a compromised key signed the chain.",
    "interception": "A private authority that the device trusts signed the certificate, such as a company's proxy.",
    "deploy-drift": "The server presents a key of yours that is not pinned for this host.",
    "our-rotation": "The server presents a key that is pinned, and the app does not have it yet.",
    "stale-app-version": "The app has older pins than the pin file.",
    "clock-wrong": "The clock of the device is wrong.",
    "captive-portal": "A network that demands a login answered with a certificate for another name.",
    "garbage": "The report contradicts itself.",
    "unknown": "No other class fits. The evidence names what is missing.",
}
_TONES: Final = {"attack-suspected": "bad", "deploy-drift": "bad", "interception": "warn", "our-rotation": "warn"}
_MAX_BODY: Final = 4000  # characters of a sampled report
_MAX_ROWS: Final = 20


def routes(site: Site) -> list[Route]:
    """Return the pages of reports."""

    async def overview(request: Request) -> Response:
        groups = [counted_group_out(group) for group in await site.store.reports.groups()]
        return page(
            request,
            "reports",
            groups=groups,
            dropped=await site.store.reports.dropped(),
            class_tones=_TONES,
        )

    async def one(request: Request) -> Response:
        found = await site.report(request.path_params["key"])
        if found is None:
            return page(request, "message", status=404, title="Not found", text="This group of reports does not exist.")
        group, spread, bodies = found
        return page(
            request,
            "report",
            group=counted_group_out(group),
            words=CLASS_WORDS,
            class_tones=_TONES,
            histogram=histogram(spread.days, site.now()),
            versions=list(spread.versions.items())[:_MAX_ROWS],
            platforms=list(spread.platforms.items())[:_MAX_ROWS],
            reports=counted(group.reports, "report", "reports"),
            networks=counted(spread.networks, "network", "networks"),
            bodies=[body.decode(errors="replace")[:_MAX_BODY] for body in bodies],
        )

    return [Route("/reports", overview), Route("/reports/{key}", one)]
