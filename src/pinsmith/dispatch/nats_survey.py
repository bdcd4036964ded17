"""The states of the shards of a run, as the person sees them who waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinsmith.dispatch.nats_leases import Holder
from pinsmith.dispatch.nats_streams import KEPT, LEASES, listed
from pinsmith.dispatch.shard import spent

if TYPE_CHECKING:
    from pinsmith.dispatch.nats_connection import Connection
    from pinsmith.dispatch.nats_leases import Leases
    from pinsmith.dispatch.nats_shards import Kept
    from pinsmith.dispatch.nats_streams import Place


@dataclass(frozen=True, slots=True)
class Survey:
    """The shards of a run in each state."""

    done: set[Place]
    dead: set[Place]
    leased: set[Place] = field(default_factory=set)
    waiting: set[Place] = field(default_factory=set)


async def survey(connection: Connection, kept: Kept, leases: Leases, run: str, attempts: int) -> Survey:
    """
    Divide the shards of a run by their states, and bury those whose last worker has died.

    A result counts although its shard was dead. A result from another vantage point than that of the shard counts for
    nothing, because a worker may write anything for its own.
    """
    shards, _ = await listed(connection, KEPT, "shard", run)
    claimed, time = await listed(connection, LEASES, "lease", run)
    dead, _ = await listed(connection, KEPT, "dead", run)
    done, _ = await listed(connection, KEPT, "result", run)
    now = leases.moment(time)
    found = Survey(done=done & shards, dead=(dead & shards) - done)
    for place in shards - found.done - found.dead:
        holder = await leases.of(place, leader=True) if place in claimed else Holder()
        if holder.has_it(now):
            found.leased.add(place)
        elif holder.attempts >= attempts:
            await kept.bury(place, spent(attempts))
            found.dead.add(place)
        else:
            found.waiting.add(place)
    return found
