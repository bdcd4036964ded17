"""
Measure what a report costs on its way by Kafka into ClickHouse, with one to four collectors.

Collectors are services with one event loop, in processes of their own, each with a client that keeps 128 connections
busy with reports of 5.7 kB: of 64 chains, 8 versions and 16,384 networks. Then a consumer reads the topic until it is
empty, and every report must be counted. CPU is user and system time of the processes, so it also holds on a busy
machine; throughput does not, because clients, collectors and broker share it. The brokers are one broker of Kafka 4.1,
and chDB takes the place of ClickHouse's server. Run it with ``python benchmarks/stream.py``; it takes two minutes, and
needs the packages of the group `engines`, Java and Maven.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import json
import multiprocessing
import random
import resource
import shutil
import socket
import sqlite3
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))

from benchmarks.ingestion import PIN, _cpu, flood, nothing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from starlette.types import Receive, Scope, Send

    from pinsmith.stream.address import ClickHouseAddress, KafkaAddress
    from tests.engines.clickhouse import ClickHouse
    from tests.engines.kafka import Kafka

COLLECTORS = (1, 2, 4)
GROUPS = 64
NETWORKS = 16_384
CERTIFICATE = 1_780  # characters of one, so that a report has 5.7 kB
_STORED = "SELECT sum(bytes_on_disk) FROM system.parts WHERE active AND database = currentDatabase()"


class Costs(NamedTuple):
    """The measurements of one run; seconds are of CPU unless they are called wall."""

    reports: int
    wall_seconds: float
    collectors: float
    broker: float
    consumer: float
    warehouse: float
    messages: int
    topic_bytes: int
    rows: int
    stored_bytes: int


def body(number: int) -> bytes:
    """Make a report with a chain of three certificates."""
    chain = [f"{number % GROUPS:08}" + "M" * CERTIFICATE, *("M" * CERTIFICATE for _ in range(2))]
    report = {
        "pinsmith-event": 1,
        "host": "api.example.com",
        "port": 443,
        "enforced": True,
        "known-pins": [PIN],
        "served-chain": chain,
        "app-id": "com.example.app",
        "app-version": f"4.{number // GROUPS % 8}",
        "platform": "android",
        "platform-version": "14",
    }
    return json.dumps(report).encode()


def requests() -> Iterator[bytes]:
    """Yield requests for ever."""
    head = "POST /reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    made = [head.format(len(body(number))).encode() + body(number) for number in range(8 * GROUPS)]
    while True:
        yield random.choice(made)  # noqa: S311 - load


def load(port: int, seconds: float) -> None:
    """Flood a collector."""
    flood(port, seconds, requests())


def taken(path: Path) -> int:
    """Count the reports that a collector has acknowledged, also to clients that had left."""
    with closing(sqlite3.connect(path)) as database:
        (reports,) = database.execute("SELECT sum(reports) FROM report_groups").fetchone()
    return int(reports)


def collect(pipe: Connection, folder: Path, name: str, kafka: KafkaAddress) -> None:
    """Serve until the parent sends something, and send what waits then; send the port first."""
    import uvicorn

    from pinsmith.server.app import Entrance
    from pinsmith.server.intake import Intake
    from pinsmith.server.loop import run as run_loop
    from pinsmith.store import Store
    from pinsmith.store.report_outbox import ReportOutbox
    from pinsmith.store.report_writer import ReportWriter
    from pinsmith.stream.feed import Feed

    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
    numbers = itertools.count()

    async def run() -> None:
        path, stop = folder / f"{name}.db", asyncio.Event()
        async with Store(path):
            with ReportOutbox(path) as outbox:
                async with ReportWriter(path, sends_on=True) as writer, asyncio.TaskGroup() as group:
                    group.create_task(Feed(outbox, kafka, name).run(stop))
                    intake = Intake(writer, lambda: datetime.now(UTC), rate=1e9, burst=1e9)
                    entrance = Entrance(nothing, intake=intake)

                    async def from_everywhere(scope: Scope, receive: Receive, send: Send) -> None:
                        number = next(numbers) * 7_919 % NETWORKS
                        scope["client"] = (f"10.{number >> 8}.{number & 255}.1", 0)
                        await entrance(scope, receive, send)

                    config = uvicorn.Config(from_everywhere, log_config=None, access_log=False, lifespan="off")
                    server = uvicorn.Server(config)
                    task = group.create_task(server.serve(sockets=[listening]))
                    pipe.send(listening.getsockname()[1])
                    await asyncio.to_thread(pipe.recv)
                    server.should_exit = True
                    await task
                    stop.set()
        pipe.send(_cpu(multiprocessing.current_process().pid or 0))
        await asyncio.to_thread(pipe.recv)

    with suppress(KeyboardInterrupt):
        run_loop(run())


def consume(pipe: Connection, kafka: KafkaAddress, clickhouse: ClickHouseAddress, messages: int) -> None:
    """Write so many messages, and send the CPU that it took."""
    from pinsmith.stream.consumer import Consumer
    from pinsmith.stream.warehouse import Warehouse

    async def run() -> None:
        stop, left = asyncio.Event(), messages

        def wrote(batches: int) -> None:
            nonlocal left
            left -= batches
            if left <= 0:
                stop.set()

        with Warehouse(clickhouse) as warehouse:
            begin = time.process_time()
            await Consumer(kafka, warehouse, wrote=wrote).run(stop)
            pipe.send(time.process_time() - begin)

    asyncio.run(run())
    pipe.recv()


@contextmanager
def started(main: Callable[..., None], *arguments: object) -> Iterator[tuple[Any, Connection]]:
    """Start a process; yield what it sends first, and the pipe to it."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=main, args=(theirs, *arguments))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        process.kill()
        process.join()


