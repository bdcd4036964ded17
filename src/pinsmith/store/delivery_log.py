"""What became of the messages to each channel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from pinsmith.store.tables import deliveries, digests

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class ChannelRecord:
    """
    What became of the messages to a channel.

    Attributes:
        delivered: When it last took a message, aware; None if it never has.
        error: Why the newest message that has failed was not delivered; None if none has failed, or if it was
            delivered later.
        waiting: How many messages have failed and are tried again.
        given_up: How many messages were given up.
    """

    delivered: datetime | None = None
    error: str | None = None
    waiting: int = 0
    given_up: int = 0


async def channel_records(engine: AsyncEngine) -> dict[str, ChannelRecord]:
    """Return what became of alerts and digests, by the name of the channel."""
    records: dict[str, ChannelRecord] = {}
    async with engine.connect() as connection:
        for table in (digests, deliveries):
            tried = table.c.attempts > 0
            counted = select(
                table.c.channel,
                func.max(table.c.delivered),
                func.count().filter(tried, table.c.next_attempt.is_not(None)),
                func.count().filter(tried, table.c.next_attempt.is_(None), table.c.delivered.is_(None)),
            ).group_by(table.c.channel)
            for channel, delivered, waiting, given_up in await connection.execute(counted):
                old = records.get(channel, ChannelRecord())
                last = max(filter(None, (old.delivered, delivered)), default=None)
                records[channel] = ChannelRecord(last, old.error, old.waiting + waiting, old.given_up + given_up)
            failed = select(table.c.channel, table.c.error).where(table.c.error.is_not(None)).order_by(table.c.id)
            for channel, error in await connection.execute(failed):
                records[channel] = replace(records[channel], error=error)
    return records
