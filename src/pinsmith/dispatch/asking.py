"""Ask the hosts of a shard, within a budget for each network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from pinsmith.dispatch.shard import MAX_RESULT_BYTES, Result
from pinsmith.documents.document import encode_line, error_out
from pinsmith.documents.fetch import HostLine, host_out, refused_out
from pinsmith.errors import FetchError, HostError
from pinsmith.monitor.schedule import Pace, choose, network_of
from pinsmith.probe import fetch_many, parse_target
from pinsmith.probe.proxy import through

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.dispatch.shard import Shard
    from pinsmith.documents.fetch import HostOut
    from pinsmith.probe import Target, Trust
    from pinsmith.probe.result import Engine

_MAX_ANSWERS_BYTES: Final = MAX_RESULT_BYTES - 64 * 1024  # the rest is for the names and the commas between them


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """
    How hosts are asked.

    Attributes:
        trust: Which chains are trusted.
        timeout_seconds: For each host.
        concurrency: How many hosts are asked at once.
        per_network: How many hosts of one registered domain, or of one network of addresses, are asked at once.
        proxy: See `pinsmith.probe.proxy.through`.
        engine: The library that makes the handshakes.
    """

    trust: Trust
    timeout_seconds: float = 10.0
    concurrency: int = 100
    per_network: int = 20
    proxy: str | None = None
    engine: Engine = "openssl"


def ask(
    shard: Shard, manner: Manner, is_stopped: Callable[[], bool], *, max_bytes: int = _MAX_ANSWERS_BYTES
) -> Result | None:
    """
    Ask each host of a shard once, also if it is listed twice.

    Args:
        shard: The hosts.

        manner: How they are asked.

        is_stopped: Called after each host; once it returns True, no further host is asked.

        max_bytes: Of all answers. If they have more, the largest ones are replaced by failures, so that a server that
            sends a large chain does not cost the other hosts their answers.

    Returns:
        A `HostLine` for each host, in the order of the shard; None if it was stopped.
    """
    answers: list[HostOut | None] = [None] * len(shard.hosts)
    positions: dict[Target, list[int]] = {}
    for position, name in enumerate(shard.hosts):
        try:
            target = parse_target(name)
        except HostError as error:
            answers[position] = refused_out(name, error, HostLine)
            continue
        try:
            positions.setdefault(through(target, manner.proxy), []).append(position)
        except HostError as error:  # the proxy of the environment; the answer still names the host
            refused = refused_out(target.host, error, HostLine)
            answers[position] = msgspec.structs.replace(refused, port=target.port)
    due = {target: network_of(target.host) for target in positions}
    pace = Pace(per_network=manner.per_network, at_once=len(due))
    while due:
        asked = choose(due.items(), pace)
        for target in asked:
            del due[target]
        outcomes = fetch_many(
            asked,
            trust=manner.trust,
            timeout_seconds=manner.timeout_seconds,
            concurrency=manner.concurrency,
            engine=manner.engine,
        )
        for outcome in outcomes:
            if is_stopped():
                return None
            for position in positions[outcome.target]:
                answers[position] = host_out(outcome, HostLine)
    found = [answer for answer in answers if answer is not None]
    encoded = _bounded(found, max_bytes)
    return Result(run=shard.run, number=shard.number, vantage=shard.vantage, answers=encoded)


def _too_large(line: HostOut) -> HostOut:
    size = MAX_RESULT_BYTES // 2**20
    error = FetchError(
        f"was read, but the answers of its shard have more than {size} MiB", hint="ask it alone, with `pinsmith fetch`"
    )
    return HostLine(
        host=line.host,
        port=line.port,
        address=line.address,
        tls_version=line.tls_version,
        engine=line.engine,
        trusted=False,
        trust_error=None,
        chain=[],
        error=error_out(error.at(line.host, line.port or 0, line.address)),
    )


def _bounded(found: list[HostOut], max_bytes: int) -> tuple[msgspec.Raw, ...]:
    encoded = [encode_line(line) for line in found]
    size = sum(map(len, encoded))
    for position in sorted(range(len(encoded)), key=lambda position: -len(encoded[position])):
        if size <= max_bytes:
            break
        size -= len(encoded[position])
        encoded[position] = encode_line(_too_large(found[position]))
        size += len(encoded[position])
    return tuple(map(msgspec.Raw, encoded))
