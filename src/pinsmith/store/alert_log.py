"""Write an alert, and its delivery to each channel that wants it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import insert

from pinsmith.store.tables import alerts, deliveries

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection

    from pinsmith.documents.alert import AlertOut


async def put_alert(
    connection: AsyncConnection,
    alert: AlertOut,
    *,
    service: int,
    at: datetime,
    channels: Mapping[str, Callable[[AlertOut, datetime], datetime | None]],
) -> None:
    """
    Write an alert in the transaction of what has caused it.

    Args:
        connection: In a transaction.

        alert: The alert.

        service: The number of the service in the database.

        at: When it was made, aware.

        channels: As for `Store.record`.
    """
    body = msgspec.json.encode(alert)
    added = await connection.execute(insert(alerts).values(service=service, at=at, body=body).returning(alerts.c.id))
    number = added.scalar_one()
    for channel, wanted in channels.items():
        if (first := wanted(alert, at)) is not None:
            row = {"alert": number, "channel": channel, "next_attempt": first}
            await connection.execute(insert(deliveries).values(**row))
