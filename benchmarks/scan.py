"""
Measure what a scan costs for each host, with one and two workers, and whether its memory grows with the list.

A server in two processes has a certificate for each name, below an intermediate, and makes it when a client asks for
the name. In each round, `pinsmith scan` and one or two `pinsmith worker` are fresh programs with a queue of their own,
on PostgreSQL with TLS or in a file. The system's resolver is replaced by one that knows the names. Each name must be
printed once, and trusted. CPU is the user and system time of the programs, start-up included, so it also holds on a
busy machine; the rate does not, because server, workers, database and scan share the cores.

Run it with ``python -m benchmarks.scan --names 20000 100000``. A million names take about an hour on two cores, and
some gigabytes of disk.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import random
import resource
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple

from benchmarks.fetch import loop

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from multiprocessing.connection import Connection

KEYS = 16
SERVERS = 2
SUFFIX = ".example"  # so that each name has a registered domain of its own
OPENED_FILES = 4096


class Cost(NamedTuple):
    """The resources that a program has used."""

    cpu_seconds: float
    peak_megabytes: float


class Round(NamedTuple):
    """The measurements of one scan; CPU is that of all workers."""

    names: int
    workers: int
    wall_seconds: float
    scan: Cost
    worker: Cost
    database_seconds: float | None


class Queue(NamedTuple):
    """Where a round has its queue, and what counts the CPU seconds of the server so far."""

    address: str
    environ: dict[str, str]
    seconds: Callable[[], float] | None


def serve(pipe: Connection, folder: Path) -> None:
    """Serve any name until killed; send the port, the root and the other process first."""
    from pinsmith.lab.pki.authority import Authority
    from pinsmith.lab.pki.key import generate

    root = Authority.root("Bench Root")
    issuer = root.intermediate("Bench Intermediate")
    keys = [generate("ec-p256") for _ in range(KEYS)]

    second = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def choose(tls: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> None:
        identity = issuer.issue(str(name), key=random.choice(keys))  # noqa: S311 - not a secret
        path = folder / f"{os.getpid()}.pem"
        path.write_bytes(identity.private_pem() + identity.presented_pem().encode("ascii"))
        # The connection takes a copy of the certificate, so one context serves all names.
        second.load_cert_chain(path)
        tls.context = second

    first = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    issuer.issue("unknown" + SUFFIX, key=keys[0]).load_into(first)
    first.sni_callback = choose
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    others = [os.fork() for _ in range(SERVERS - 1)]
    if all(others):
        pipe.send((listener.getsockname()[1], root.pem, others))
    loop(listener, first)


@contextmanager
def running_server() -> Iterator[tuple[int, str]]:
    """Run the server; yield its port and its root."""
    mine, theirs = multiprocessing.Pipe()
    with tempfile.TemporaryDirectory() as folder:
        server = multiprocessing.get_context("fork").Process(target=serve, args=(theirs, Path(folder)))
        server.start()
        port, root, others = mine.recv()
        try:
            yield port, root
        finally:
            for other in others:
                os.kill(other, signal.SIGTERM)
            server.kill()
            server.join()


def program(record: Path, words: Sequence[str]) -> int:
    """Run pinsmith in this process, where names lead to the loopback, and write down what it has used."""
    from pinsmith.cli import main as pinsmith

    look_up = socket.getaddrinfo

    def resolved(host: Any, *given: Any, **named: Any) -> list[Any]:  # noqa: ANN401 - as in socket
        name = host.decode() if isinstance(host, bytes) else str(host)
        return look_up("127.0.0.1" if name.endswith(SUFFIX) else host, *given, **named)

    socket.getaddrinfo = resolved
    code = pinsmith(words)
    used = resource.getrusage(resource.RUSAGE_SELF)
    # Not ru_maxrss, which begins with the memory of the process that started this one.
    peak = int(Path("/proc/self/status").read_text("ascii").partition("VmHWM:")[2].split()[0]) / 1024
    record.write_text(json.dumps([used.ru_utime + used.ru_stime, peak]), "ascii")
    return code


@contextmanager
def started(name: str, folder: Path, queue: Queue, *words: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """Start a command of pinsmith; yield it and its record, and kill it at the end."""
    record = folder / f"{name}.json"
    command = [sys.executable, "-m", "benchmarks.scan", "--program", str(record), *words, queue.address]
    with (folder / f"{name}.log").open("wb") as log:
        environ = {**os.environ, **queue.environ}
        process = subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, stderr=log)
    try:
        yield process, record
    finally:
        process.kill()
        process.wait()


def require_each_once(lines: IO[bytes], names: int) -> None:
    """
    Read the output of a scan, and keep only one byte for each name.

    Raises:
        SystemExit: if a name is missing, is there twice, or is not trusted.
    """
    found = bytearray(names)
    for line in lines:
        name = line.split(b'"host":"', 1)[1].split(b'"', 1)[0].decode()
        index = int(name.removeprefix("host-").removesuffix(SUFFIX))
        if found[index] or b'"trusted":true' not in line:
            raise SystemExit(f"{name} is printed twice, or is not trusted: {line[:500]!r}")
        found[index] = 1
    if missing := found.count(0):
        raise SystemExit(f"{missing} of {names} names were not printed")


def measure(names: int, workers: int, server: tuple[int, str], queue: Queue, library: str) -> Round:
    """Scan a list once; *library* makes the handshakes of the workers."""
    port, root = server
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        (folder / "root.pem").write_text(root, "ascii")
        with (folder / "names.txt").open("w", encoding="ascii") as file:
            file.writelines(f"host-{index}{SUFFIX}:{port}\n" for index in range(names))
        before, begin = queue.seconds() if queue.seconds else 0.0, time.perf_counter()
        asked = (
            "worker",
            "--vantage",
            "here",
            "--cafile",
            str(folder / "root.pem"),
            "--timeout",
            "60",
            "--engine",
            library,
        )
        working = [stack.enter_context(started(f"worker-{n}", folder, queue, *asked)) for n in range(workers)]
        listed = ("scan", "--from", str(folder / "names.txt"), "--run", "bench", "--vantage", "here")
        scan, scanned = stack.enter_context(started("scan", folder, queue, *listed))
        if scan.stdout is not None:
            require_each_once(scan.stdout, names)
        code, wall = scan.wait(), time.perf_counter() - begin
        if code:
            raise SystemExit(f"scan: exit code {code}\n{(folder / 'scan.log').read_text()[-2000:]}")
        for process, _ in working:
            process.terminate()
        for process, _ in working:
            process.wait()
        costs = [Cost(*json.loads(record.read_text("ascii"))) for _, record in working]
        worker = Cost(sum(cost.cpu_seconds for cost in costs), max(cost.peak_megabytes for cost in costs))
        database = queue.seconds() - before if queue.seconds else None
        return Round(names, workers, wall, Cost(*json.loads(scanned.read_text("ascii"))), worker, database)


def _seconds(pid: int) -> float:
    """Return the CPU seconds of a server, of its children, and of those that have ended."""
    ticks = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text("utf-8", "replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):  # it has ended
            continue
        if path.parent.name == str(pid) or fields[1] == str(pid):
            ticks += sum(map(int, fields[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


@contextmanager
def postgresql() -> Iterator[Callable[[ExitStack], Queue]]:
    """Run PostgreSQL; yield a function that makes an empty database."""
    from tests.engines.postgres import PASSWORD, database, run_postgres
    from tests.tls.pki import PKI

    with tempfile.TemporaryDirectory() as folder:
        pki = PKI.generate()
        cafile = Path(folder) / "roots.pem"
        cafile.write_text(pki.trust, "ascii")
        with run_postgres(pki.leaf, cafile) as server:

            def made(stack: ExitStack) -> Queue:
                url = server.url(stack.enter_context(database(server)), query=f"?sslrootcert={cafile}")
                environ = {"PGPASSWORD": PASSWORD}
                return Queue(url.replace(f":{PASSWORD}@", "@"), environ, lambda: _seconds(server.program.pid))

            yield made


@contextmanager
def sqlite() -> Iterator[Callable[[ExitStack], Queue]]:
    """Yield a function that names a new file."""

    def made(stack: ExitStack) -> Queue:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        return Queue(str(Path(folder) / "scan.db"), {}, None)

    yield made


ENGINES = {"postgresql": postgresql, "sqlite": sqlite}


def _has_postgresql() -> bool:
    return any(Path("/usr/lib/postgresql").glob("*/bin/postgres")) or shutil.which("postgres") is not None


def _show(round_: Round, engine: str, library: str) -> None:
    share = 1000 / round_.names
    database = "-" if round_.database_seconds is None else f"{round_.database_seconds * share:.3f}"
    print(
        f"{engine:>10} {library:>8} {round_.names:>9,} {round_.workers:>7} {round_.wall_seconds:>8.0f}"
        f" {round_.names / round_.wall_seconds:>8.0f} {round_.scan.cpu_seconds * share:>9.3f}"
        f" {round_.worker.cpu_seconds * share:>9.3f} {database:>9}"
        f" {round_.scan.peak_megabytes:>8.0f} {round_.worker.peak_megabytes:>8.0f}",
        flush=True,
    )


def main() -> int:
    """Measure each list with each number of workers, and print a line for each scan."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, nargs="+", default=[1_000, 4_000], help="lengths of the list")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=[*ENGINES])
    parser.add_argument("--libraries", nargs="+", choices=["openssl", "rustls"], default=["openssl"])
    options = parser.parse_args()
    engines = [engine for engine in options.engines if engine != "postgresql" or _has_postgresql()]
    if engines != options.engines:
        print("postgresql is left out: it is not installed")
    print(
        f"{'':>10} {'':>8} {'':>9} {'':>7} {'wall':>8} {'':>8} {'CPU ms for each host':^29} {'peak MB':^17}\n"
        f"{'queue':>10} {'library':>8} {'names':>9} {'workers':>7} {'seconds':>8} {'hosts/s':>8}"
        f" {'scan':>9} {'workers':>9} {'database':>9} {'scan':>8} {'worker':>8}",
        flush=True,
    )
    with ExitStack() as stack:
        server = stack.enter_context(running_server())
        making = {engine: stack.enter_context(ENGINES[engine]()) for engine in engines}
        for _ in range(options.rounds):
            rows = [
                (engine, library, names, workers)
                for engine in engines
                for library in options.libraries
                for names in options.names
                for workers in options.workers
            ]
            for engine, library, names, workers in random.sample(rows, len(rows)):
                with ExitStack() as one:
                    _show(measure(names, workers, server, making[engine](one), library), engine, library)
    print("load average:", *(f"{load:.2f}" for load in os.getloadavg()))
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == ["--program"]:
        sys.exit(program(Path(sys.argv[2]), sys.argv[3:]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (OPENED_FILES, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    sys.exit(main())
