"""`pinsmith scan` and `pinsmith worker` as programs on a real NATS server, which is killed while they work."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from pinsmith.dispatch.queue import Progress
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from tests.dispatch.contract import on
from tests.dispatch.worker import VANTAGE
from tests.engines.nats import PASSWORD, run_nats
from tests.engines.test_nats_queue import NatsBench
from tests.engines.test_scan import HOSTS, RUN, Desk, Gate, ports, read_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines


def test_a_scan_over_nats_survives_a_server_that_is_killed(pki: PKI, cafile: Path, tmp_path: Path) -> None:
    """The server is killed while the last shard is asked; each host is printed once, and no line has the password."""
    root = Authority.root()
    identity = root.issue("127.0.0.1")
    (tmp_path / "ca.pem").write_text(root.pem)
    with ExitStack() as stack:
        nats = stack.enter_context(run_nats(pki.leaf, cafile))
        bench = NatsBench(nats)
        desk = Desk(tmp_path, bench.address)
        last = Gate(identity)
        servers = [*(RecordingServer(identity) for _ in range(HOSTS - 1)), last]
        for server in servers:
            stack.enter_context(server)
        (tmp_path / "hosts.txt").write_text("".join(f"127.0.0.1:{server.port}\n" for server in servers))

        scan = stack.enter_context(desk.scan())
        heard = read_until(scan.stderr, f"run {RUN} has 6 shards for {VANTAGE}")
        worker = stack.enter_context(desk.worker())
        assert last.has_accepted.wait(60)
        assert scan.stdout is not None
        printed = "".join(scan.stdout.readline() for _ in range(5 * 10))
        assert on(bench, lambda queue: queue.progress(RUN)) == Progress(leased=1, done=5)
        nats.program.kill()
        heard += read_until(scan.stderr, "trying again")
        last.is_open.set()
        heard += read_until(worker.stderr, "trying again")
        nats.program.start_again()

        more, said = scan.communicate(timeout=100)
        heard += said
        assert scan.returncode == 0, said
        worker.terminate()
        heard += "".join(worker.communicate(timeout=60))
        assert worker.returncode == 0
        assert sorted(ports(printed + more)) == sorted(server.port for server in servers)
        assert on(bench, lambda queue: queue.progress(RUN)) == Progress(done=6)
        assert PASSWORD not in heard
