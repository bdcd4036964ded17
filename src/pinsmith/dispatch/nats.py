"""A queue on NATS JetStream."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Final, Self

import msgspec

from pinsmith.dispatch.nats_connection import Connection
from pinsmith.dispatch.nats_leases import Leases
from pinsmith.dispatch.nats_shards import Kept
from pinsmith.dispatch.nats_streams import (
    KEPT,
    TICKET_SECONDS,
    WORK,
    Place,
    follow,
    is_followed,
    listed,
    prepare,
    remove,
)
from pinsmith.dispatch.nats_survey import survey
from pinsmith.dispatch.queue import DeadShard, Progress
from pinsmith.dispatch.shard import Lease, Result, Shard, conflict, require_whole, spent
from pinsmith.errors.dispatch import AlreadyDoneError, DispatchError, LeaseLostError, QueueError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Container, Iterable
    from types import TracebackType

    from pinsmith.dispatch.nats_address import NatsAddress
    from pinsmith.dispatch.nats_leases import Holder
    from pinsmith.dispatch.nats_survey import Survey

_TOGETHER: Final = 50
_ACK_SECONDS: Final = 2.0
_PULL_NANOSECONDS: Final = 500_000_000
_NONE_WAITING: Final = ("404", "408")
_RACE_SECONDS: Final = 1.0  # until a ticket is delivered again whose lease another worker has just written


def _as_it_is(now: datetime) -> datetime:
    return now


class NatsQueue:
    """
    A `Queue` that several processes may open. Use it in ``async with``.

    JetStream hands out tickets. The last lease of a shard decides who has it, and is written only if nobody has written
    another one since it was read. So a ticket may be delivered twice, and a late acknowledgement does no harm.

    Source:
        ``Nats-Expected-Last-Subject-Sequence`` and limits for each subject,
        https://docs.nats.io/nats-concepts/jetstream/headers and https://docs.nats.io/nats-concepts/jetstream/streams.
    """

    def __init__(
        self, address: NatsAddress, *, attempts: int = 5, clock: Callable[[datetime], datetime] = _as_it_is
    ) -> None:
        """
        Name the servers. Nothing is contacted.

        Args:
            address: Where they are.

            attempts: How often a shard is claimed before it is dead.

            clock: Turns the time of the server into that of the leases.

        Raises:
            UsageError: If nats-py is missing, or the file of authorities cannot be used.
        """
        self._address, self._attempts = address, attempts
        self._connection = Connection(address)
        self._kept = Kept(self._connection)
        self._leases = Leases(self._connection, attempts, clock)
        self._tickets: dict[str, str] = {}  # token: where JetStream expects the answer
        self._followed: set[str] = set()

    def __str__(self) -> str:
        """Return the address without the password."""
        return str(self._address)

    async def __aenter__(self) -> Self:
        """
        Connect, and make the streams if they are missing.

        Raises:
            QueueError: If they cannot be used, here and in each method.
        """
        try:
            await prepare(self._connection, self._address.replicas)
        except BaseException:
            await self._connection.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Disconnect."""
        await self._connection.close()

    async def enqueue(self, shards: Iterable[Shard]) -> None:
        """Add shards that are not there yet; see `Queue`."""
        remaining = iter(shards)
        while part := list(islice(remaining, _TOGETHER)):
            added: dict[tuple[str, int], Shard] = {}
            for shard in sorted(part, key=lambda shard: (shard.run, shard.number)):
                if added.setdefault((shard.run, shard.number), shard) != shard:
                    raise conflict(shard.run, shard.number)
            stored = {shard: await self._kept.known(shard) for shard in added.values()}
            for shard, seq in stored.items():
                # If another process was faster, the shard is known now.
                await self._hand_out(shard, seq or await self._kept.add(shard) or await self._kept.known(shard))

    async def _hand_out(self, shard: Shard, seq: int) -> None:
        if shard.vantage not in self._followed:
            await follow(self._connection, shard.vantage)
            self._followed.add(shard.vantage)
        place = Place(shard.vantage, shard.run, shard.number)
        for kind in ("result", "dead"):
            if await self._connection.last(KEPT, place.of(kind)) is not None:
                return
        # JetStream forgets an id after two minutes; the limit of one ticket for each subject holds longer. The sequence
        # number lets a run be added again that was forgotten within that time.
        named = f"{shard.run}.{shard.number}.{seq}"
        await self._connection.put(place.of("work"), b"", after=None, Nats_Msg_Id=named)

    async def claim(self, vantage: str, seconds: float) -> Lease | None:
        """Take the shard whose ticket comes first; see `Queue`."""
        while (ticket := await self._pull(vantage)) is not None:
            place, reply = ticket
            lease = await self._take(place, reply, seconds)
            if lease is not None:
                self._tickets[lease.token] = reply
                return lease
        return None

    async def _pull(self, vantage: str) -> tuple[Place, str] | None:
        # With no_wait, JetStream may overlook a ticket that was added just before.
        asked = msgspec.json.encode({"batch": 1, "expires": _PULL_NANOSECONDS})
        try:
            subject = f"$JS.API.CONSUMER.MSG.NEXT.{WORK}.{vantage}"
            message = await self._connection.request(subject, asked, is_pull=True)
        except QueueError:
            if await is_followed(self._connection, vantage):
                raise
            return None
        status = (message.headers or {}).get("Status")
        if status in _NONE_WAITING:
            return None
        if status is not None:
            raise self._connection.fault(f"JetStream answers {status} to a claim", "read the log of the server")
        _, _, of, run, number = message.subject.split(".")
        return Place(of, run, int(number)), message.reply

    async def _take(self, place: Place, reply: str, seconds: float) -> Lease | None:
        if await self._is_over(place):
            await self._answer(reply, b"+ACK")
            return None
        try:
            shard = await self._kept.shard(place, self._connection.glance)
        except DispatchError as error:
            await self._kept.bury(place, str(error))
            await self._answer(reply, b"+ACK")
            return None
        now = await self._leases.now()
        holder = await self._leases.of(place)
        if shard is None or holder.has_it(now):
            pause = TICKET_SECONDS if shard is None else holder.until - now
            await self._answer(reply, _later(pause))
            return None
        if holder.attempts >= self._attempts:
            await self._kept.bury(place, spent(self._attempts))
            await self._answer(reply, b"+ACK")
            return None
        taken = holder.taken(now + seconds)
        if not await self._leases.write(place, taken):
            await self._answer(reply, _later(_RACE_SECONDS))
            return None
        return Lease(shard=shard, token=taken.token, attempt=taken.attempts)

    async def extend(self, lease: Lease, seconds: float) -> None:
        """Keep a shard for *seconds* from now; see `Queue`."""
        holder, now = await self._held(lease)
        if not await self._leases.write(_place(lease.shard), holder.extended(now + seconds)):
            raise self._lost(lease)

    async def done(self, lease: Lease, result: Result) -> None:
        """Store the first result; see `Queue`."""
        require_whole(result, lease.shard)
        place = _place(lease.shard)
        is_first = await self._connection.glance(KEPT, place.of("result")) is None
        is_first = is_first and await self._kept.finish(place, result)
        # Only now, so that a worker that dies in between leaves a ticket without work, and not work without a ticket.
        await self._give_up(lease, b"+ACK")
        if not is_first:
            raise AlreadyDoneError(place.run, place.number)

    async def fail(self, lease: Lease, reason: str) -> None:
        """Give a shard back; see `Queue`."""
        holder, _ = await self._held(lease)
        place = _place(lease.shard)
        is_last = holder.attempts >= self._attempts
        if is_last:
            await self._kept.bury(place, reason)
        if not await self._leases.write(place, holder.given_back()):
            raise self._lost(lease)
        await self._give_up(lease, b"+ACK" if is_last else b"-NAK")

    async def dead(self, run: str) -> AsyncIterator[DeadShard]:
        """List the dead shards; see `Queue`."""
        for place in sorted((await self._survey(run)).dead, key=lambda place: place.number):
            try:
                shard = await self._kept.shard(place, self._connection.last)
            except DispatchError:
                shard = None
            hosts = shard.hosts if shard is not None else ()
            yield DeadShard(number=place.number, hosts=hosts, reason=await self._kept.reason(place))

    async def results(self, run: str, *, known: Container[int] = ()) -> AsyncIterator[Result]:
        """List the results; see `Queue`."""
        shards, _ = await listed(self._connection, KEPT, "shard", run)
        done, _ = await listed(self._connection, KEPT, "result", run)
        for place in sorted(shards & done, key=lambda place: place.number):
            if place.number in known:
                continue
            try:
                result = await self._kept.result(place)
            except DispatchError as error:
                await self._kept.discard(place, str(error))
            else:
                if result is not None:
                    yield result

    async def progress(self, run: str) -> Progress:
        """Count the shards; see `Queue`."""
        found = await self._survey(run)
        return Progress(
            waiting=len(found.waiting), leased=len(found.leased), done=len(found.done), dead=len(found.dead)
        )

    async def forget(self, run: str) -> int:
        """Remove a run; see `Queue`."""
        shards, _ = await listed(self._connection, KEPT, "shard", run)
        await remove(self._connection, run)
        return len(shards)

    async def _survey(self, run: str) -> Survey:
        return await survey(self._connection, self._kept, self._leases, run, self._attempts)

    async def _is_over(self, place: Place) -> bool:
        for kind in ("result", "dead"):
            if await self._connection.glance(KEPT, place.of(kind)) is not None:
                return True
        return False

    async def _held(self, lease: Lease) -> tuple[Holder, float]:
        place = _place(lease.shard)
        now, holder = await self._leases.now(), await self._leases.of(place)
        if holder.token != lease.token or not holder.has_it(now) or await self._is_over(place):
            raise self._lost(lease)
        return holder, now

    def _lost(self, lease: Lease) -> LeaseLostError:
        self._tickets.pop(lease.token, None)
        return LeaseLostError(lease.shard.run, lease.shard.number)

    async def _give_up(self, lease: Lease, answer: bytes) -> None:
        reply = self._tickets.pop(lease.token, None)
        if reply is not None:
            await self._answer(reply, answer)

    async def _answer(self, reply: str, answer: bytes) -> None:
        # If the answer is lost, the ticket is delivered again after some time, and its next worker reads the result.
        with suppress(QueueError):
            await self._connection.request(reply, answer, seconds=_ACK_SECONDS)


def _place(shard: Shard) -> Place:
    return Place(shard.vantage, shard.run, shard.number)


def _later(seconds: float) -> bytes:
    delay = timedelta(seconds=max(seconds, 0.0))
    return b"-NAK " + msgspec.json.encode({"delay": int(delay.total_seconds() * 1e9)})
