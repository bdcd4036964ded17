"""The digests that were made: one row for each channel and time, so that none is made twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, insert, select, update

from pinsmith.documents.alert import AlertOut
from pinsmith.documents.document import encode_line
from pinsmith.store.tables import alerts, deliveries, digests

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

    from pinsmith.documents.digest import DigestOut


class DigestLog:
    """The digests in a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """
        Use a database.

        Args:
            engine: Of the database.
        """
        self._engine = engine

    async def last(self, channel: str) -> datetime | None:
        """Return when the last digest of *channel* was due; None if there was none."""
        newest = select(func.max(digests.c.at)).where(digests.c.channel == channel)
        async with self._engine.connect() as connection:
            last: datetime | None = (await connection.execute(newest)).scalar_one()
            return last

    async def alerts(self, since: datetime, until: datetime) -> list[AlertOut]:
        """Return the alerts that were made after *since* and not after *until*, the oldest first."""
        chosen = select(alerts.c.body).where(alerts.c.at > since, alerts.c.at <= until).order_by(alerts.c.id)
        async with self._engine.connect() as connection:
            return [msgspec.json.decode(row.body, type=AlertOut) for row in await connection.execute(chosen)]

    async def put(
        self, channel: str, at: datetime, digest: DigestOut | None, contains: Callable[[AlertOut], bool]
    ) -> None:
        """
        Record a digest, and in the same transaction that the alerts that waited for it need no message of their own.

        Args:
            channel: The name of the channel.

            at: When it was due, aware.

            digest: What must be sent; None if there is nothing to say.

            contains: Whether an alert has waited for the digest.
        """
        waiting = (
            select(deliveries.c.id, alerts.c.body)
            .join(alerts, alerts.c.id == deliveries.c.alert)
            .where(deliveries.c.channel == channel, deliveries.c.next_attempt.is_not(None), deliveries.c.attempts == 0)
            .where(alerts.c.at <= at)
        )
        row = {"channel": channel, "at": at, "attempts": 0}
        if digest is not None:
            row |= {"body": encode_line(digest), "next_attempt": at}
        async with self._engine.begin() as connection:
            await connection.execute(insert(digests).values(**row))
            found = (await connection.execute(waiting)).all()
            covered = [row.id for row in found if contains(msgspec.json.decode(row.body, type=AlertOut))]
            if digest is not None and covered:
                settled = update(deliveries).where(deliveries.c.id.in_(covered))
                await connection.execute(settled.values(next_attempt=None, delivered=at))
