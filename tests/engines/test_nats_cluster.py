"""Three servers with the configuration of the example, of which one is killed."""

from __future__ import annotations

import asyncio
import re
import time
from contextlib import ExitStack, contextmanager, suppress
from typing import TYPE_CHECKING, TypeVar

import pytest
from cryptography.x509.oid import ExtendedKeyUsageOID

from pinsmith.dispatch.nats import NatsQueue
from pinsmith.dispatch.nats_address import parse_nats
from pinsmith.dispatch.queue import Progress
from pinsmith.errors.dispatch import AlreadyDoneError, LeaseLostError, QueueError
from pinsmith.lab.pki.authority import Authority
from tests.dispatch.contract import listed, shard
from tests.dispatch.worker import VANTAGE, answered
from tests.engines.nats import DEPLOY, PASSWORD, USER, find_server, users
from tests.extended.program import Folder, Program, reserved_port
from tests.extended.server import present

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity

pytestmark = pytest.mark.engines
NAMES = ("n1", "n2", "n3")
SHARDS = 6
PATIENCE = 60.0  # seconds; the servers need a few to choose a leader
T = TypeVar("T")


class Cluster:
    """The running servers."""

    def __init__(self, programs: dict[str, Program], cafile: Path) -> None:
        self.programs = programs
        servers = ",".join(f"localhost:{program.port}" for program in programs.values())
        self.address = f"tls://{USER}:{PASSWORD}@{servers}?cafile={cafile}&replicas=3"

    def open(self) -> NatsQueue:
        """Return a queue that may use any of the servers."""
        return NatsQueue(parse_nats(self.address, {}))


@contextmanager
def run_cluster(identity: Identity, authority: Authority, cafile: Path) -> Iterator[Cluster]:
    """Run the servers of ``deploy/nats.conf``, with paths and ports of the test."""
    with ExitStack() as stack:
        inner = {name: stack.enter_context(reserved_port()) for name in NAMES}
        example = (DEPLOY / "nats.conf").read_text("utf-8")
        programs = {}
        for name in NAMES:
            port = stack.enter_context(reserved_port())
            folder = Folder("nobody")
            stack.callback(folder.remove)
            present(folder, identity)
            folder.write("authority.crt", authority.pem)
            folder.write("nats-users.conf", users())
            content = example.replace("server_name: n1", f"server_name: {name}")
            content = content.replace("0.0.0.0:4222", f"127.0.0.1:{port}")
            content = content.replace("0.0.0.0:6222", f"127.0.0.1:{inner[name]}")
            content = re.sub(r"(n\d)\.example\.com:6222", lambda found: f"localhost:{inner[found[1]]}", content)
            content = content.replace("/var/lib/nats", f"{folder.path}/store").replace("/etc/nats/", f"{folder.path}/")
            config = folder.write("nats.conf", content)
            programs[name] = Program(folder, [find_server(), "-c", config], port, ready="Server is ready")
        for program in programs.values():
            stack.enter_context(program)
        yield Cluster(programs, cafile)


def patiently(cluster: Cluster, use: Callable[[NatsQueue], Awaitable[T]]) -> T:
    """Use the queue again until the servers have agreed on a leader."""

    async def run() -> T:
        async with cluster.open() as queue:
            return await use(queue)

    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            return asyncio.run(run())
        except QueueError:
            if time.monotonic() > deadline:
                raise


def finish_one(cluster: Cluster) -> None:
    """Claim a shard, and write its result."""
    lease = patiently(cluster, lambda queue: queue.claim(VANTAGE, 5.0))
    if lease is None:
        return
    with suppress(AlreadyDoneError, LeaseLostError):  # of an attempt whose answer was lost
        patiently(cluster, lambda queue: queue.done(lease, answered(lease.shard)))


def test_three_servers_lose_nothing_while_one_after_the_other_is_killed(tmp_path: Path) -> None:
    """Each message is on three servers, so a run goes on without any one of them, and each shard has one result."""
    root = Authority.root()
    identity = root.issue("localhost", usages=[ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH])
    cafile = tmp_path / "ca.pem"
    cafile.write_text(root.pem)
    with run_cluster(identity, root, cafile) as cluster:
        patiently(cluster, lambda queue: queue.enqueue([shard(number) for number in range(SHARDS)]))
        for program in cluster.programs.values():
            program.kill()
            finish_one(cluster)
            program.start_again()
        deadline = time.monotonic() + PATIENCE
        while patiently(cluster, lambda queue: queue.progress("run")) != Progress(done=SHARDS):
            assert time.monotonic() < deadline
            finish_one(cluster)
        results = patiently(cluster, listed)
        assert sorted(result.number for result in results) == list(range(SHARDS))
