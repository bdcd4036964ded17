"""Put a list of hosts into a queue, and collect what the workers found out."""

from __future__ import annotations

import asyncio
from hashlib import sha256
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
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence

    from pinsmith.dispatch.queue import DeadShard, Queue
    from pinsmith.dispatch.shard import Result

HOSTS_OF_A_SHARD: Final = 1_000
POLL_SECONDS: Final = 1.0
_HINT: Final = "find out which worker has written it, and scan again in another run"


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


def digest_of(hosts: Iterable[str]) -> bytes:
    """
    Return a digest of hosts and ports, so that the hosts themselves need not be kept.

    Args:
        hosts: As users write them, in order.

    Raises:
        HostError: If one of them is not a host.
    """
    targets = map(parse_target, hosts)
    return _digest((target.host, target.port) for target in targets)


def _digest(places: Iterable[tuple[str, int | None]]) -> bytes:
    return sha256(msgspec.json.encode(list(places))).digest()


async def collect(
    queue: Queue,
    run: str,
    digests: Sequence[bytes],
    add: Callable[[HostLine], None],
    *,
    tell: Callable[[str], None],
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """
    Wait for the results of a run, and pass on each host once. While the queue cannot be reached, try again.

    Workers can write any answer. An answer about another host than that of its position is not passed on; that an
    answer about the right host is correct is not checked.

    Args:
        queue: Opened.

        run: The name of the run.

        digests: Of the hosts of each shard, in the order of their numbers; see `digest_of`.

        add: Called with each host, those of dead shards as failures.

        tell: Called with lines for the log.

        sleep: Waits for some seconds.

    Raises:
        DispatchError: If the run has other shards than these, or an answer cannot be read or is about another host.
    """
    known: set[int] = set()
    total = len(digests)
    while len(known) < total:
        before = len(known)
        try:
            is_over = await _pass_on(queue, run, digests, known, add)
        except StoreError as error:
            tell(f"{error}; trying again")
            is_over = False
        if is_over and len(known) == before:
            raise DispatchError(f"{total - before} shards of run {run} are not in the queue any more")
        if len(known) < total:
            await sleep(POLL_SECONDS)


async def _pass_on(
    queue: Queue, run: str, digests: Sequence[bytes], known: set[int], add: Callable[[HostLine], None]
) -> bool:
    """Pass on the shards that are not *known* yet; return whether all were done or dead before."""
    progress = await queue.progress(run)
    if progress.total > len(digests):
        problem = f"run {run} has {progress.total} shards, and this list has {len(digests)}"
        raise DispatchError(problem, hint="name another run, or continue this one with the same hosts")
    async for result in queue.results(run, known=known):
        _add(_whole(_lines(result), run, result.number, digests), add)
        known.add(result.number)
    if progress.is_over:
        async for shard in queue.dead(run):
            if shard.number not in known:
                _add(_whole(_failures(shard, run), run, shard.number, digests), add)
                known.add(shard.number)
    return progress.is_over


def _add(lines: Iterable[HostLine], add: Callable[[HostLine], None]) -> None:
    for line in lines:
        add(line)


def _whole(lines: list[HostLine], run: str, number: int, digests: Sequence[bytes]) -> list[HostLine]:
    if not 0 <= number < len(digests) or _digest((line.host, line.port) for line in lines) != digests[number]:
        raise DispatchError(f"shard {number} of run {run} answers for other hosts than those of this list", hint=_HINT)
    return lines


def _lines(result: Result) -> list[HostLine]:
    # Before the first one is passed on, so that a damaged result is not shown in part.
    try:
        return [msgspec.json.decode(answer, type=HostLine) for answer in result.answers]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        problem = f"an answer in shard {result.number} of run {result.run} cannot be read: {error}"
        raise DispatchError(problem, hint=_HINT) from error


def _failures(shard: DeadShard, run: str) -> list[HostLine]:
    try:
        targets = [parse_target(name) for name in shard.hosts]
    except HostError:
        targets = []
    if not targets:
        raise DispatchError(f"shard {shard.number} of run {run} cannot be read: {shard.reason}")
    return [
        HostLine(
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
        for target in targets
    ]
