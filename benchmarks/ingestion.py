"""
Measure what a report costs: server CPU for each report, throughput and latency, with bounded memory.

Each variant is a server in a process of its own, with one event loop. A client in another process keeps 128 connections
busy with reports of 1 KiB, of 64 app versions and chains. The variants run in a shuffled, interleaved order. CPU is the
user and system time of the server alone, so it also holds on a busy machine; throughput and latency do not. Run it with
``python benchmarks/ingestion.py``; it takes about a minute.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import selectors
import socket
import sqlite3
import statistics
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import uvicorn

from pinsmith.server.app import Entrance
from pinsmith.server.intake import Intake
from pinsmith.server.loop import run as run_loop
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from starlette.types import ASGIApp, Receive, Scope, Send

CONNECTIONS = 128
BODIES = 64
PIN = "sha256/" + "A" * 42 + "w="


class Run(NamedTuple):
    """The measurements of one process."""

    reports: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    latencies: list[float]


def bodies() -> list[bytes]:
    """Make reports of about 1 KiB."""
    return [
        json.dumps(
            {
                "pinsmith-event": 1,
                "host": "api.example.com",
                "port": 443,
                "enforced": True,
                "known-pins": [PIN],
                "served-chain": [f"{number:04}" + "M" * 740],
                "app-id": "com.example.app",
                "app-version": f"4.{number % 8}",
                "platform": "android",
                "platform-version": "14",
            }
        ).encode()
        for number in range(BODIES)
    ]


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


def serve(pipe: Connection, variant: str) -> None:
    """Serve until killed; send the port first."""
    listening = socket.create_server(("127.0.0.1", 0), backlog=1024)

    async def run() -> None:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            path = folder / "x.db"
            async with Store(path), ReportWriter(path) as writer:
                intake = Intake(writer, lambda: datetime.now(UTC), rate=1e9, burst=1e9)
                apps: dict[str, Callable[[], ASGIApp]] = {
                    "nothing is stored": lambda: nothing,
                    "each report is committed": lambda: each_alone(folder),
                    "pinsmith": lambda: Entrance(nothing, intake=intake),
                }
                config = uvicorn.Config(apps[variant](), log_config=None, access_log=False, lifespan="off")
                pipe.send(listening.getsockname()[1])
                await uvicorn.Server(config).serve(sockets=[listening])

    with suppress(KeyboardInterrupt):
        run_loop(run())


def flood(port: int, seconds: float) -> tuple[int, list[float]]:
    """Keep all connections busy; return how many reports were acknowledged, and how long each took."""
    head = "POST /reports HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n"
    requests = [head.format(len(body)).encode() + body for body in bodies()]
    selector = selectors.DefaultSelector()
    began: dict[int, float] = {}
    latencies: list[float] = []
    sockets = [socket.create_connection(("127.0.0.1", port)) for _ in range(CONNECTIONS)]
    for sock in sockets:
        selector.register(sock, selectors.EVENT_READ, sock)
        began[sock.fileno()] = time.perf_counter()
        sock.sendall(random.choice(requests))  # noqa: S311 - load
    end = time.perf_counter() + seconds
    while (now := time.perf_counter()) < end:
        for key, _ in selector.select(1):
            sock = key.data
            answer = sock.recv(4096)
            if not answer.startswith(b"HTTP/1.1 204"):
                raise SystemExit(f"the server answered {answer[:200]!r}")
            latencies.append(time.perf_counter() - began[sock.fileno()])
            began[sock.fileno()] = now
            sock.sendall(random.choice(requests))  # noqa: S311 - load
    for sock in sockets:
        sock.close()
    return len(latencies), latencies


def measure(variant: str, seconds: float) -> Run:
    """Start a server, flood it, and read what it used."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("fork").Process(target=serve, args=(theirs, variant))
    process.start()
    port = ours.recv()
    flood(port, 0.3)  # warm
    before = _cpu(process.pid or 0)
    start = time.perf_counter()
    reports, latencies = flood(port, seconds)
    wall = time.perf_counter() - start
    cpu = _cpu(process.pid or 0) - before
    peak = _peak(process.pid or 0)
    process.kill()
    process.join()
    return Run(reports, wall, cpu, peak, latencies)


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
    options = parser.parse_args()
    variants = ["nothing is stored", "each report is committed", "pinsmith"]
    order = variants * options.rounds
    random.shuffle(order)
    runs: dict[str, list[Run]] = {variant: [] for variant in variants}
    for variant in order:
        runs[variant].append(measure(variant, options.seconds))
    print(f"{CONNECTIONS} connections, reports of {len(bodies()[0])} bytes, medians of {options.rounds} runs")
    for variant in variants:
        cost = statistics.median(run.cpu_seconds / run.reports for run in runs[variant])
        rate = statistics.median(run.reports / run.wall_seconds for run in runs[variant])
        late = statistics.median(statistics.quantiles(run.latencies, n=100)[98] for run in runs[variant])
        peak = max(run.peak_megabytes for run in runs[variant])
        print(
            f"{variant:26} {cost * 1e6:6.1f} us CPU/report, so {1 / cost:8,.0f} a second on one core; here "
            f"{rate:8,.0f} a second, p99 {late * 1e3:6.1f} ms, peak {peak:4.0f} MB"
        )


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    main()
