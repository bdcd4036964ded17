"""The channels: whether each reaches people, and a button that tries it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Route

from pinsmith.documents.moment import moment_text
from pinsmith.errors.reach import FormError
from pinsmith.server.form import read_form, require_own, text_of
from pinsmith.server.pages.page import page
from pinsmith.store.delivery_log import ChannelRecord

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from pinsmith.server.site import Site
    from pinsmith.service.settings import Channel


@dataclass(frozen=True, slots=True)
class ShownChannel:
    """A channel as the page shows it."""

    name: str
    kind: str
    gets: str
    digest: str | None
    delivered: str | None
    error: str | None
    waiting: int
    given_up: int


def routes(site: Site) -> list[Route]:
    """Return the page of channels."""
    one_at_a_time = asyncio.Lock()

    async def answer(request: Request, *, status: int = 200, result: str = "", tone: str = "good") -> Response:
        records = await site.store.channel_records()
        shown = [_shown(channel, records.get(channel.name, ChannelRecord()), site) for channel in site.rounds.channels]
        return page(request, "channels", status=status, channels=shown, result=result, result_tone=tone)

    async def overview(request: Request) -> Response:
        return await answer(request)

    async def send(request: Request) -> Response:
        try:
            fields = await read_form(request)
            require_own(request, fields)
        except FormError as error:
            return page(request, "message", status=error.status, title="Not sent", text=str(error))
        name = text_of(fields, "channel")
        if name not in {channel.name for channel in site.rounds.channels}:
            return await answer(request, status=404, result="There is no such channel.", tone="warn")
        async with one_at_a_time:  # a person who presses often sends no flood
            problem = await site.rounds.send_test(name, site.now())
        if problem is not None:
            return await answer(request, result=f"The channel {name} was not reached: {problem}", tone="bad")
        return await answer(request, result=f"The channel {name} accepted a test message.")

    return [Route("/channels", overview), Route("/channels", send, methods=["POST"])]


def _shown(channel: Channel, record: ChannelRecord, site: Site) -> ShownChannel:
    digest = channel.collects
    return ShownChannel(
        name=channel.name,
        kind=channel.kind,
        gets=", ".join([*channel.states, *channel.kinds]) or "everything",
        digest=moment_text(digest.calendar.next(site.now())) if digest else None,
        delivered=moment_text(record.delivered) if record.delivered else None,
        error=record.error,
        waiting=record.waiting,
        given_up=record.given_up,
    )