def measure(collectors: int, seconds: float, kafka: Kafka, tables: ClickHouse) -> Costs:
    """Flood collectors, then consume."""
    from tests.engines.kafka import new_topic

    topic = new_topic(kafka)
    address = kafka.address(topic)
    broker = kafka.program.pid
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        before = _cpu(broker)
        running = [stack.enter_context(started(collect, folder, f"c{number}", address)) for number in range(collectors)]
        begin = time.perf_counter()
        with ProcessPoolExecutor(collectors, multiprocessing.get_context("fork")) as pool:
            list(pool.map(load, [port for port, _ in running], [seconds] * collectors))
        wall = time.perf_counter() - begin
        for _, pipe in running:
            pipe.send("end")
        cpu = sum(pipe.recv() for _, pipe in running)
        brokers = _cpu(broker) - before
        reports = sum(taken(path) for path in folder.glob("*.db"))
    messages = kafka.read(topic)
    warehouse = _cpu(tables.program.pid)
    with started(consume, address, tables.address, len(messages)) as (consumer, _):
        written = _cpu(tables.program.pid) - warehouse
    if tables.total() != reports:
        raise SystemExit(f"{reports} reports were acknowledged, and {tables.total()} are counted")
    (rows,), (stored,) = tables.ask("SELECT count() FROM report_counts FINAL"), tables.ask(_STORED)
    size = kafka.size(topic)
    return Costs(reports, wall, cpu, brokers, consumer, written, len(messages), size, int(rows), int(stored))


def main() -> int:
    """Measure, and print what one report costs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0, help="of each flood (default: 20)")
    options = parser.parse_args()
    missing = [name for name in ("aiokafka", "chdb", "clickhouse_connect") if find_spec(name) is None]
    missing += [name for name in ("java", "mvn") if shutil.which(name) is None]
    if missing:
        print(f"not measured, because these are not installed: {', '.join(missing)}")
        return 0
    from tests.engines.clickhouse import new_tables, run_clickhouse
    from tests.engines.kafka import run_kafka
    from tests.tls.pki import PKI

    with ExitStack() as stack:
        pki = PKI.generate()
        cafile = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "roots.pem"
        cafile.write_text(pki.trust, "ascii")
        kafka = stack.enter_context(run_kafka(pki.leaf, cafile))
        clickhouse = stack.enter_context(run_clickhouse(pki.leaf, cafile))
        print(f"reports of {len(body(0))} bytes; CPU and bytes are those of one report")
        for collectors in COLLECTORS:
            with new_tables(clickhouse) as tables:
                costs = measure(collectors, options.seconds, kafka, tables)
            print(
                f"{collectors} collectors: {costs.reports / costs.wall_seconds:7,.0f} reports a second here; CPU: "
                f"collector {costs.collectors / costs.reports * 1e6:5.0f} us, "
                f"broker {costs.broker / costs.reports * 1e6:5.1f} us, "
                f"consumer {costs.consumer / costs.reports * 1e6:5.1f} us, "
                f"warehouse {costs.warehouse / costs.reports * 1e6:5.1f} us; "
                f"{costs.topic_bytes / costs.reports:5.1f} bytes in the topic ({costs.messages:,} messages), "
                f"{costs.stored_bytes / costs.reports:5.1f} stored ({costs.rows:,} rows of counts)",
                flush=True,
            )
    return 0


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    sys.exit(main())
