"""Put a list of hosts into a queue, and collect what the workers found out."""

from __future__ import annotations

import asyncio
from itertools import count, islice
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.dispatch.shard import MAX_NAME_CHARACTERS, Shard
from pinsmith.documents.document import error_out
from pinsmith.documents.fetch import HostLine
from pinsmith.errors import HostError
from pinsmith.errors.dispatch import DeadShardError, DispatchError
from pinsmith.errors.service import StoreError
from pinsmith.probe import parse_target

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from pinsmith.dispatch.queue import DeadShard, Queue
    from pinsmith.dispatch.shard import Result

HOSTS_OF_A_SHARD: Final = 1_000
POLL_SECONDS: Final = 1.0


def shards_of(
    names: Iterable[str], run: str, vantage: str, refuse: Callable[[str, HostError], None], *, size: int
) -> Iterator[Shard]:
    """
    Divide a list of hosts, as a stream. The same list gives the same shards.

    Args:
        names: As users write them.

        run: The name of the run.

        vantage: The name of the vantage point.

        refuse: Called with each name that is not a host; it is in no shard.

        size: Of a shard, in hosts.
    """
    hosts = _hosts(names, refuse)
    for number in count():
        part = tuple(islice(hosts, size))
        if not part:
            return
        yield Shard(run=run, number=number, vantage=vantage, hosts=part)


def _hosts(names: Iterable[str], refuse: Callable[[str, HostError], None]) -> Iterator[str]:
    for name in names:
        try:
            parse_target(name)
        except HostError as error:
            refuse(name, error)
            continue
        if len(name) > MAX_NAME_CHARACTERS or not name.isprintable():  # such as a URL with a long path
            refuse(name, HostError(f"{name[:40]!r}... cannot be put into a queue: write the host and the port alone"))
            continue
        yield name


async def collect(
    queue: Queue,
    run: str,
    total: int,
    add: Callable[[HostLine], None],
    *,
    tell: Callable[[str], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """
    Wait for the results of a run, and pass on each host once. While the queue cannot be reached, try again.

    Args:
        queue: Opened.

        run: The name of the run.

        total: The number of its shards.

        add: Called with each host, those of dead shards as failures.

        tell: Called with lines for the log.

        sleep: Waits for some seconds.

    Raises:
        DispatchError: If shards have vanished from the queue, or a worker has written an answer that cannot be read.
    """
    known: set[int] = set()
    while len(known) < total:
        before = len(known)
        try:
            is_over = await _pass_on(queue, run, known, add)
        except StoreError as error:
            tell(f"{error}; trying again")
            is_over = False
        if is_over and len(known) == before:
            raise DispatchError(f"{total - before} shards of run {run} are not in the queue any more")
        if len(known) < total:
            await sleep(POLL_SECONDS)


async def _pass_on(queue: Queue, run: str, known: set[int], add: Callable[[HostLine], None]) -> bool:
    """Pass on the shards that are not *known* yet; return whether all were done or dead before."""
    is_over = (await queue.progress(run)).is_over
    async for result in queue.results(run, known=known):
        _add(_lines(result), add)
        known.add(result.number)
    if is_over:
        async for shard in queue.dead(run):
            if shard.number not in known:
                _add(_failures(shard, run), add)
                known.add(shard.number)
    return is_over


def _add(lines: Iterable[HostLine], add: Callable[[HostLine], None]) -> None:
    for line in lines:
        add(line)


def _lines(result: Result) -> list[HostLine]:
    # Before the first one is passed on, so that a damaged result is not shown in part.
    try:
        return [msgspec.json.decode(answer, type=HostLine) for answer in result.answers]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        hint = "find out which worker has written it, and scan again in another run"
        problem = f"an answer in shard {result.number} of run {result.run} cannot be read: {error}"
        raise DispatchError(problem, hint=hint) from error


def _failures(shard: DeadShard, run: str) -> Iterator[HostLine]:
    if not shard.hosts:
        raise DispatchError(f"shard {shard.number} of run {run} cannot be read: {shard.reason}")
    for name in shard.hosts:
        target = parse_target(name)
        yield HostLine(
            host=target.host,
            port=target.port,
            address=None,
            tls_version=None,
            engine=None,
            trusted=False,
            trust_error=None,
            chain=[],
            error=error_out(DeadShardError(str(target), shard.reason)),
        )
