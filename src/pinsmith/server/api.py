"""The API: documents as JSON, with a tag by which a client knows whether it has them already."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from pinsmith.documents.adoption import adoption_document
from pinsmith.documents.alert import AlertsDocument
from pinsmith.documents.document import encode_line
from pinsmith.documents.report_groups import report_groups_document
from pinsmith.server.inspect_call import inspection

if TYPE_CHECKING:
    import msgspec
    from starlette.requests import Request

    from pinsmith.server.asking import Asking
    from pinsmith.server.site import Site


_DAYS: Final = 30
_NUMBER: Final = re.compile(r"[1-9][0-9]{0,2}")
_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


def routes(site: Site, asking: Asking) -> list[Route]:
    """Return the paths that programs read."""

    async def health(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def metrics(_: Request) -> Response:
        return Response(await site.metrics() + "\n", media_type=_METRICS)

    async def hosts(request: Request) -> Response:
        return _document(request, await site.watched())

    async def alerts(request: Request) -> Response:
        return _document(request, AlertsDocument(alerts=await site.store.newest_alerts()))

    async def reports(request: Request) -> Response:
        groups = await site.store.reports.groups()
        return _document(request, report_groups_document(groups, await site.store.reports.dropped()))

    async def versions(request: Request) -> Response:
        days = request.query_params.get("days", str(_DAYS))
        if not _NUMBER.fullmatch(days):
            return PlainTextResponse("days is a number from 1 to 999\n", status_code=400)
        since = site.now() - timedelta(days=int(days))
        counts = await site.store.reports.versions(since=since)
        return _document(request, adoption_document(counts, since.date()))

    return [
        Route("/healthz", health),
        Route("/metrics", metrics),
        Route("/api/v1/hosts", hosts),
        Route("/api/v1/alerts", alerts),
        Route("/api/v1/reports", reports),
        Route("/api/v1/reports/versions", versions),
        Route("/api/v1/inspect", inspection(asking), methods=["POST"]),
    ]


def _document(request: Request, document: msgspec.Struct) -> Response:
    """Answer with *document*, or say that the client has it already."""
    body = encode_line(document)
    tag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "no-cache"}
    if tag in {given.strip() for given in request.headers.get("if-none-match", "").split(",")}:
        return Response(status_code=304, headers=headers)
    return Response(body, media_type="application/json", headers=headers)
