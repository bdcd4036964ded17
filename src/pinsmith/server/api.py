"""The endpoints of the API, one object for each; their routes and the OpenAPI document follow from this table."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import msgspec

from pinsmith.documents.adoption import AdoptionDocument, adoption_document
from pinsmith.documents.alert import AlertsDocument
from pinsmith.documents.history import HistoryDocument, HistoryOut, span_out
from pinsmith.documents.report_groups import (
    ReportGroupDocument,
    ReportGroupsDocument,
    report_group_document,
    report_groups_document,
)
from pinsmith.documents.watched import WatchedDocument, watched_out
from pinsmith.reports.event import EventBody
from pinsmith.server.endpoint import JSON, Endpoint, File, Parameter, RefusedError, missing
from pinsmith.server.format_endpoints import FORMAT_ENDPOINTS
from pinsmith.server.inspect_endpoint import INSPECT
from pinsmith.server.openapi import openapi
from pinsmith.server.rotation_endpoints import ROTATION_ENDPOINTS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request

    from pinsmith.server.site import Site
    from pinsmith.store.report_reader import ReportGroup

MAX_ITEMS: Final = 500
_ITEMS: Final = 100
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_NUMBER: Final = re.compile(r"[0-9]{1,18}")
_DAYS: Final = 30
_MAX_DAYS: Final = 999
_GROUP: Final = re.compile(r"([0-9]{1,17})-([0-9a-f]{1,64})")

_LIMIT: Final = Parameter(
    name="limit",
    place="query",
    about="How many items are returned at most.",
    schema={"type": "integer", "minimum": 1, "maximum": MAX_ITEMS, "default": _ITEMS},
)
_AFTER: Final = Parameter(
    name="after",
    place="query",
    about="`next` of the answer before this one. Only the items that follow are returned.",
    schema={"type": "string"},
)


async def _hosts(site: Site, _: Request) -> WatchedDocument:
    return await site.watched()


async def _host(site: Site, request: Request) -> HistoryDocument:
    name = request.path_params["host"]
    found = await site.named(name)
    if not found:
        raise missing(f"no pin file contains {name}")
    hosts = []
    for host in found:
        spans = await site.store.timeline(host.service, vantage=host.vantage)
        out = watched_out(host.service, host.vantage, host.memory, host.reasons, host.asked)
        hosts.append(HistoryOut(host=out, timeline=[span_out(span) for span in spans]))
    return HistoryDocument(hosts=hosts)


async def _alerts(site: Site, request: Request) -> AlertsDocument:
    most, after = _limit(request), request.query_params.get("after")
    if after is not None and not _NUMBER.fullmatch(after):
        raise _invalid("after", "`next` of an answer")
    found = await site.store.newest_alerts(most=most + 1, before=int(after) if after else None)
    shown = list(found)[:most]
    alerts = [found[number] for number in shown]
    return AlertsDocument(alerts=alerts, next=str(shown[-1]) if len(found) > most else None)


async def _reports(site: Site, request: Request) -> ReportGroupsDocument:
    most, after = _limit(request), request.query_params.get("after")
    place = None
    if after is not None:
        parts = _GROUP.fullmatch(after)
        if parts is None or len(parts[2]) % 2:
            raise _invalid("after", "`next` of an answer")
        place = (_EPOCH + int(parts[1]) * _MICROSECOND, bytes.fromhex(parts[2]))
    groups = await site.store.reports.groups(most=most + 1, after=place)
    following = _place_of(groups[most - 1]) if len(groups) > most else None
    return report_groups_document(groups[:most], await site.store.reports.dropped(), following)


def _place_of(group: ReportGroup) -> str:
    return f"{(group.last_seen - _EPOCH) // _MICROSECOND}-{group.key.hex()}"


async def _report(site: Site, request: Request) -> ReportGroupDocument:
    found = await site.report(request.path_params["key"])
    if found is None:
        raise missing("this group of reports does not exist")
    group, spread, _ = found
    return report_group_document(group, spread)


async def _versions(site: Site, request: Request) -> AdoptionDocument:
    since = site.now() - timedelta(days=_number(request, "days", _DAYS, _MAX_DAYS))
    return adoption_document(await site.store.reports.versions(since=since), since.date())


async def _description(_: Site, __: Request) -> File:
    return File(description(), JSON)


def _limit(request: Request) -> int:
    return _number(request, "limit", _ITEMS, MAX_ITEMS)


def _number(request: Request, name: str, default: int, most: int) -> int:
    text = request.query_params.get(name, str(default))
    if not _NUMBER.fullmatch(text) or not 1 <= int(text) <= most:
        raise _invalid(name, f"a number from 1 to {most}")
    return int(text)


def _invalid(parameter: str, expected: str) -> RefusedError:
    return RefusedError(400, "invalid-request", f"the parameter {parameter} must be {expected}")


_PAGED: Final = {400: "A parameter has a value that it cannot have."}
ENDPOINTS: Final = (
    Endpoint(path="/api/v1/hosts", summary="List the hosts and their states", answer=_hosts, document=WatchedDocument),
    Endpoint(
        path="/api/v1/hosts/{host}",
        summary="Show a host and what it has presented",
        answer=_host,
        document=HistoryDocument,
        parameters=(
            Parameter(
                name="host",
                place="path",
                about="A host, which stands for all its ports, or a host with a colon and a port.",
                schema={"type": "string"},
            ),
        ),
        refusals={404: "No pin file contains the host, or it was not checked yet."},
    ),
    Endpoint(
        path="/api/v1/alerts",
        summary="List the alerts, the newest first",
        answer=_alerts,
        document=AlertsDocument,
        parameters=(_LIMIT, _AFTER),
        refusals=_PAGED,
    ),
    Endpoint(
        path="/api/v1/reports",
        summary="List the groups of reports, the most recent first",
        answer=_reports,
        document=ReportGroupsDocument,
        parameters=(_LIMIT, _AFTER),
        refusals=_PAGED,
    ),
    # Before the path of a group, whose key is never this word.
    Endpoint(
        path="/api/v1/reports/versions",
        summary="List the versions of apps that have sent reports",
        answer=_versions,
        document=AdoptionDocument,
        parameters=(
            Parameter(
                name="days",
                place="query",
                about="How many days are counted.",
                schema={"type": "integer", "minimum": 1, "maximum": _MAX_DAYS, "default": _DAYS},
            ),
        ),
        refusals=_PAGED,
    ),
    Endpoint(
        path="/api/v1/reports/{key}",
        summary="Show a group of reports and where they came from",
        answer=_report,
        document=ReportGroupDocument,
        parameters=(Parameter(name="key", place="path", about="`key` of a group.", schema={"type": "string"}),),
        refusals={404: "The group does not exist."},
    ),
    *FORMAT_ENDPOINTS,
    *ROTATION_ENDPOINTS,
    Endpoint(path="/api/v1/openapi.json", summary="Describe this API as OpenAPI", answer=_description),
)

_INTAKE_REFUSALS: Final = {
    400: "The body is not a report that can be read.",
    404: "The key in the path is not known.",
    413: "The body has more than 256 KiB.",
    429: "This network sends too much. `Retry-After` says when to come back.",
    503: "Too many reports are waiting, or the database cannot be written. `Retry-After` says when to come back.",
}


def _intake(path: str, *parameters: Parameter) -> Endpoint:
    return Endpoint(
        path=path,
        summary="Send a report of a pinning failure: pinsmith's event, or another format that pinsmith reads",
        answer=None,
        method="POST",
        parameters=parameters,
        body=EventBody,
        status=204,
        refusals=_INTAKE_REFUSALS,
        is_open=True,
        refuses_with="text/plain",
    )


INTAKE: Final = (
    _intake("/reports"),
    _intake(
        "/reports/{key}",
        Parameter(
            name="key",
            place="path",
            about="A key of the settings; any one if they have none.",
            schema={"type": "string", "pattern": "^[A-Za-z0-9._~-]{1,64}$"},
        ),
    ),
)
"""What `pinsmith.server.intake` takes without any route, described as the other paths."""


def described() -> Sequence[Endpoint]:
    """Return everything that the OpenAPI document describes."""
    return (*ENDPOINTS, INSPECT, *INTAKE)


def description() -> bytes:
    """Write the OpenAPI document."""
    document: dict[str, Any] = openapi(described())
    return msgspec.json.encode(document)
