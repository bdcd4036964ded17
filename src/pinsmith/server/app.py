"""The application: which path is answered by what."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pinsmith.documents.alert import AlertsDocument
from pinsmith.documents.document import encode_line
from pinsmith.server.guard import Guard
from pinsmith.server.login import Login, Sessions

if TYPE_CHECKING:
    from collections.abc import Collection

    import msgspec
    from starlette.requests import Request
    from starlette.types import ASGIApp

    from pinsmith.server.login import Access
    from pinsmith.server.site import Site

_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


def application(site: Site, *, names: Collection[str], access: Access | None) -> ASGIApp:
    """
    Make the application.

    Args:
        site: What it shows.

        names: As for `Guard`.

        access: Who may see the pages; None if everybody who reaches them may.
    """

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def metrics(_: Request) -> Response:
        return Response(await site.metrics() + "\n", media_type=_METRICS)

    async def hosts(request: Request) -> Response:
        return _document(request, await site.watched())

    async def alerts(request: Request) -> Response:
        return _document(request, AlertsDocument(alerts=await site.store.newest_alerts()))

    app: ASGIApp = Starlette(
        routes=[
            Route("/healthz", health),
            Route("/metrics", metrics),
            Route("/api/v1/hosts", hosts),
            Route("/api/v1/alerts", alerts),
        ]
    )
    if access is not None:
        app = Login(app, sessions=Sessions(access, site.now))
    return Guard(app, names=names)


def _document(request: Request, document: msgspec.Struct) -> Response:
    """Answer with *document*, or say that the client has it already."""
    body = encode_line(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in {each.strip() for each in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
