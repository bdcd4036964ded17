"""`pinsmith scan` and `pinsmith worker` as programs on a real PostgreSQL, which are killed while they work."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING

import pytest

from pinsmith.dispatch.queue import Progress
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from tests.dispatch.contract import on
from tests.dispatch.worker import VANTAGE
from tests.engines.postgres import PASSWORD, run_postgres
from tests.engines.test_queue import PostgresBench

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines
HOSTS = 60
RUN = "may-1"
# The commands, with shards of ten hosts and short pauses.
PROGRAM = """
import sys
from pinsmith.cli import main
from pinsmith.dispatch import scan, worker
scan.HOSTS_OF_A_SHARD, scan.POLL_SECONDS, worker.IDLE_SECONDS = 10, 0.05, 0.05
sys.exit(main())
"""


class Gate(RecordingServer):
    """A server that shakes hands only when the test opens it."""

    def __init__(self, identity: Identity) -> None:
        self.has_accepted, self.is_open = threading.Event(), threading.Event()
        super().__init__(identity, starttls=self._hold)

    def _hold(self, _: socket.socket) -> None:
        self.has_accepted.set()
        self.is_open.wait(60)


class Desk:
    """A folder with a list and a root, in which programs run whose database needs a password."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.where = folder, address.replace(f":{PASSWORD}@", "@")

    @contextmanager
    def start(self, *words: str) -> Iterator[subprocess.Popen[str]]:
        """Start a command; kill it at the end."""
        command = [sys.executable, "-c", PROGRAM, *words, "--vantage", VANTAGE, self.where]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        environ = {**os.environ, "PGPASSWORD": PASSWORD, "NATS_PASSWORD": PASSWORD}
        with subprocess.Popen(command, cwd=self.folder, env=environ, text=True, **pipes) as started:  # type: ignore[call-overload]
            try:
                yield started
            finally:
                started.kill()

    @contextmanager
    def worker(self) -> Iterator[subprocess.Popen[str]]:
        """Start a worker, which waits for a host longer than any test does."""
        with self.start("worker", "--cafile", "ca.pem", "--timeout", "100", "--per-network", "100") as started:
            yield started

    @contextmanager
    def scan(self) -> Iterator[subprocess.Popen[str]]:
        """Start a scan of the list."""
        with self.start("scan", "--from", "hosts.txt", "--run", RUN) as started:
            yield started


def read_until(stream: IO[str] | None, text: str) -> str:
    """Read lines until one contains *text*; return them."""
    assert stream is not None
    read = ""
    while text not in read:
        line = stream.readline()
        assert line, f"the program has ended, and printed: {read}"
        read += line
    return read


def ports(printed: str) -> list[int]:
    """Return the port of each host that was printed, all of which must be trusted."""
    lines = [json.loads(line) for line in printed.splitlines()]
    assert all(line["trusted"] for line in lines)
    return [line["port"] for line in lines]


def test_a_scan_survives_workers_and_a_server_that_are_killed(pki: PKI, cafile: Path, tmp_path: Path) -> None:
    """
    A worker and PostgreSQL are killed in the middle of shards, and the scan is interrupted and runs again.

    Each host is printed once, and no line contains the password.
    """
    root = Authority.root()
    identity = root.issue("127.0.0.1")
    (tmp_path / "ca.pem").write_text(root.pem)
    with ExitStack() as stack:
        postgres = stack.enter_context(run_postgres(pki.leaf, cafile))
        bench = PostgresBench(postgres, "postgres")
        desk = Desk(tmp_path, bench.address)
        first, last = Gate(identity), Gate(identity)
        servers = [first, *(RecordingServer(identity) for _ in range(HOSTS - 2)), last]
        for server in servers:
            stack.enter_context(server)
        (tmp_path / "hosts.txt").write_text("".join(f"127.0.0.1:{server.port}\n" for server in servers))

        scan = stack.enter_context(desk.scan())
        heard = read_until(scan.stderr, f"run {RUN} has 6 shards for {VANTAGE}")
        victim = stack.enter_context(desk.worker())
        assert first.has_accepted.wait(60)
        victim.kill()
        heard += "".join(victim.communicate())
        first.is_open.set()

        workers = [stack.enter_context(desk.worker()) for _ in range(2)]
        assert last.has_accepted.wait(60)
        assert scan.stdout is not None
        printed = "".join(scan.stdout.readline() for _ in range(4 * 10))
        assert on(bench, lambda queue: queue.progress(RUN)) == Progress(leased=2, done=4)
        postgres.program.kill()
        heard += read_until(scan.stderr, "trying again")
        last.is_open.set()
        heard += "".join(read_until(worker.stderr, "trying again") for worker in workers)
        postgres.program.start_again()
        scan.send_signal(signal.SIGINT)
        more, said = scan.communicate(timeout=60)
        heard += said
        assert scan.returncode == 130
        assert len(set(ports(printed + more))) == len(ports(printed + more)) >= 40

        on(bench, lambda _: bench.pass_time(121))
        again = stack.enter_context(desk.scan())
        printed, said = again.communicate(timeout=100)
        heard += said
        for worker in workers:
            worker.terminate()
            heard += "".join(worker.communicate(timeout=60))
            assert worker.returncode == 0
        assert again.returncode == 0, said
        assert sorted(ports(printed)) == sorted(server.port for server in servers)
        assert on(bench, lambda queue: queue.progress(RUN)) == Progress(done=6)
        assert PASSWORD not in heard
