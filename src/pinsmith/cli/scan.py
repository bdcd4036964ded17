"""
Look at a long list of hosts with the help of workers, and print what they present.

`scan` puts the hosts of a list into a queue, where each `pinsmith worker` of the vantage point takes a part of them. It
prints the same lines as `pinsmith fetch --format ndjson` as soon as a part is finished, and ends when all are.

If it is interrupted, run it again with the same name and list: it waits for the rest, and prints all hosts from the
beginning. A part that fails five times is given up, and each of its hosts is printed with an error.

The queue keeps a run until `--forget` removes it. It may still be running: workers then give up its parts.

The exit code is 0 if every host could be read, trusted or not, and 1 if a host could not be read.
"""

from __future__ import annotations

import asyncio
import sys
from contextlib import closing
from typing import TYPE_CHECKING, Final

import click
import msgspec

from pinsmith.cli import _output
from pinsmith.cli._command import PATH, Command, argument
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.dispatch.database import DatabaseQueue
    from pinsmith.dispatch.nats import NatsQueue
    from pinsmith.documents.fetch import HostLine, HostOut
    from pinsmith.errors import HostError

EXAMPLES: Final = (
    (
        "Scan a list with the workers of this machine:",
        "pinsmith scan --from hosts.txt --run first --vantage here scan.db",
    ),
    (
        "Scan it from another network, over PostgreSQL:",
        "pinsmith scan --from hosts.txt --run may-1 --vantage fra1 postgresql://pinsmith@db.example.com/scans",
    ),
    ("Remove a run that is not needed any more:", "pinsmith scan --forget --run first scan.db"),
)


@click.command("scan", Command, help=__doc__, examples=EXAMPLES)
@argument(
    "address", metavar="ADDRESS", help="The queue: a file, postgresql://USER@HOST/NAME, or tls://USER@HOST for NATS."
)
@click.option(
    "--from",
    "from_file",
    type=PATH,
    metavar="FILE",
    help='The hosts, one on each line; # begins a comment; "-" is standard input.',
)
@click.option("--run", metavar="NAME", required=True, help="The name of the run; the same name continues it.")
@click.option("--vantage", metavar="NAME", help="The vantage point whose workers ask the hosts.")
@click.option("--no-pem", is_flag=True, help="Leave the certificates themselves out.")
@click.option("--forget", is_flag=True, help="Remove the run and its results from the queue, and end.")
def scan(*, address: str, from_file: Path | None, run: str, vantage: str | None, no_pem: bool, forget: bool) -> int:
    """Enqueue, wait, print; or remove a run."""
    try:
        from pinsmith.dispatch.address import queue_at
        from pinsmith.dispatch.shard import require_name
    except ImportError as error:
        raise UsageError(f"the queue needs {error.name}", hint="pip install 'pinsmith[server]'") from error

    require_name(run, "run")
    if forget:
        if from_file is not None or vantage is not None:
            raise UsageError("--forget removes a run, and scans nothing", hint="leave out --from and --vantage")
        asyncio.run(_forget(queue_at(address), run))
        return ExitCode.OK
    if from_file is None or vantage is None:
        raise UsageError("a scan needs --from and --vantage", hint="name the list and the vantage point of the workers")
    require_name(vantage, "vantage point")
    failures = asyncio.run(_scan(queue_at(address), from_file, run, vantage, pem=not no_pem))
    return ExitCode.BROKE if failures else ExitCode.OK


async def _scan(queue: DatabaseQueue | NatsQueue, path: Path, run: str, vantage: str, *, pem: bool) -> int:
    """Return how many hosts could not be read."""
    from pinsmith.dispatch.scan import HOSTS_OF_A_SHARD, collect, digest_of, shards_of
    from pinsmith.probe.name_list import open_names, parse_names

    async with queue:
        names, total = (parse_names(sys.stdin.buffer), None) if str(path) == "-" else open_names(path)
        with closing(names), _output.progress(total, "scanning") as tick:
            printer = _Printer(tick, pem=pem)
            digests: list[bytes] = []
            for shard in shards_of(names, run, vantage, printer.refuse, size=HOSTS_OF_A_SHARD):
                await queue.enqueue([shard])
                digests.append(digest_of(shard.hosts))
            _output.note(f"run {run} has {len(digests)} shards for {vantage} in {queue}")
            await collect(queue, run, digests, printer.add, tell=_output.warning)
    return printer.failures


async def _forget(queue: DatabaseQueue | NatsQueue, run: str) -> None:
    from pinsmith.errors.dispatch import DispatchError

    async with queue:
        count = await queue.forget(run)
        if not count:
            raise DispatchError(f"run {run} is not in {queue}", hint="write its name as `pinsmith scan` got it")
        _output.note(f"run {run} with {count} shards was removed from {queue}")


class _Printer:
    """Prints hosts one by one, and counts those that could not be read."""

    def __init__(self, tick: Callable[[], None], *, pem: bool) -> None:
        self.failures = 0
        self._tick, self._pem = tick, pem

    def add(self, line: HostLine) -> None:
        """Print what is known of a host."""
        if not self._pem:
            chain = [msgspec.structs.replace(certificate, pem=msgspec.UNSET) for certificate in line.chain]
            line = msgspec.structs.replace(line, chain=chain)
        if line.trust_error is not None:
            _output.warning(f"{line.host}:{line.port} is not trusted: {line.trust_error}")
        self._print(line)

    def refuse(self, text: str, error: HostError) -> None:
        """Print a text that is not a host."""
        from pinsmith.documents.fetch import HostLine, refused_out

        self._print(refused_out(text, error, HostLine))

    def _print(self, line: HostOut) -> None:
        from pinsmith.documents.document import encode_line

        if line.error is not msgspec.UNSET:
            self.failures += 1
            _output.error(line.error.code, line.error.message, hint=line.error.hint)
        _output.document(encode_line(line))
        self._tick()
