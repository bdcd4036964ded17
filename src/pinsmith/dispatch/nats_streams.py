"""
The streams of the queue, and their subjects.

``pinsmith-kept`` has what is written once: shards, results and their parts, and dead letters. ``pinsmith-leases`` has
the last lease of each shard. ``pinsmith-work`` has a ticket for each shard that is neither done nor dead. Subjects name
the vantage point, so that the rights of a worker can be limited to its own.
"""

from __future__ import annotations

from datetime import datetime  # noqa: TC003 - msgspec reads it when the module is imported
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import msgspec

from pinsmith.dispatch.nats_connection import NO_CONSUMER, NO_STREAM, Answer

if TYPE_CHECKING:
    from pinsmith.dispatch.nats_connection import Connection

KEPT: Final = "pinsmith-kept"
LEASES: Final = "pinsmith-leases"
WORK: Final = "pinsmith-work"

_SECOND: Final = 1_000_000_000
TICKET_SECONDS: Final = 30  # a ticket that was delivered, and not answered, is delivered again
_ONE_OF_EACH: Final[dict[str, Any]] = {
    "max_msgs_per_subject": 1,
    "discard": "new",
    "discard_new_per_subject": True,
}
_CONFIGURED: Final[dict[str, dict[str, Any]]] = {
    KEPT: {
        **_ONE_OF_EACH,
        "subjects": ["pinsmith.dead.*.*.*", "pinsmith.part.*.*.*.*.*", "pinsmith.result.*.*.*", "pinsmith.shard.*.*.*"],
        "retention": "limits",
    },
    LEASES: {"subjects": ["pinsmith.lease.*.*.*"], "retention": "limits", "max_msgs_per_subject": 1, "discard": "old"},
    WORK: {**_ONE_OF_EACH, "subjects": ["pinsmith.work.*.*.*"], "retention": "workqueue"},
}
_COMMON: Final[dict[str, Any]] = {
    "storage": "file",
    "allow_direct": True,
    "allow_rollup_hdrs": False,  # otherwise a worker could delete a whole stream by a header
    "max_age": 0,
    "max_msgs": -1,
    "max_bytes": -1,
}


class Place(NamedTuple):
    """The parts of the subjects of a shard."""

    vantage: str
    run: str
    number: int

    def of(self, kind: str) -> str:
        """Return the subject of a kind, such as ``result``."""
        return f"pinsmith.{kind}.{self.vantage}.{self.run}.{self.number}"


class _State(msgspec.Struct):
    subjects: dict[str, int] = msgspec.field(default_factory=dict)


class _Info(Answer):
    ts: datetime | None = None
    state: _State | None = None
    config: dict[str, Any] = msgspec.field(default_factory=dict)
    total: int = 0


async def prepare(connection: Connection, replicas: int) -> None:
    """
    Make the streams that are missing, and check those that are there.

    Raises:
        QueueError: If a stream cannot be made, or was made with other limits, under which results could be replaced.
    """
    for name, settings in _CONFIGURED.items():
        wanted = {**_COMMON, **settings}
        info = await _info(connection, name)
        if info is None:
            made = {"name": name, **wanted, "num_replicas": replicas}
            answer = msgspec.json.decode(await connection.api(f"STREAM.CREATE.{name}", made), type=_Info)
            if answer.error is not None:
                raise connection.refusal(answer.error)
            info = answer
        found = {**dict.fromkeys(wanted), **info.config}
        differing = sorted(key for key, value in wanted.items() if (found[key] or 0) != (value or 0))
        if differing:
            raise connection.fault(
                f"the stream {name} has other settings: {', '.join(differing)}",
                "let pinsmith make it: delete it once nobody needs its runs, or use another account",
            )


async def follow(connection: Connection, vantage: str) -> None:
    """Make the consumer that hands out the tickets of a vantage point, if it is missing."""
    config = {
        "durable_name": vantage,
        "filter_subject": f"pinsmith.work.{vantage}.*.*",
        "ack_policy": "explicit",
        "ack_wait": TICKET_SECONDS * _SECOND,
        # Attempts are counted in the leases. A ticket that JetStream gave up would stay, and nobody would get it.
        "max_deliver": -1,
        "max_ack_pending": -1,
        "deliver_policy": "all",
        "replay_policy": "instant",
    }
    body = {"stream_name": WORK, "config": config}
    answer = await connection.api(f"CONSUMER.CREATE.{WORK}.{vantage}.pinsmith.work.{vantage}.*.*", body)
    made = msgspec.json.decode(answer, type=Answer)
    if made.error is not None:
        raise connection.refusal(made.error)


async def is_followed(connection: Connection, vantage: str) -> bool:
    """Return whether shards have been added for a vantage point, so that it has a consumer."""
    answer = msgspec.json.decode(await connection.api(f"CONSUMER.INFO.{WORK}.{vantage}"), type=Answer)
    if answer.error is None:
        return True
    if answer.error.err_code == NO_CONSUMER:
        return False
    raise connection.refusal(answer.error)


async def listed(connection: Connection, stream: str, kind: str, run: str) -> tuple[set[Place], datetime]:
    """
    List the shards of a run that have a message of a kind, and the time of the leader of the stream.

    Args:
        connection: Opened.

        stream: Its name.

        kind: Such as ``result``.

        run: The name of the run.
    """
    found: dict[str, int] = {}
    while True:
        asked = {"subjects_filter": f"pinsmith.{kind}.*.{run}.*", "offset": len(found)}
        info = await _info(connection, stream, asked)
        if info is None or info.ts is None:
            raise connection.fault(f"the stream {stream} is missing", "open the queue again")
        page = info.state.subjects if info.state is not None else {}
        found |= page
        if not page or len(found) >= info.total:
            return {_place(subject) for subject in found}, info.ts


async def remove(connection: Connection, run: str) -> None:
    """Remove everything of a run, first the shards, so that workers notice."""
    for stream, kind in ((KEPT, "shard"), (WORK, "*"), (LEASES, "*"), (KEPT, "*")):
        asked = {"filter": f"pinsmith.{kind}.*.{run}.>"}
        answer = msgspec.json.decode(await connection.api(f"STREAM.PURGE.{stream}", asked), type=Answer)
        if answer.error is not None:
            raise connection.refusal(answer.error)


async def time_of(connection: Connection) -> datetime:
    """Return the time of the leader of the leases."""
    info = await _info(connection, LEASES)
    if info is None or info.ts is None:
        raise connection.fault(f"the stream {LEASES} is missing", "open the queue again")
    return info.ts


def _place(subject: str) -> Place:
    _, _, vantage, run, number = subject.split(".")
    return Place(vantage, run, int(number) if number.isascii() and number.isdigit() else -1)


async def _info(connection: Connection, name: str, asked: dict[str, object] | None = None) -> _Info | None:
    info = msgspec.json.decode(await connection.api(f"STREAM.INFO.{name}", asked), type=_Info)
    if info.error is None:
        return info
    if info.error.err_code == NO_STREAM:
        return None
    raise connection.refusal(info.error)
