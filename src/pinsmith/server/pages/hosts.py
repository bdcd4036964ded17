"""The hosts: the list of all with their states, and for each host a page with its reasons and its history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

from starlette.routing import Route

from pinsmith.documents.moment import moment_text
from pinsmith.documents.watched import WatchedOut, watched_out
from pinsmith.server.overview import Expiry, Wanted, choose, expiry, leaves
from pinsmith.server.pages.page import TONES, page
from pinsmith.server.timeline import Timeline, timeline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.documents.disagreement import DisagreementOut
    from pinsmith.server.site import Site
    from pinsmith.store import ServiceState, Span

_SENTENCES: Final = {
    "interception": "Clients of {number} are locked out, and interception is suspected at {worst}.",
    "lockout": "Clients of {number} are locked out.",
    "lockout-imminent": "Clients of {number} will be locked out within days if nobody acts.",
    "unreachable": "{number} could not be read.",
    "warning": "Something will go wrong with {number} if nobody acts.",
    "ok": "All hosts are well.",
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A host as pages show it."""

    name: str
    link: str
    out: WatchedOut
    expires: Expiry | None


@dataclass(frozen=True, slots=True)
class ShownSpan:
    """A part of the history of a host."""

    state: str
    first_seen: str
    last_seen: str
    changes: list[object]


def routes(site: Site) -> list[Route]:
    """Return the pages of hosts."""

    async def overview(request: Request) -> Response:
        hosts, wanted = await site.hosts(), Wanted.parse(request.query_params)
        chosen = choose(hosts, wanted)
        undelivered = await site.store.undelivered()
        differing = await site.disagreements()
        sentence, tone = _verdict(
            chosen.states, differing=len(differing), has_problems=bool(site.rounds.problems or undelivered)
        )
        certificates = await site.store.certificates(leaves(chosen.hosts))
        return page(
            request,
            "hosts",
            sentence=sentence,
            tone=tone,
            problems=site.rounds.problems,
            undelivered=undelivered,
            differing=[(one, _name(one)) for one in differing],
            hosts=[_shown(host, expiry(host, certificates, site.now())) for host in chosen.hosts],
            chosen=chosen,
            wanted=wanted,
        )

    async def one(request: Request) -> Response:
        wanted = request.path_params["name"]
        found = await site.named(wanted)
        if not found:
            text = f"No pin file contains {wanted}."
            return page(request, "message", status=404, title="Not found", text=text)
        rotated = next((host.service.host for host in found if site.rounds.entry_of(host.service) is not None), "")
        shown = [await _with_history(host) for host in found]
        services = {(host.service.file, host.service.host, host.service.port) for host in found}
        differing = [one for one in await site.disagreements() if (one.file, one.host, one.port) in services]
        return page(request, "host", name=wanted, hosts=shown, rotated=rotated, differing=differing)

    async def _with_history(host: ServiceState) -> tuple[Shown, list[ShownSpan], Timeline | None]:
        spans = await site.store.timeline(host.service, vantage=host.vantage)
        leaves = {sight.certificates[0] for span in spans for sight in span.observation.sights if sight.certificates}
        drawn = timeline(spans, await site.store.certificates(leaves), now=site.now())
        return _shown(host), [_span(span) for span in spans], drawn

    return [Route("/", overview), Route("/hosts/{name}", one)]


def _verdict(states: Sequence[tuple[str, int]], *, differing: int, has_problems: bool) -> tuple[str, str]:
    """Say in a sentence how bad it is, and in which tone."""
    if not states:
        return "No host was checked yet.", "warn" if has_problems else "faint"
    worst, number = states[0]
    total = sum(count for _, count in states)
    refused = sum(count for state, count in states if state in {"interception", "lockout"})
    if differing and not refused:
        return f"At {differing} of {total} hosts, only some places see an unknown key.", "bad"
    tone = "warn" if has_problems and TONES[worst] == "good" else TONES[worst]
    return _SENTENCES[worst].format(number=f"{refused or number} of {total} hosts", worst=number), tone


def _name(disagreement: DisagreementOut) -> str:
    return f"{disagreement.host}:{disagreement.port}"


def _shown(host: ServiceState, expires: Expiry | None = None) -> Shown:
    name = f"{host.service.host}:{host.service.port}"
    out = watched_out(host.service, host.vantage, host.memory, host.reasons, host.asked)
    return Shown(name, f"/hosts/{quote(name)}", out, expires)


def _span(span: Span) -> ShownSpan:
    return ShownSpan(span.state, moment_text(span.first_seen), moment_text(span.last_seen), list(span.changes))
