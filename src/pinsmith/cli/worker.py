"""
Ask the hosts that `pinsmith scan` has put into a queue.

A worker claims shards of up to 1,000 hosts for its vantage point, asks their hosts, and writes the results back. Start
as many as you like, on any machine that reaches the queue: a file for one machine, PostgreSQL or NATS for several. If a
worker dies, another one gets its shard after two minutes.

--per-network limits how many hosts of one registered domain, or of one /24 or /48 of addresses, this worker asks at
once. Ctrl-C, or SIGTERM, ends it and gives its shard back. While the queue cannot be reached, it tries again.

The exit code is 0 if it was stopped or, with --until-empty, if no shard was left, and 1 if the queue cannot be opened.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

import click

from pinsmith.cli import _options, _output
from pinsmith.cli._command import Command, argument, number
from pinsmith.cli._interrupt import noted
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.dispatch.asking import Manner
    from pinsmith.dispatch.database import DatabaseQueue
    from pinsmith.dispatch.nats import NatsQueue

EXAMPLES: Final = (
    ("Work on this machine until no shard is left:", "pinsmith worker --vantage here --until-empty scan.db"),
    ("Work for a queue on PostgreSQL:", "pinsmith worker --vantage fra1 postgresql://pinsmith@db.example.com/scans"),
    (
        "Work for a queue on NATS:",
        "pinsmith worker --vantage fra1 'tls://fra1@n1.example.com?passfile=/etc/pinsmith/nats&inbox=_INBOX_fra1'",
    ),
)


@click.command("worker", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "address", metavar="ADDRESS", help="The queue: a file, postgresql://USER@HOST/NAME, or tls://USER@HOST for NATS."
)
@click.option(
    "--vantage", metavar="NAME", required=True, help="The vantage point: where in the network this machine is."
)
@_options.proxy_option
@_options.cafile_option
@_options.timeout_option()
@click.option(
    "--concurrency", type=number(int, 1), default=100, metavar="NUMBER", help="Ask up to this many hosts at once."
)
@click.option(
    "--per-network", type=number(int, 1), default=20, metavar="NUMBER", help="Ask up to this many of one network."
)
@_options.engine_option
@click.option("--until-empty", is_flag=True, help="End when no shard can be claimed.")
def worker(
    *,
    address: str,
    vantage: str,
    proxy: str | None,
    cafile: Path | None,
    timeout: float,
    concurrency: int,
    per_network: int,
    engine: _options.Engine,
    until_empty: bool,
) -> int:
    """Work until a signal, and return the exit code."""
    try:
        from pinsmith.dispatch.address import queue_at
        from pinsmith.dispatch.asking import Manner
        from pinsmith.dispatch.shard import require_name
    except ImportError as error:
        raise UsageError(f"the queue needs {error.name}", hint="pip install 'pinsmith[server]'") from error
    from pinsmith.probe import fetch_many
    from pinsmith.probe.proxy import NONE, parse_proxy

    require_name(vantage, "vantage point")
    if proxy not in {None, "", NONE}:
        parse_proxy(str(proxy))
    manner = Manner(
        trust=_options.trust_of(cafile),
        timeout_seconds=timeout,
        concurrency=concurrency,
        per_network=per_network,
        proxy=proxy,
        engine=engine,
    )
    fetch_many((), trust=manner.trust, engine=engine)  # raises if the engine is not installed
    queue = queue_at(address)
    with noted() as is_stopped:
        asyncio.run(_work(queue, vantage, manner, is_stopped, until_empty=until_empty))
    return ExitCode.OK


async def _work(
    queue: DatabaseQueue | NatsQueue, vantage: str, manner: Manner, is_stopped: Callable[[], bool], *, until_empty: bool
) -> None:
    from pinsmith.dispatch.asking import ask
    from pinsmith.dispatch.worker import Worker

    async with queue:
        _tell(f"waiting for shards of {vantage} in {queue}; press Ctrl-C to end")
        made = Worker(queue, vantage, lambda shard, ends: ask(shard, manner, ends), is_stopped=is_stopped, tell=_tell)
        await made.run(until_empty=until_empty)


def _tell(line: str) -> None:
    _output.note(line)
    _output.flush()
