"""
Measure what a report costs: server CPU for each report, throughput and latency, with bounded memory.

Each variant is a server in a process of its own, with one event loop. A client in another process keeps 128 connections
busy with reports of 1 KiB, of 8 app versions and 64 chains. The variants run in a shuffled, interleaved order. CPU is
the user and system time of the server alone, so it also holds on a busy machine; throughput and latency do not. Run it
with ``python benchmarks/ingestion.py``; it takes two minutes.

In one variant, the process of the server also asks 20 hosts for their keys, by real handshakes with a server in a third
process. The next round begins a second after the last one. In another variant, each report has another chain. With
``--database postgresql://USER@HOST/NAME``, two more variants store in that database, which should be empty.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import itertools
import json
import multiprocessing
import os
import random
import resource
import selectors
import socket
import sqlite3
import ssl
import statistics
import tempfile
import time
from base64 import b64encode
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import uvicorn

from pinsmith.lab.pki.authority import Authority
from pinsmith.probe.trust import Trust
from pinsmith.server.app import Entrance
from pinsmith.server.intake import Intake
from pinsmith.server.loop import run as run_loop
from pinsmith.service.rounds import Rounds
from pinsmith.service.settings import Settings
from pinsmith.store import Store
from pinsmith.store.address import parse_database
from pinsmith.store.report_writer import ReportWriter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from multiprocessing.connection import Connection

    from starlette.types import ASGIApp, Receive, Scope, Send

CONNECTIONS = 128
BODIES = 64
HOSTS = 20
PIN = "sha256/" + b64encode(hashlib.sha256(b"a spare key").digest()).decode()


class Run(NamedTuple):
    """The measurements of one process."""

    reports: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    latencies: list[float]


class Variant(NamedTuple):
    """What is measured."""

    app: str = "pinsmith"
    is_watching: bool = False
    is_repeating: bool = True
    database: str = ""


VARIANTS = {
    "nothing is stored": Variant("nothing"),
    "each report is committed": Variant("alone"),
    "pinsmith": Variant(),
    "pinsmith, hosts are asked": Variant(is_watching=True),
    "pinsmith, no chain repeats": Variant(is_repeating=False),
}


def body(number: int) -> bytes:
    """Make a report of about 1 KiB."""
    report = {
        "pinsmith-event": 1,
        "host": "api.example.com",
        "port": 443,
        "enforced": True,
        "known-pins": [PIN],
        "served-chain": [f"{number:08}" + "M" * 736],
        "app-id": "com.example.app",
        "app-version": f"4.{number % 8}",
        "platform": "android",
        "platform-version": "14",
    }
    return json.dumps(report).encode()


async def nothing(_: Scope, receive: Receive, send: Send) -> None:
    """Read the body, and answer; the least that any server does."""
    await receive()
    await acknowledge(send)


async def acknowledge(send: Send) -> None:
    """Answer without a body."""
    await send({"type": "http.response.start", "status": 204, "headers": ()})
    await send({"type": "http.response.body", "body": b""})


def each_alone(folder: Path) -> ASGIApp:
    """Store every report in a transaction of its own."""
    database = sqlite3.connect(folder / "alone.db", isolation_level=None, check_same_thread=False)
    database.execute("PRAGMA journal_mode=WAL")
    database.execute("PRAGMA synchronous=FULL")
    database.execute("CREATE TABLE reports (body BLOB)")

    async def app(_: Scope, receive: Receive, send: Send) -> None:
        message = await receive()
        database.execute("INSERT INTO reports VALUES (?)", (message["body"],))
        await acknowledge(send)

    return app


def shake_hands(pipe: Connection) -> None:
    """Serve handshakes until killed; send the port, the root and the pin first."""
    root = Authority.root()
    leaf = root.intermediate("Bench Intermediate").issue(*names())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.load_into(context)
    listening = socket.create_server(("127.0.0.1", 0), backlog=128)
    pipe.send((listening.getsockname()[1], root.pem, leaf.pin))
    while True:
        raw, _ = listening.accept()
        with suppress(OSError), context.wrap_socket(raw, server_side=True) as tls:
            tls.recv(1)


def names() -> list[str]:
    """Name the hosts that are watched."""
    return [f"h{number}.example.com" for number in range(HOSTS)]


async def watch(store: Store, folder: Path, port: int, root: str, pin: str) -> None:
    """Ask all hosts again and again."""
    hosts = "".join(
        f'[[host]]\nname = "{name}"\nconnect = "127.0.0.1:{port}"\nkeys = ["live", "spare"]\n' for name in names()
    )
    keys = f"""[keys.live]
