"""The newest observation of each service."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec
from sqlalchemy import func, select

from pinsmith.monitor.observation import Observation
from pinsmith.monitor.outcome import Service
from pinsmith.store.tables import observations, services

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class Newest:
    """
    The newest observation of a service.

    Attributes:
        service: The service.
        vantage: From where it was asked.
        at: When it was asked last, aware.
        observation: Of that round, also if it did not answer or interception is suspected.
    """

    service: Service
    vantage: str
    at: datetime
    observation: Observation


async def newest(engine: AsyncEngine, file: str, hosts: Collection[str]) -> list[Newest]:
    """Return the newest observation of each service of a pin file that is one of *hosts*, from each place."""
    # A row is never written behind another one: it is either the last of its service, or new.
    last = select(func.max(observations.c.id)).group_by(observations.c.service)
    chosen = (
        select(services.c.host, services.c.port, services.c.vantage, observations.c.last_seen, observations.c.body)
        .join(observations, observations.c.service == services.c.id)
        .where(services.c.file == file, observations.c.id.in_(last))
        .order_by(services.c.host, services.c.port, services.c.vantage)
    )
    async with engine.connect() as connection:
        return [
            Newest(
                Service(file, row.host, row.port),
                row.vantage,
                row.last_seen,
                msgspec.json.decode(row.body, type=Observation),
            )
            for row in await connection.execute(chosen)
            if row.host in hosts
        ]
