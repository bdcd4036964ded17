"""The reports of apps: the list of groups with their classes, and for each group a page with its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from pinsmith.documents.lab_report import counted
from pinsmith.documents.report_groups import counted_group_out
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.site import Site

# The page says them beside the class; a test compares them with `pinsmith.reports.CLASSES`.
CLASS_WORDS: Final = {
    "attack-suspected": "A public authority has signed a key that is not pinned, or a compromised one has signed.",
    "interception": "A private authority that the device trusts has signed, such as the proxy of a company.",
    "deploy-drift": "The server presents a key of yours that is not pinned for this host.",
    "our-rotation": "The server presents a key that is pinned, and the app does not have it yet.",
    "stale-app-version": "The app has older pins than the pin file.",
    "clock-wrong": "The clock of the device is wrong.",
    "captive-portal": "A network that demands a login has answered with a certificate for another name.",
    "garbage": "The report contradicts itself.",
    "unknown": "Nothing is known that explains it.",
}
_TONES: Final = {"attack-suspected": "bad", "deploy-drift": "bad", "interception": "warn", "our-rotation": "warn"}
_DAYS: Final = 30  # that are drawn
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_BAR, _HEIGHT = 12, 60
_MAX_BODY: Final = 4000  # characters of a sampled report
_MAX_ROWS: Final = 20


@dataclass(frozen=True, slots=True)
class Bar:
    """One day of a chart: where its bar stands, how high it is, and what it counts."""

    x: int
    y: float
    height: float
    day: str
    count: int


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
        try:
            key = bytes.fromhex(request.path_params["key"])
        except ValueError:
            key = b""
        found = await site.store.reports.group(key)
        if found is None:
            return page(request, "message", status=404, title="Not found", text="There is no such group of reports.")
        group, spread, bodies = found
        return page(
            request,
            "report",
            group=counted_group_out(group),
            words=CLASS_WORDS,
            class_tones=_TONES,
            bars=_bars(spread.days, site.now()),
            bar=_BAR,
            height=_HEIGHT,
            versions=list(spread.versions.items())[:_MAX_ROWS],
            platforms=list(spread.platforms.items())[:_MAX_ROWS],
            reports=counted(group.reports, "report", "reports"),
            networks=counted(spread.networks, "network", "networks"),
            bodies=[body.decode(errors="replace")[:_MAX_BODY] for body in bodies],
        )

    return [Route("/reports", overview), Route("/reports/{key}", one)]


def _bars(days: Mapping[int, int], now: datetime) -> list[Bar]:
    """Draw the last days, the oldest first."""
    today = (now - _EPOCH) // timedelta(days=1)
    shown = range(today - _DAYS + 1, today + 1)
    most = max((days.get(day, 0) for day in shown), default=0) or 1
    return [
        Bar(
            x=index * _BAR,
            y=_HEIGHT - _HEIGHT * days.get(day, 0) / most,
            height=_HEIGHT * days.get(day, 0) / most,
            day=f"{_EPOCH + timedelta(days=day):%Y-%m-%d}",
            count=days.get(day, 0),
        )
        for index, day in enumerate(shown)
    ]
