"""Compare two hosts as they are now, or one watched host on two days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

from starlette.routing import Route

from pinsmith.checks.comparison import compare, side_of_fetched, side_of_stored
from pinsmith.documents.moment import moment_text
from pinsmith.errors import HostError, PinsmithError
from pinsmith.errors.reach import FormError
from pinsmith.probe import Failed
from pinsmith.server.asking import status_of
from pinsmith.server.form import read_form, require_own, text_of
from pinsmith.server.pages.page import page
from pinsmith.service.inspection import Refused

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.checks.comparison import Side
    from pinsmith.server.asking import Asking
    from pinsmith.server.site import Site
    from pinsmith.service.inspection import Inspected
    from pinsmith.store import ServiceState, Span


def routes(site: Site, asking: Asking) -> list[Route]:
    """Return the page."""

    async def days(request: Request) -> Response:
        typed = {name: request.query_params.get(name, "") for name in ("host", "from", "to")}
        if not any(typed.values()):
            return await show(request)
        try:
            sides = await _on_days(site, typed)
        except PinsmithError as error:
            return await show(request, problem=error, typed=typed)
        return await show(request, sides=sides, typed=typed)

    async def hosts(request: Request) -> Response:
        typed: dict[str, str] = {}
        try:
            fields = await read_form(request)
            typed = {name: text_of(fields, name) for name in ("first", "second")}
            require_own(request, fields)
            found = await asking.ask(request, [typed["first"], typed["second"]])
            sides = [(str(one.target), _side(one)) for one in map(_require, found)]
        except PinsmithError as error:
            return await show(request, problem=error, typed=typed)
        return await show(request, sides=sides, typed=typed)

    async def show(
        request: Request,
        *,
        problem: PinsmithError | None = None,
        sides: Sequence[tuple[str, Side]] = (),
        typed: dict[str, str] | None = None,
    ) -> Response:
        known = {"first": "", "second": "", "host": "", "from": "", "to": ""} | (typed or {})
        return page(
            request,
            "compare",
            status=status_of(problem) if problem else 200,
            is_on=asking.is_on,
            problem=problem,
            typed=known,
            watched=[_name(state) for state in await site.hosts()],
            titles=[title for title, _ in sides],
            differences=compare(sides[0][1], sides[1][1]) if sides else [],
        )

    return [Route("/compare", days), Route("/compare", hosts, methods=["POST"])]


def _require(found: Inspected | Refused) -> Inspected:
    if isinstance(found, Refused):
        raise found.error
    return found


def _side(found: Inspected) -> Side:
    fetched = [outcome for outcome in found.outcomes if not isinstance(outcome, Failed)]
    if not fetched:
        raise next(outcome.error for outcome in found.outcomes if isinstance(outcome, Failed))
    return side_of_fetched(fetched)


async def _on_days(site: Site, typed: dict[str, str]) -> list[tuple[str, Side]]:
    """
    Find what a watched host presented on two days. Nothing is contacted.

    Raises:
        HostError: If the host is not watched, or was not asked until a day.
        FormError: If a day is not a date.
    """
    state = next((state for state in await site.hosts() if _name(state) == typed["host"]), None)
    if state is None:
        raise HostError(f"{typed['host']!r} is not a watched host", hint="choose one of the list")
    spans = [
        span
        for span in await site.store.timeline(state.service, vantage=state.vantage)
        if span.observation.answered  # a host that did not answer has presented nothing
    ]
    return [(await _on_day(site, state, spans, _day(typed[name]))) for name in ("from", "to")]


async def _on_day(site: Site, state: ServiceState, spans: Sequence[Span], day: date) -> tuple[str, Side]:
    """Take what was presented last until the end of *day*."""
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    span = next((span for span in spans if span.first_seen < end), None)
    if span is None:
        raise HostError(f"nothing is known of {_name(state)} until {day}", hint="choose a later day")
    chains = [sight.certificates for sight in span.observation.answered]
    ders = await site.store.certificates({name for chain in chains for name in chain})
    return f"{day}, seen since {moment_text(span.first_seen)}", side_of_stored(chains, ders)


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if day == date.max:  # it has no next day, which would be its end
        raise FormError(f"{text!r} is not a day", hint="write it as 2026-06-15")
    return day


def _name(state: ServiceState) -> str:
    return f"{state.service.host}:{state.service.port}"
