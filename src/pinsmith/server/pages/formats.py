"""The formats: the list of all, and for each a page with its guide and its files for the watched pins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import quote, urlencode

from starlette.routing import Route

from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.documents.formats import format_out
from pinsmith.errors import LossError, PinsmithError, UnknownFormatError
from pinsmith.formats import FORMATS, PLATFORMS, find, of_platform
from pinsmith.server.answering import reasons_of
from pinsmith.server.endpoint import RefusedError
from pinsmith.server.exports import SIGNING_KEY, choose, options_of
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.formats import Format
    from pinsmith.pinfile import Option
    from pinsmith.server.exports import Output, Source
    from pinsmith.server.site import Site

SOURCE: Final = "pin-file"
_CONSENT: Final = "accept-loss"
_MAX_BOXES: Final = 100  # hosts that can be ticked; more are written
_MAX_FILES: Final = 50
_MAX_PREVIEW: Final = 50_000  # characters


@dataclass(frozen=True, slots=True)
class Shown:
    """A file as the page shows it."""

    name: str
    size: int
    link: str
    text: str | None
    is_cut: bool


@dataclass(frozen=True, slots=True)
class Refused:
    """The reason why there is no file."""

    text: str
    details: Sequence[str]
    hint: str | None


@dataclass(frozen=True, slots=True)
class Made:
    """
    The result of an export.

    Attributes:
        files: To look at and to download; none if it was refused.
        more: How many files are not listed.
        findings: The losses and the pins that end, or the reasons of the refusal.
        refused: Why there is no file; None if there is one.
        consents: The losses that can be accepted, and whether they are.
        is_ending: Whether pins end, so that this needs consent.
    """

    files: Sequence[Shown]
    more: int
    findings: Sequence[FindingOut]
    refused: Refused | None
    consents: Mapping[str, bool]
    is_ending: bool


def routes(site: Site) -> list[Route]:
    """Return the pages of formats."""

    async def overview(request: Request) -> Response:
        groups = [
            (platform.id, platform.title, [format_out(member) for member in of_platform(platform)])
            for platform in PLATFORMS
        ]
        return page(request, "formats", groups=groups, number=len(FORMATS))

    async def one(request: Request) -> Response:
        try:
            target = find(request.path_params["id"])
        except UnknownFormatError as error:
            text = f"{error}." + (f" {error.hint}" if error.hint else "")
            return page(request, "message", status=404, title="Not found", text=text)
        named = site.sources if target.write is not None else []
        wanted = request.query_params.get(SOURCE)
        try:
            source = choose(named, wanted)[0] if wanted else next((one for one in named if one.read is not None), None)
        except RefusedError as error:
            return page(request, "message", status=error.status, title="No pin file", text=str(error))
        given = [(name, value) for name, value in request.query_params.multi_items() if name != SOURCE]
        made = None
        if source is not None and source.read is not None:
            if not given:
                given = _beginning(target, [entry.host for entry in source.read.policy.hosts if entry.mode != "off"])
            made = await _make(site, target, source, given)
        platforms = [platform.title for platform in PLATFORMS if platform.id in target.platforms]
        return page(
            request,
            "format",
            format=format_out(target),
            platforms=platforms,
            sources=named,
            source=source,
            made=made,
            given=_given(given),
            hosts=_hosts(source),
            max_boxes=_MAX_BOXES,
            source_field=SOURCE,
            own=[option for option in target.options if option.name != SIGNING_KEY],
            asks_roles=target.can.matches == "leaf-or-ca",
        )

    return [Route("/formats", overview), Route("/formats/{id}", one)]


async def _make(site: Site, target: Format, source: Source, given: Sequence[tuple[str, str]]) -> Made:
    options: dict[str, Option] = {}
    try:
        options = options_of(target, given)
        output = await site.exports.make(target, source, options, site.now())
    except RefusedError as error:
        return Made((), 0, (), Refused(error.text, (), error.hint), {}, is_ending=False)
    except PinsmithError as error:
        reasons = reasons_of(error)
        refused = Refused(str(error), () if reasons else error.details, error.hint)
        consents = dict.fromkeys(_accepted(options), True)
        if isinstance(error, LossError):
            consents |= {loss.rule: loss.rule in consents for loss in error.losses}
        is_ending = error.code == "pins-ending" or "allow-ending" in options
        return Made((), 0, [finding_out(reason) for reason in reasons], refused, consents, is_ending)
    query = urlencode(given)
    link = f"/api/v1/formats/{quote(target.id)}/{quote(source.id, safe='')}/files"
    findings = [finding_out(found) for found in (*output.losses, *output.ending)]
    files = [_shown(output, number, f"{link}/{number}?{query}") for number in range(min(len(output.files), _MAX_FILES))]
    consents = dict.fromkeys(_accepted(options), True)
    return Made(files, len(output.files) - len(files), findings, None, consents, bool(output.ending))


def _shown(output: Output, number: int, link: str) -> Shown:
    file = output.files[number]
    text = file.text
    is_cut = text is not None and len(text) > _MAX_PREVIEW
    return Shown(file.name, len(file.content), link, text[:_MAX_PREVIEW] if text is not None else None, is_cut)


def _accepted(options: Mapping[str, Option]) -> list[str]:
    accepted = options.get(_CONSENT, ())
    return list(map(str, accepted)) if isinstance(accepted, tuple) else []


def _beginning(target: Format, hosts: Sequence[str]) -> list[tuple[str, str]]:
    """Choose the first host for a format that cannot express several."""
    return [("hosts", hosts[0])] if target.can.hosts != "many" and len(hosts) > 1 else []


def _given(given: Sequence[tuple[str, str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in given:
        found.setdefault(name, []).append(value)
    return found


def _hosts(source: Source | None) -> list[str]:
    return [entry.host for entry in source.read.policy.hosts] if source is not None and source.read is not None else []
