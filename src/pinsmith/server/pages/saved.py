"""The hosts that somebody has saved on the page: their badges, and the forms that save and remove one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from starlette.responses import RedirectResponse
from starlette.routing import Route

from pinsmith.documents.moment import moment_text
from pinsmith.errors import CertificateError
from pinsmith.errors.reach import FormError
from pinsmith.probe import Failed
from pinsmith.server.form import read_form, require_own, text_of
from pinsmith.server.pages.page import page
from pinsmith.store.saved_hosts import MAX_SAVED, Look

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.certificate import Chain
    from pinsmith.server.site import Site
    from pinsmith.service.inspection import Inspected
    from pinsmith.store.saved_hosts import SavedHost

_SOON_DAYS: Final = 30


@dataclass(frozen=True, slots=True)
class Badge:
    """A few words, and how good they are."""

    words: str
    tone: str


@dataclass(frozen=True, slots=True)
class ShownHost:
    """A saved host as the page shows it."""

    id: int
    name: str
    starttls: str
    asked: str
    badges: list[Badge]


def routes(site: Site) -> list[Route]:
    """Return the form that removes a saved host; the page of inspection has the one that saves."""

    async def remove(request: Request) -> Response:
        try:
            fields = await read_form(request)
            require_own(request, fields)
            number = _number(text_of(fields, "id"))
        except FormError as error:
            return page(request, "message", status=error.status, title="Not removed", text=f"{error}: {error.hint}")
        await site.store.saved.remove(number)
        return RedirectResponse("/inspect", status_code=303)

    return [Route("/inspect/saved/remove", remove, methods=["POST"])]


async def remember(site: Site, found: Inspected, *, save: bool) -> None:
    """
    Save a host, or note what it presents if it is saved already.

    Raises:
        FormError: If it cannot be saved.
    """
    look, target = _look_of(found), found.target
    if look is None:
        if save:
            raise FormError(f"{target} was not saved, because it presented no certificate", hint="inspect it first")
        return
    place = target.host, target.port, target.starttls or ""
    if not save:
        await site.store.saved.note(*place, look)
    elif not await site.store.saved.save(*place, look):
        raise FormError(
            f"{target} was not saved, because {MAX_SAVED} hosts are saved already", hint="remove one of them first"
        )


async def shown_hosts(site: Site) -> list[ShownHost]:
    """Return the saved hosts with their badges."""
    now, shown = site.now(), []
    for saved in await site.store.saved.all():
        is_pinned = any(policy.find(saved.host) is not None for policy in site.rounds.policies)
        name = f"[{saved.host}]:{saved.port}" if ":" in saved.host else f"{saved.host}:{saved.port}"
        shown.append(
            ShownHost(
                saved.id,
                name,
                saved.starttls,
                moment_text(saved.last.at),
                list(_badges(saved, now, is_pinned=is_pinned)),
            )
        )
    return shown


def _look_of(found: Inspected) -> Look | None:
    """Return what a host presents; None if it presents nothing."""
    fetched = [outcome for outcome in found.outcomes if not isinstance(outcome, Failed)]
    if not fetched:
        return None
    leaves = [leaf for outcome in fetched if (leaf := outcome.presented.leaf) is not None]
    ends = list(_ends([outcome.presented for outcome in fetched]))
    return Look(
        found.at,
        frozenset(str(leaf.pin) for leaf in leaves),
        all(outcome.trusted for outcome in fetched),
        min(ends, default=None),
    )


def _number(text: str) -> int:
    if not re.fullmatch("[0-9]{1,15}", text):
        raise FormError("no host was removed, because the form names none", hint="load the page again")
    return int(text)


def _badges(saved: SavedHost, now: datetime, *, is_pinned: bool) -> Iterator[Badge]:
    yield Badge("trusted", "good") if saved.last.trusted else Badge("not trusted", "bad")
    if saved.last.ends is not None:
        days = (saved.last.ends - now) // timedelta(days=1)
        yield (
            Badge("expired", "bad") if days < 0 else Badge(f"{days} days left", "warn" if days < _SOON_DAYS else "good")
        )
    yield Badge("pinned", "good") if is_pinned else Badge("not pinned", "faint")
    if saved.changed:
        yield Badge("key changed since it was saved", "warn")


def _ends(chains: list[Chain]) -> Iterator[datetime]:
    for chain in chains:
        if chain.leaf is not None:
            try:
                yield chain.leaf.not_after
            except CertificateError:
                continue