pin = "{pin}"
role = "leaf"
[keys.spare]
pin = "{PIN}"
role = "leaf"
standby = true
"""
    file = folder / "pins.toml"
    file.write_text(f"version = 1\n{keys}{hosts}")
    rounds = Rounds([file], Settings(version=1), folder, store, Trust(cadata=root))
    while True:
        done = await rounds.run(lambda: datetime.now(UTC), everything=True)
        states = [outcome.status.state for outcome in done.outcomes]
        if states != ["ok"] * HOSTS:
            raise SystemExit(f"the hosts were not asked: {states} {done.problems}")
        await asyncio.sleep(1)


def serve(pipe: Connection, variant: Variant, watched: tuple[int, str, str] | None) -> None:
    """Serve until killed; send the port first."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)

    async def run() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            database = parse_database(variant.database or str(folder / "x.db"))
            async with Store(database) as store, ReportWriter(database) as writer, asyncio.TaskGroup() as group:
                intake = Intake(writer, lambda: datetime.now(UTC), rate=1e9, burst=1e9)
                apps: dict[str, Callable[[], ASGIApp]] = {
                    "nothing": lambda: nothing,
                    "alone": lambda: each_alone(folder),
                    "pinsmith": lambda: Entrance(nothing, intake=intake),
                }
                config = uvicorn.Config(apps[variant.app](), log_config=None, access_log=False, lifespan="off")
                if watched is not None:
                    group.create_task(watch(store, folder, *watched))
                pipe.send(listening.getsockname()[1])
                await uvicorn.Server(config).serve(sockets=[listening])

    with suppress(KeyboardInterrupt):
        run_loop(run())


def requests(*, is_repeating: bool) -> Iterator[bytes]:
    """Yield requests for ever."""
    head = "POST /reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    made = [head.format(len(body(number))).encode() + body(number) for number in range(BODIES)]
    if is_repeating:
        while True:
            yield random.choice(made)  # noqa: S311 - load
    before, _, after = made[0].partition(b"00000000")
    for number in itertools.count(random.randrange(10**7)):  # noqa: S311 - load
        yield b"%b%08d%b" % (before, number, after)


def flood(port: int, seconds: float, load: Iterator[bytes]) -> tuple[int, list[float]]:
    """Keep all connections busy; return how many reports were acknowledged, and how long each took."""
    selector = selectors.DefaultSelector()
    began: dict[int, float] = {}
    latencies: list[float] = []
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for sock in sockets:
        selector.register(sock, selectors.EVENT_READ, sock)
        began[sock.fileno()] = time.perf_counter()
        sock.sendall(next(load))
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        for key, _ in selector.select(1):
            sock = key.data
            answer = sock.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204"):
                raise SystemExit(f"the server answered {answer[:200]!r}")
            latencies.append(time.perf_counter() - began[sock.fileno()])
            began[sock.fileno()] = now
            sock.sendall(next(load))
    for sock in sockets:
        sock.close()
    return len(latencies), latencies


def measure(variant: Variant, seconds: float) -> Run:
    """Start a server, flood it, and read what it used."""
    with ExitStack() as stack:
        watched = stack.enter_context(started(shake_hands))[1] if variant.is_watching else None
        pid, port = stack.enter_context(started(serve, variant, watched))
        load = requests(is_repeating=variant.is_repeating)
        flood(port, 0.3, load)  # warm
        before = _cpu(pid)
        start = time.perf_counter()
        reports, latencies = flood(port, seconds, load)
        wall = time.perf_counter() - start
        return Run(reports, wall, _cpu(pid) - before, _peak(pid), latencies)


@contextmanager
def started(main: Callable[..., None], *arguments: object) -> Iterator[tuple[int, Any]]:
    """Start a process; yield its number and what it sends first."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=main, args=(theirs, *arguments))
    process.start()
    try:
        yield process.pid or 0, ours.recv()
    finally:
        process.kill()
        process.join()


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Measure all variants, and print medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each run (default: 3)")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each variant (default: 5)")
    parser.add_argument("--only", default="", metavar="TEXT", help="measure the variants whose names contain TEXT")
    parser.add_argument("--database", default="", metavar="ADDRESS", help="also measure this database of PostgreSQL")
    options = parser.parse_args()
    if options.database:
        for name in ("pinsmith", "pinsmith, no chain repeats"):
            VARIANTS[f"{name}, PostgreSQL"] = VARIANTS[name]._replace(database=options.database)
    order = [name for name in VARIANTS if options.only in name] * options.rounds
    random.shuffle(order)
    runs: dict[str, list[Run]] = {}
    for name in order:
        runs.setdefault(name, []).append(measure(VARIANTS[name], options.seconds))
    print(f"{CONNECTIONS} connections, reports of {len(body(0))} bytes, medians of {options.rounds} runs")
    for name in (name for name in VARIANTS if name in runs):
        cost = statistics.median(run.cpu_seconds / run.reports for run in runs[name])
        rate = statistics.median(run.reports / run.wall_seconds for run in runs[name])
        late = statistics.median(statistics.quantiles(run.latencies, n=100)[98] for run in runs[name])
        peak = max(run.peak_megabytes for run in runs[name])
        print(
            f"{name:38} {cost * 1e6:6.1f} us CPU/report, so {1 / cost:8,.0f} a second on one core; here "
            f"{rate:8,.0f} a second, p99 {late * 1e3:6.1f} ms, peak {peak:4.0f} MB"
        )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    main()
