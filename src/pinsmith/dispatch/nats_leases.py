"""The last lease of each shard, which decides who has it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import msgspec

from pinsmith.dispatch.nats_streams import LEASES, time_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from pinsmith.dispatch.nats_connection import Connection
    from pinsmith.dispatch.nats_streams import Place


class Holder(msgspec.Struct, frozen=True):
    """
    A lease.

    Attributes:
        token: That of the worker; empty if the shard was given back, or was never claimed.
        until: Seconds since 1970, by the clock of the server.
        attempts: How often the shard was claimed.
        seq: The sequence number of the message, which is not part of it; 0 for none.
    """

    token: str = ""
    until: float = 0.0
    attempts: int = 0
    seq: int = 0

    def has_it(self, now: float) -> bool:
        """Return whether somebody has the shard."""
        return bool(self.token) and self.until > now

    def taken(self, until: float) -> Holder:
        """Return the lease of the next worker."""
        return Holder(secrets.token_hex(16), until, self.attempts + 1, self.seq)

    def extended(self, until: float) -> Holder:
        """Return the same lease with another end."""
        return Holder(self.token, until, self.attempts, self.seq)

    def given_back(self) -> Holder:
        """Return that nobody has the shard."""
        return Holder("", 0.0, self.attempts, self.seq)


class Leases:
    """Reads and writes leases. A lease is written only if nobody has written another one since it was read."""

    def __init__(self, connection: Connection, attempts: int, clock: Callable[[datetime], datetime]) -> None:
        """Use a connection, and a clock that turns the time of the server into that of the leases."""
        self._connection, self._attempts, self._clock = connection, attempts, clock

    async def now(self) -> float:
        """Return the time of the server, in seconds since 1970."""
        return self.moment(await time_of(self._connection))

    def moment(self, time: datetime) -> float:
        """Return a time of the server in seconds since 1970."""
        return self._clock(time).timestamp()

    async def of(self, place: Place, *, leader: bool = False) -> Holder:
        """
        Read the lease of a shard, which may lag behind unless the *leader* is asked.

        A lease that cannot be read counts as that of the last attempt, because its author may write such a lease again.
        """
        read = self._connection.last if leader else self._connection.glance
        stored = await read(LEASES, place.of("lease"))
        if stored is None:
            return Holder()
        try:
            found = msgspec.json.decode(stored.data, type=Holder)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return Holder("", 0.0, self._attempts, stored.seq)
        return Holder(found.token, found.until, found.attempts, stored.seq)

    async def write(self, place: Place, holder: Holder) -> bool:
        """Write a lease that was made from the last one; return False if that was not the last one any more."""
        body = {"token": holder.token, "until": holder.until, "attempts": holder.attempts}
        return bool(await self._connection.put(place.of("lease"), msgspec.json.encode(body), after=holder.seq))
