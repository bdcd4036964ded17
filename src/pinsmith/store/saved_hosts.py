"""The hosts that somebody has inspected and saved, with what they presented then and last."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import delete, func, insert, select, update

from pinsmith.store.lock import Lock, hold
from pinsmith.store.tables import saved_hosts

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncEngine

MAX_SAVED: Final = 500


@dataclass(frozen=True, slots=True)
class Look:
    """
    What a host presented when it was inspected.

    Attributes:
        at: When, aware.
        keys: The pins of its leaves.
        trusted: Whether every chain was verified.
        ends: When the first of the leaves ends; None if that cannot be read.
    """

    at: datetime
    keys: frozenset[str]
    trusted: bool
    ends: datetime | None


@dataclass(frozen=True, slots=True)
class SavedHost:
    """
    A host that somebody has saved.

    Attributes:
        id: Its number.
        host: Canonical.
        port: Of the service.
        starttls: The id of the protocol that changes to TLS; empty if TLS begins at once.
        saved: When, aware.
        saved_keys: The pins of its leaves then.
        last: What it presented last.
    """

    id: int
    host: str
    port: int
    starttls: str
    saved: datetime
    saved_keys: frozenset[str]
    last: Look

    @property
    def changed(self) -> bool:
        """Whether it presents other keys than when it was saved."""
        return self.saved_keys != self.last.keys


class SavedHosts:
    """The saved hosts of one database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read and write through *engine*."""
        self._engine = engine

    async def all(self) -> list[SavedHost]:
        """Return them by host and port."""
        chosen = select(saved_hosts).order_by(saved_hosts.c.host, saved_hosts.c.port, saved_hosts.c.starttls)
        async with self._engine.connect() as connection:
            return [
                SavedHost(
                    row.id,
                    row.host,
                    row.port,
                    row.starttls,
                    row.saved,
                    _pins(row.saved_keys),
                    Look(row.asked, _pins(row.keys), row.trusted, row.ends),
                )
                for row in await connection.execute(chosen)
            ]

    async def save(self, host: str, port: int, starttls: str, look: Look) -> bool:
        """
        Save a host, or replace what it presented when it was saved before.

        Returns:
            False if it was not saved, because there are `MAX_SAVED` others.
        """
        key = {"host": host, "port": port, "starttls": starttls}
        values = {"saved": look.at, "saved_keys": _bytes(look.keys), **_last(look)}
        async with self._engine.begin() as connection:
            await hold(connection, Lock.SAVE)
            known = update(saved_hosts).where(*(saved_hosts.c[name] == value for name, value in key.items()))
            if (await connection.execute(known.values(**values))).rowcount:
                return True
            # After a write, because SQLite lets nobody else write from there on.
            number = (await connection.execute(select(func.count()).select_from(saved_hosts))).scalar_one()
            if number >= MAX_SAVED:
                return False
            await connection.execute(insert(saved_hosts).values(**key, **values))
            return True

    async def note(self, host: str, port: int, starttls: str, look: Look) -> None:
        """Note what a host presents now, if it is saved."""
        known = update(saved_hosts).where(
            saved_hosts.c.host == host, saved_hosts.c.port == port, saved_hosts.c.starttls == starttls
        )
        async with self._engine.begin() as connection:
            await connection.execute(known.values(**_last(look)))

    async def remove(self, number: int) -> None:
        """Remove a host, if it is still there."""
        async with self._engine.begin() as connection:
            await connection.execute(delete(saved_hosts).where(saved_hosts.c.id == number))


def _last(look: Look) -> dict[str, object]:
    return {"asked": look.at, "keys": _bytes(look.keys), "trusted": look.trusted, "ends": look.ends}


def _bytes(pins: frozenset[str]) -> bytes:
    return msgspec.json.encode(sorted(pins))


def _pins(content: bytes) -> frozenset[str]:
    return frozenset(msgspec.json.decode(content, type=list[str]))
