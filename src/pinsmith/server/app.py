"""The application: which path is answered by what."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pinsmith.server.answering import API, refused, refused_at, route
from pinsmith.server.api import ENDPOINTS
from pinsmith.server.asking import Asking
from pinsmith.server.assets import routes as assets
from pinsmith.server.bundle_files import PATH as BUNDLE
from pinsmith.server.endpoint import RefusedError, missing
from pinsmith.server.guard import HEALTH, Guard
from pinsmith.server.inspect_call import inspection
from pinsmith.server.inspect_endpoint import INSPECT
from pinsmith.server.login import Login, Sessions
from pinsmith.server.pages.bulk import routes as bulk_pages
from pinsmith.server.pages.channels import routes as channel_pages
from pinsmith.server.pages.compare import routes as compare_pages
from pinsmith.server.pages.formats import routes as format_pages
from pinsmith.server.pages.hosts import routes as host_pages
from pinsmith.server.pages.inspect import routes as inspect_pages
from pinsmith.server.pages.lab import PATH as LAB, routes as lab_pages
from pinsmith.server.pages.page import LINKS, page
from pinsmith.server.pages.people import routes as people_pages
from pinsmith.server.pages.pins import routes as pin_pages
from pinsmith.server.pages.releases import routes as release_pages
from pinsmith.server.pages.reports import routes as report_pages
from pinsmith.server.pages.rotations import routes as rotation_pages
from pinsmith.server.pages.saved import routes as saved_pages
from pinsmith.service.allowance import Allowance

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from typing import Any

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from pinsmith.server.login import Access
    from pinsmith.server.site import Site

_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"
_REPORTING: Final = frozenset({"POST", "OPTIONS"})
_READING: Final = frozenset({"GET", "HEAD"})
_INTAKE: Final = re.compile(r"/reports(/[A-Za-z0-9._~-]{0,64})?\Z")


def application(
    site: Site,
    *,
    names: Collection[str],
    access: Access | None,
    intake: ASGIApp | None = None,
    bundle: ASGIApp | None = None,
) -> ASGIApp:
    """
    Make the application.

    Args:
        site: What it shows.

        names: As for `Guard`.

        access: The people who may see the pages; None if everybody who reaches them may.

        intake: Takes the reports of apps, which reach it by any name and without a login; None to take none.

        bundle: Answers with the files of a bundle, in the same way; None if there is none.
    """

    async def alerts_page(request: Request) -> Response:
        return page(request, "alerts", alerts=list((await site.store.newest_alerts()).values()))

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def metrics(_: Request) -> Response:
        return Response(await site.metrics() + "\n", media_type=_METRICS)

    asking = Asking(site.inspector, Allowance(site.per_minute, site.now))
    routes = [
        *(route(site, endpoint) for endpoint in ENDPOINTS),
        Route(INSPECT.path, inspection(asking), methods=[INSPECT.method]),
        Route(HEALTH, health),
        Route("/metrics", metrics),
        Route("/alerts", alerts_page),
        *assets(),
        *host_pages(site),
        *channel_pages(site),
        *report_pages(site),
        *inspect_pages(site, asking),
        *saved_pages(site),
        *bulk_pages(asking),
        *compare_pages(site, asking),
        *format_pages(site),
        *pin_pages(site),
        *rotation_pages(site),
        *release_pages(site),
        *lab_pages(site),
    ]
    sessions = Sessions(access, site.now) if access is not None else None
    if sessions is None:
        pages = Starlette(routes=routes, exception_handlers=_FAULTS)
    else:
        pages = Starlette(routes=[*routes, *people_pages(sessions)], exception_handlers=_FAULTS)
    pages.state.now = site.now
    pages.state.links = (*LINKS, (LAB, "Lab")) if site.lab else LINKS
    app: ASGIApp = pages if sessions is None else Login(pages, sessions=sessions)
    return Entrance(Guard(app, names=names), intake=intake, bundle=bundle)


async def _missing(request: Request, _: Exception) -> Response:
    path = request.url.path
    if path.startswith(API):
        return refused(missing(f"there is nothing at {path}"))
    return page(request, "message", status=404, title="Not found", text=f"There is no page {path}.")


async def _other_method(request: Request, error: Exception) -> Response:
    allowed = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    text = f"{request.url.path} does not take {request.method}"
    return refused_at(request.url.path, RefusedError(405, "method-not-allowed", text), allowed)


_FAULTS: Final[Mapping[Any, Any]] = {404: _missing, 405: _other_method}


class Entrance:
    """Separates reports of apps and signed files, which are open to everybody, from all other requests."""

    def __init__(self, app: ASGIApp, *, intake: ASGIApp | None, bundle: ASGIApp | None = None) -> None:
        """
        Wrap all.

        Args:
            app: What answers all other requests.

            intake: What answers reports; None if *app* answers them, too.

            bundle: What answers with the files of a bundle; None if *app* does.
        """
        self._app = app
        self._intake = intake
        self._bundle = bundle

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_report = scope["type"] == "http" and scope["method"] in _REPORTING and _INTAKE.match(scope["path"])
        is_file = scope["type"] == "http" and scope["method"] in _READING and BUNDLE.match(scope["path"])
        app = self._app
        if is_report and self._intake is not None:
            app = self._intake
        elif is_file and self._bundle is not None:
            app = self._bundle
        await app(scope, receive, send)
