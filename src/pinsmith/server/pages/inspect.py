"""Inspect: ask a host that somebody names what it presents, or read certificates that somebody pastes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape
from msgspec import UnsetType
from starlette.routing import Route

from pinsmith.checks.certificate import certificates_in
from pinsmith.documents.inspection import inspection_document
from pinsmith.errors import PinsmithError
from pinsmith.probe.starttls import PROTOCOLS
from pinsmith.server.asking import RETRY_SECONDS, status_of
from pinsmith.server.form import read_form, require_own, text_of
from pinsmith.server.pages.chains import MAX_NAMES, pasted_chain, shown_chains
from pinsmith.server.pages.page import page
from pinsmith.server.pages.saved import remember, shown_hosts
from pinsmith.service.enrolment_preview import preview
from pinsmith.service.inspection import Inspected, Refused

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.documents.document import ErrorOut
    from pinsmith.documents.inspection import InspectionDocument
    from pinsmith.server.asking import Asking
    from pinsmith.server.pages.chains import ShownChain
    from pinsmith.server.site import Site
    from pinsmith.service.enrolment_preview import Preview

_PRIVATE_KEY: Final = "PRIVATE KEY"
VERDICT_TONES: Final = {
    "matched": "good",
    "mismatched": "bad",
    "not-verified": "bad",
    "unreachable": "warn",
    "not-pinned": "faint",
}


@dataclass(frozen=True, slots=True)
class Result:
    """What a host presents, as the page shows it."""

    name: str
    document: InspectionDocument
    chains: list[ShownChain]
    preview: Preview

    @property
    def tone(self) -> str:
        """Say how good the verdicts are."""
        tones = {VERDICT_TONES[result.verdict] for result in self.document.results}
        return next((tone for tone in ("bad", "warn", "faint", "good") if tone in tones), "faint")

    @property
    def failures(self) -> list[ErrorOut]:
        """Return why addresses could not be read."""
        return [address.error for address in self.document.addresses if not isinstance(address.error, UnsetType)]


def routes(site: Site, asking: Asking) -> list[Route]:
    """Return the pages on which hosts and certificates are inspected."""

    async def form(request: Request) -> Response:
        return await _page(request, site, asking)

    async def ask(request: Request) -> Response:
        return await dial(request, save=False)

    async def save(request: Request) -> Response:
        return await dial(request, save=True)

    async def dial(request: Request, *, save: bool) -> Response:
        host, starttls = "", ""
        try:
            fields = await read_form(request)
            host, starttls = text_of(fields, "host"), text_of(fields, "starttls")
            require_own(request, fields)
            (found,) = await asking.ask(request, [host], starttls or None)
            if isinstance(found, Refused):
                raise found.error
            await remember(site, found, save=save)
            result = await asyncio.to_thread(result_of, found, site)
        except PinsmithError as error:
            return await _page(request, site, asking, problem=error, host=host, starttls=starttls)
        return await _page(request, site, asking, result=result, host=host, starttls=starttls)

    async def paste(request: Request) -> Response:
        text = ""
        try:
            fields = await read_form(request)
            given, uploaded = text_of(fields, "pem"), fields.get("file", b"")
            text = "" if _PRIVATE_KEY in given else given  # a key is not sent back, also if the form is refused
            require_own(request, fields)
            content = uploaded if isinstance(uploaded, bytes) and uploaded else given.encode()
            pasted = pasted_chain(await asyncio.to_thread(certificates_in, content), site.now())
        except PinsmithError as error:
            return await _page(request, site, asking, problem=error, pem=text)
        return await _page(request, site, asking, pasted=pasted, pem=text)

    return [
        Route("/inspect", form),
        Route("/inspect", ask, methods=["POST"]),
        Route("/inspect/saved", save, methods=["POST"]),
        Route("/inspect/certificates", form),
        Route("/inspect/certificates", paste, methods=["POST"]),
    ]


def document_of(found: Inspected) -> InspectionDocument:
    """Describe what a host presents."""
    file = str(found.file) if found.file else None
    return inspection_document(found.target, found.outcomes, found.checks, file=file, now=found.at)


def result_of(found: Inspected, site: Site) -> Result:
    """Prepare what a host presents for the page. It reads the pin file."""
    document = document_of(found)
    return Result(str(found.target), document, shown_chains(document), preview(found, list(site.rounds.pin_files)))


async def _page(
    request: Request,
    site: Site,
    asking: Asking,
    *,
    problem: PinsmithError | None = None,
    result: Result | None = None,
    pasted: ShownChain | None = None,
    host: str = "",
    starttls: str = "",
    pem: str = "",
) -> Response:
    answer = page(
        request,
        "inspect",
        status=status_of(problem) if problem else 200,
        is_on=asking.is_on,
        protocols=PROTOCOLS,
        problem=problem,
        result=result,
        saved=await shown_hosts(site),
        pasted=pasted,
        host=host,
        starttls=starttls,
        pem=Markup(escape(pem)),  # noqa: S704 - escaped; line ends stay as they are
        max_names=MAX_NAMES,
    )
    if answer.status_code == 429:  # noqa: PLR2004 - too many requests
        answer.headers["Retry-After"] = RETRY_SECONDS
    return answer
