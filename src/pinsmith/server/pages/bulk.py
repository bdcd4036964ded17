"""Bulk: ask many hosts at once, one line for each, with downloads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from markupsafe import Markup, escape
from starlette.routing import Route

from pinsmith.documents.document import encode
from pinsmith.documents.fetch import FetchDocument, host_out, refused_out
from pinsmith.documents.inspected_row import csv_of, refused_row, row_of
from pinsmith.errors import HostError, PinsmithError
from pinsmith.probe.name_list import parse_names
from pinsmith.server.asking import MAX_HOSTS, status_of
from pinsmith.server.form import read_form, require_own, text_of
from pinsmith.server.pages.chains import data_link
from pinsmith.server.pages.inspect import VERDICT_TONES, document_of
from pinsmith.server.pages.page import page
from pinsmith.service.inspection import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.asking import Asking
    from pinsmith.service.inspection import Inspected


def routes(asking: Asking) -> list[Route]:
    """Return the page."""

    async def form(request: Request) -> Response:
        return _page(request, asking)

    async def ask(request: Request) -> Response:
        typed = ""
        try:
            fields = await read_form(request)
            typed = text_of(fields, "hosts")
            require_own(request, fields)
            names = list(dict.fromkeys(parse_names(typed.encode().splitlines())))
            if not names:
                raise HostError("no host was given, so none was contacted", hint="write one host on each line")
            found = await asking.ask(request, names)
        except PinsmithError as error:
            return _page(request, asking, problem=error, typed=typed)
        return _page(request, asking, typed=typed, found=found)

    return [Route("/bulk", form), Route("/bulk", ask, methods=["POST"])]


def _page(
    request: Request,
    asking: Asking,
    *,
    problem: PinsmithError | None = None,
    typed: str = "",
    found: Sequence[Inspected | Refused] = (),
) -> Response:
    rows = [refused_row(one.text, one.error) if isinstance(one, Refused) else row_of(document_of(one)) for one in found]
    return page(
        request,
        "bulk",
        status=status_of(problem) if problem else 200,
        is_on=asking.is_on,
        problem=problem,
        typed=Markup(escape(typed)),  # noqa: S704 - escaped; line ends stay as they are
        max_hosts=MAX_HOSTS,
        rows=rows,
        verdict_tones=VERDICT_TONES,
        csv=data_link("text/csv", csv_of(rows)),
        json=data_link("application/json", encode(_fetched(found))),
    )


def _fetched(found: Sequence[Inspected | Refused]) -> FetchDocument:
    """Describe the hosts as `pinsmith fetch --format json` does."""
    hosts = []
    for one in found:
        if isinstance(one, Refused):
            hosts.append(refused_out(one.text, one.error))
        else:
            hosts += [host_out(outcome) for outcome in one.outcomes]
    return FetchDocument(hosts=hosts)
