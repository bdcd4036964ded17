"""
Measure what retrieval costs: client CPU for each host, beside the guides' shell pipeline, and memory as the list grows.

A server in processes of its own has thousands of names. Every name has its own certificate (half EC P-256, half
RSA 2048) below an intermediate. For each number of hosts, a fresh process fetches the chains, verifies them, builds
records and reads all pins. In between, the pipeline of the guides runs on a sample of the hosts, against the same
server, and must give the same pins. CPU is the user and system time of the client alone. Run it with
``python -m benchmarks.fetch``; it takes about a minute. With ``--dead 5``, 5 more hosts for each 95 take a connection
and never answer; hosts and the rate do not count them.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import selectors
import shlex
import socket
import ssl
import statistics
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

    from pinsmith.probe import Target

KEYS = 16
WORKERS = 2
PIPELINE = (
    "openssl s_client -connect 127.0.0.1:{port} -servername {name} </dev/null 2>/dev/null"
    " | openssl x509 -pubkey -noout | openssl pkey -pubin -outform der"
    " | openssl dgst -sha256 -binary | openssl enc -base64"
)


class Run(NamedTuple):
    """The measurements of one process."""

    hosts: int
    wall_seconds: float
    cpu_seconds: float
    peak_megabytes: float
    pins: dict[str, str]


def name_of(index: int, names: int) -> str:
    """Return the name of host number *index*; after *names* hosts, the names repeat."""
    return f"host-{index % names}.example.com"


def serve(pipe: Connection, names: int) -> None:
    """Serve *names* hosts until killed; send the port and the root first."""
    # Not at the top: a process that measures its memory imports this module.
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.key import generate

    root = Authority.root("Bench Root")
    pools = [
        (root.intermediate(f"Bench {kind}", key=kind), [generate(kind) for _ in range(KEYS)])
        for kind in ("ec-p256", "rsa-2048")
    ]
    contexts = {}
    for index in range(names):
        issuer, keys = pools[index % 2]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        issuer.issue(name_of(index, names), key=keys[index // 2 % KEYS]).load_into(context)
        contexts[name_of(index, names)] = context
    first = next(iter(contexts.values()))

    def choose(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        tls.context = contexts[name or ""]

    first.sni_callback = choose
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    workers = [os.fork() for _ in range(WORKERS - 1)]
    if all(workers):
        pipe.send((listener.getsockname()[1], root.pem, workers))
    loop(listener, first)


def loop(listener: socket.socket, context: ssl.SSLContext) -> None:
    """Shake hands with many clients at once, and close each connection as soon as its client does."""
    selector = selectors.DefaultSelector()
    listener.settimeout(0)
    selector.register(listener, selectors.EVENT_READ)
    while True:
        for key, _ in selector.select():
            if key.fileobj is listener:
                with suppress(BlockingIOError):  # the other worker has accepted the client
                    raw, _ = listener.accept()
                    raw.settimeout(0)
                    tls = context.wrap_socket(raw, server_side=True, do_handshake_on_connect=False)
                    selector.register(tls, selectors.EVENT_READ)
            elif isinstance(key.fileobj, ssl.SSLSocket):
                serve_one(selector, key.fileobj)


def serve_one(selector: selectors.BaseSelector, tls: ssl.SSLSocket) -> None:
    """Continue the handshake with one client, or close its connection."""
    try:
        tls.do_handshake()
        if tls.recv(1):
            return
    except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
        return
    except OSError:
        pass
    selector.unregister(tls)
    tls.close()


def peak_of(pid: int | None = None) -> float:
    """Return the peak of the memory of a process so far, in megabytes; 0 where the system does not show it."""
    with suppress(OSError), Path(f"/proc/{pid or 'self'}/status").open(encoding="ascii") as lines:
        return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
    return 0


def measure(pipe: Connection, port: int, root: str, hosts: int, options: argparse.Namespace) -> None:
    """Fetch *hosts* hosts in this process, and send what that cost."""
    from pinsmith.certificate import Certificate
    from pinsmith.probe import Fetched, Target, Trust, fetch_many

    trust = Trust(cadata=root)

    silent = socket.create_server(("127.0.0.1", 0), backlog=4096)

    def targets() -> Iterator[Target]:
        dead = 0
        for index in range(hosts):
            yield Target(name_of(index, options.names), port, address="127.0.0.1")
            while dead * 100 < (index + 1 + dead) * options.dead:
                dead += 1
                yield Target("dead.example.com", silent.getsockname()[1], address="127.0.0.1")

    pins = 0
    kept: dict[str, str] = {}
    wall, before = time.perf_counter(), os.times()
    last = wall
    for outcome in fetch_many(
        targets(),
        trust=trust,
        concurrency=options.concurrency,
        timeout_seconds=options.timeout,
        engine=options.engine,
    ):
        if outcome.target.port != port:
            continue
        last = time.perf_counter()
        if not isinstance(outcome, Fetched) or not outcome.trusted:
            raise SystemExit(f"{outcome.target.host}: {outcome}")
        read = [str(certificate.pin) for certificate in outcome.verified or () if isinstance(certificate, Certificate)]
        pins += len(read)
        if len(kept) < options.sample:
            kept[outcome.host] = read[0]
    after, wall = os.times(), last - wall
    if pins != 3 * hosts:
        raise SystemExit(f"{pins} pins of {hosts} hosts, but expected leaf, intermediate and root for each host")
    cpu = after.user - before.user + after.system - before.system
    pipe.send(Run(hosts, wall, cpu, peak_of(), kept))


def pipeline(port: int, pins: dict[str, str]) -> float:
    """Run the pipeline for each host of *pins*, compare the results, and return its CPU seconds per host."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name, pin in pins.items():
        command = PIPELINE.format(port=port, name=shlex.quote(name))
        got = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=True).stdout.strip()
        if pin != f"sha256/{got}":
            raise SystemExit(f"{name}: the pipeline found {got}, pinsmith found {pin}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) / len(pins)


def in_a_process(port: int, root: str, hosts: int, options: argparse.Namespace) -> Run:
    """Measure in a fresh process."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe()
    process = context.Process(target=measure, args=(theirs, port, root, hosts, options))
    process.start()
    theirs.close()
    run: Run = mine.recv()
    process.join()
    return run


def main() -> None:
    """Start the server, measure, and print the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1_000, 10_000, 30_000])
    parser.add_argument("--names", type=int, default=5_000, help="distinct certificates")
    parser.add_argument("--concurrency", type=int, default=100)
    parser.add_argument("--engine", choices=("openssl", "rustls"), default="openssl")
    parser.add_argument("--dead", type=int, default=0, metavar="PERCENT", help="hosts that never answer")
    parser.add_argument("--timeout", type=float, default=60, metavar="SECONDS")
    parser.add_argument("--sample", type=int, default=40, help="hosts for the pipeline in each round")
    parser.add_argument("--seconds", type=int, default=120, help="leave out rounds that would end later")
    options = parser.parse_args()
    mine, theirs = multiprocessing.Pipe()
    server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs, options.names))
    server.start()
    port, root, workers = mine.recv()
    try:
        report(port, root, options)
    finally:
        for worker in workers:
            os.kill(worker, 15)
        server.kill()


def report(port: int, root: str, options: argparse.Namespace) -> None:
    """Run each round and print its results."""
    shells: list[float] = []
    costs: list[float] = []
    began, rate = time.monotonic(), float("inf")
    print(f"{'hosts':>8} {'hosts/s':>8} {'CPU ms/host':>12} {'peak MB':>8} {'pipeline ms':>12} {'ratio':>6}")
    for hosts in options.hosts:
        if time.monotonic() - began + hosts / rate > options.seconds:
            print(f"{hosts:>8} left out: it would take longer than --seconds {options.seconds} allows")
            continue
        run = in_a_process(port, root, hosts, options)
        rate = run.hosts / run.wall_seconds
        cost, shell = run.cpu_seconds / run.hosts, pipeline(port, run.pins)
        costs.append(cost)
        shells.append(shell)
        print(
            f"{run.hosts:>8} {rate:>8.0f} {cost * 1000:>12.3f} {run.peak_megabytes:>8.1f}"
            f" {shell * 1000:>12.1f} {shell / cost:>5.0f}x",
            flush=True,
        )
    print(f"median: the pipeline costs {statistics.median(shells) / statistics.median(costs):.0f} times the CPU")


if __name__ == "__main__":
    main()
