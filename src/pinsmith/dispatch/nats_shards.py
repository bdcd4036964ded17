"""Bodies of shards and results in the stream of what is kept, and dead letters. All are written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from pinsmith.dispatch.nats_body import join, pack, part_bytes, parts_of, require_room
from pinsmith.dispatch.nats_connection import Answer
from pinsmith.dispatch.nats_streams import KEPT, Place
from pinsmith.dispatch.shard import Result, Shard, clean_reason, conflict, decode, encode, require_whole
from pinsmith.errors.dispatch import DispatchError, LeaseLostError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pinsmith.dispatch.nats_connection import Connection, Stored

    Read = Callable[[str, str], Awaitable[Stored | None]]
    """`Connection.last`, or `Connection.glance` for those who may not read everything."""


class _Letter(msgspec.Struct):
    reason: str = ""


class Kept:
    """What is kept of shards: the shard, its result, and why it is dead."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def add(self, shard: Shard) -> int:
        """
        Store a shard, unless there is one of its run and number, from any vantage point.

        Returns:
            Its sequence number in the stream; 0 if it was not stored.

        Raises:
            DispatchError: If the server does not take a message of this size.
        """
        place = Place(shard.vantage, shard.run, shard.number)
        message, parts = pack(encode(shard), part_bytes(self._connection.max_payload))
        if parts:
            hint = "divide the list into smaller shards, or raise max_payload of the server"
            raise DispatchError(f"shard {shard.number} of run {shard.run} is too large for a message", hint=hint)
        whole = Place("*", shard.run, shard.number).of("shard")
        return await self._connection.put(place.of("shard"), message, Nats_Expected_Last_Subject_Sequence_Subject=whole)

    async def shard(self, place: Place, read: Read) -> Shard | None:
        """
        Read a shard; None if it is missing.

        Raises:
            DispatchError: If it cannot be read.
        """
        stored = await read(KEPT, place.of("shard"))
        return None if stored is None else self._decode(stored, place)

    async def known(self, shard: Shard) -> int:
        """
        Return the sequence number of a shard that is stored already; 0 if it is not.

        Raises:
            DispatchError: If another shard of the same run and number is stored.
        """
        place = Place("*", shard.run, shard.number)
        stored = await self._connection.last(KEPT, place.of("shard"))
        try:
            if stored is None or self._decode(stored, place) == shard:
                return stored.seq if stored is not None else 0
        except DispatchError as error:
            raise conflict(shard.run, shard.number) from error
        raise conflict(shard.run, shard.number)

    @staticmethod
    def _decode(stored: Stored, place: Place) -> Shard:
        shard = decode(join(stored.data, []), Shard)
        if (shard.run, shard.number) != (place.run, place.number) or place.vantage not in {"*", shard.vantage}:
            raise DispatchError(f"shard {place.number} of run {place.run} is another shard")
        return shard

    async def finish(self, place: Place, result: Result) -> bool:
        """
        Store a result after its parts, and return whether there was none before.

        Raises:
            LeaseLostError: If the shard is not there any more.
        """
        message, parts = pack(encode(result), part_bytes(self._connection.max_payload))
        named = parts_of(message)
        for number, part in enumerate(parts):
            # The digest is part of the subject: what another worker wrote there has the same content.
            await self._connection.put(_part(place, named.digest if named else "", number), part)
        # The parts may have taken long, and a result without a shard would be that of the next run of this name.
        if await self._connection.glance(KEPT, place.of("shard")) is None:
            raise LeaseLostError(place.run, place.number)
        return bool(await self._connection.put(place.of("result"), message))

    async def result(self, place: Place) -> Result | None:
        """
        Read a result; None if there is none.

        Raises:
            DispatchError: If it cannot be read, or does not belong to the shard.
        """
        stored = await self._connection.last(KEPT, place.of("result"))
        if stored is None:
            return None
        named = parts_of(stored.data)
        parts: list[bytes] = []
        for number in range(named.total if named is not None else 0):
            part = await self._connection.last(KEPT, _part(place, named.digest if named else "", number))
            if part is None:
                raise DispatchError(f"part {number} of the result of shard {place.number} is missing")
            parts.append(part.data)
            require_room(sum(map(len, parts)))
        result = decode(join(stored.data, parts), Result)
        shard = await self.shard(place, self._connection.last)
        if shard is None:
            raise DispatchError(f"shard {place.number} of run {place.run} is missing")
        require_whole(result, shard)
        return result

    async def bury(self, place: Place, reason: str) -> None:
        """Write a dead letter, unless there is one."""
        await self._connection.put(place.of("dead"), msgspec.json.encode(_Letter(clean_reason(reason))))

    async def reason(self, place: Place) -> str:
        """Return why a shard is dead."""
        letter = await self._connection.last(KEPT, place.of("dead"))
        try:
            return clean_reason(msgspec.json.decode(letter.data if letter else b"{}", type=_Letter).reason)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return "its dead letter cannot be read"

    async def discard(self, place: Place, reason: str) -> None:
        """Replace a result that cannot be read by a dead letter."""
        await self._remove(place.of("dead"))
        await self.bury(place, reason)
        await self._remove(place.of("result"))

    async def _remove(self, subject: str) -> None:
        stored = await self._connection.last(KEPT, subject)
        if stored is not None:
            asked = {"seq": stored.seq, "no_erase": True}
            answer = msgspec.json.decode(await self._connection.api(f"STREAM.MSG.DELETE.{KEPT}", asked), type=Answer)
            if answer.error is not None:
                raise self._connection.refusal(answer.error)


def _part(place: Place, digest: str, number: int) -> str:
    return f"{place.of('part')}.{digest}.{number}"
