"""A pin: whose key it is, what it admits, and in which trust stores it survives."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from starlette.routing import Route

from pinsmith.documents.explain import explained_pin_out
from pinsmith.documents.rotations import proof_out
from pinsmith.errors import PinFormatError
from pinsmith.explaining.pin import explain_pin
from pinsmith.explaining.survival import MEANINGS, alike
from pinsmith.pin import parse_any_spelling
from pinsmith.server.pages.page import page

if TYPE_CHECKING:
    from collections.abc import Iterator

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.documents.rotations import ProofOut
    from pinsmith.pin import Pin
    from pinsmith.server.site import Site

PATH: Final = "/pins"
_MAX_BELOW: Final = 30  # authorities
_MAX_TEXT: Final = 1000  # characters of a pin that somebody typed


def routes(site: Site) -> list[Route]:
    """Return the page of pins."""

    async def one(request: Request) -> Response:
        text = request.query_params.get("pin", "")
        if not text:
            return page(request, "pin", wanted="", problem=None, pin=None)
        try:
            pin = parse_any_spelling(text[:_MAX_TEXT]).pin
        except PinFormatError as error:
            return page(request, "pin", status=400, wanted=text[:_MAX_TEXT], problem=error, pin=None)
        keys = list(_keys(site, pin))
        is_leaf = any(role == "leaf" for _, _, role, _ in keys)
        known = explain_pin(pin, today=site.now().astimezone(UTC).date(), is_leaf=is_leaf)
        return page(
            request,
            "pin",
            wanted=str(pin),
            problem=None,
            pin=explained_pin_out(known),
            keys=keys,
            releases=list(_releases(site, pin)),
            proofs=list(dict.fromkeys(_proofs(site, pin))),
            is_leaf=is_leaf,
            stores=[(store, alike(store)) for store in known.stores],
            standings=MEANINGS,
            max_below=_MAX_BELOW,
        )

    return [Route(PATH, one)]


def _keys(site: Site, pin: Pin) -> Iterator[tuple[str, str, str, list[str]]]:
    """Yield the pin file, the name, the role and the hosts of each key with *pin* in the watched pin files."""
    for source in site.sources:
        policy = source.read.policy if source.read is not None else None
        for key in policy.keys if policy is not None else ():
            if key.pin == pin:
                hosts = [entry.host for entry in policy.hosts if key in entry.keys] if policy is not None else []
                yield str(source.path), key.name, key.what, hosts


def _releases(site: Site, pin: Pin) -> Iterator[tuple[str, str, bool, list[str]]]:
    """Yield the pin file, the name, whether it is in use and the hosts of each release that pins *pin*."""
    for path, releases in site.rounds.releases.items():
        for release in releases:
            hosts = [entry.host for entry in release.hosts if pin in {*entry.pins.values(), *entry.anchors}]
            if hosts:
                yield str(path), release.who, release.is_alive(site.now()), hosts


def _proofs(site: Site, pin: Pin) -> Iterator[ProofOut]:
    """Yield the newest proof from each place that the private key of *pin* exists."""
    for journal in site.rounds.journals.values():
        yield from (proof_out(proof) for proof in journal.custody_sites(str(pin), now=site.now()))
