"""`pinsmith scan` and `pinsmith worker` together, as people use them."""

from __future__ import annotations

import asyncio
import json
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import ExitStack, closing, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import msgspec
import pytest

from pinsmith.dispatch import scan as scanning
from pinsmith.dispatch.database import DatabaseQueue
from pinsmith.dispatch.queue import Progress
from pinsmith.dispatch.scan import collect, digest_of, shards_of
from pinsmith.dispatch.shard import Result, Shard
from pinsmith.documents.document import encode_line
from pinsmith.documents.fetch import HostLine, host_out
from pinsmith.errors import FetchError
from pinsmith.errors.dispatch import DispatchError
from pinsmith.errors.service import StoreError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.fault import ClosedPort, Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, parse_target
from tests.cli.support import run
from tests.dispatch.contract import claimed, shard
from tests.dispatch.worker import VANTAGE, answered
from tests.thinned import thinned

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.servers.connection import PlainSocket

T = TypeVar("T")
ROOT = Authority.root()
NAMES = ("--run", "may-1", "--vantage", "here")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a folder with a list: servers, failures and a host that stands there twice. A shard has two hosts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scanning, "HOSTS_OF_A_SHARD", 2)
    monkeypatch.setattr(scanning, "POLL_SECONDS", 0.01)
    with ExitStack() as stack:
        trusted = stack.enter_context(RecordingServer(ROOT.issue("127.0.0.1")))
        stranger = stack.enter_context(RecordingServer(Authority.root().issue("127.0.0.1")))
        closed = stack.enter_context(ClosedPort())
        hosts = [f"127.0.0.1:{server.port}" for server in (trusted, stranger, closed, trusted)]
        (tmp_path / "hosts.txt").write_text("\n".join([*hosts, "not a host", "https://example.invalid/" + "x" * 300]))
        (tmp_path / "ca.pem").write_text(ROOT.pem)
        yield tmp_path


class Silent(Tarpit):
    """A tarpit that shows that somebody has connected."""

    def __init__(self) -> None:
        super().__init__()
        self.has_accepted = threading.Event()

    def misbehave(self, sock: PlainSocket) -> None:
        """Remember it."""
        self.has_accepted.set()
        super().misbehave(sock)


@contextmanager
def worker(*words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker as a program; kill it at the end."""
    command = [sys.executable, "-m", "pinsmith", "worker", "--vantage", "here", "--cafile", "ca.pem", *words]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as started:
        try:
            yield started
        finally:
            started.kill()


def lines(text: str) -> list[dict[str, Any]]:
    """Read lines of JSON, in an order of their own."""
    return sorted((json.loads(line) for line in text.splitlines()), key=lambda line: (line["host"], line["port"] or 0))


def on(path: Path, use: Callable[[DatabaseQueue], Awaitable[T]]) -> T:
    """Use the queue in a file."""

    async def opened() -> T:
        async with DatabaseQueue(path) as queue:
            return await use(queue)

    return asyncio.run(opened())


@pytest.mark.parametrize("more", [(), ("--no-pem",)], ids=["with certificates", "without"])
def test_a_scan_prints_what_fetch_prints(more: tuple[str, ...], here: Path) -> None:
    """The lines and the exit code are those of fetch, except for a name that a queue does not take."""
    fetched = run("fetch", "--from", "hosts.txt", "--cafile", "ca.pem", "--format", "ndjson", *more)
    with worker("scan.db"):
        scanned = run("scan", "--from", "hosts.txt", *NAMES, *more, "scan.db")
    assert (scanned.code, fetched.code) == (1, 1)
    found = lines(scanned.stdout)
    assert len(found) == 6
    assert [line for line in found if line["port"]] == [
        line for line in lines(fetched.stdout) if line["port"] and line["host"] == "127.0.0.1"
    ]
    assert "pinsmith: run may-1 has 2 shards for here in scan.db" in scanned.stderr
    assert "is not trusted: " in scanned.stderr
    assert "write the host and the port alone" in scanned.stderr


def test_a_scan_without_failures_ends_with_zero(here: Path) -> None:
    """The list comes from standard input."""
    first = (here / "hosts.txt").read_text().splitlines()[0]
    with worker("scan.db"):
        scanned = run("scan", "--from", "-", *NAMES, "scan.db", stdin=f"{first}\n")
    assert (scanned.code, len(scanned.stdout.splitlines())) == (0, 1)


def test_an_interrupted_scan_is_continued(here: Path) -> None:
    """The hosts that were asked are printed again, and are not asked again."""
    path = here / "scan.db"
    names = (here / "hosts.txt").read_text().splitlines()[:4]
    (here / "hosts.txt").write_text("\n".join(names))
    on(path, lambda queue: queue.enqueue(shards_of(names, "may-1", "here", _refused, size=2)))
    with worker("--until-empty", "scan.db") as done:
        done.wait(240)
    scanned = run("scan", "--from", "hosts.txt", *NAMES, "scan.db")
    assert len(scanned.stdout.splitlines()) == 4


def _refused(text: str, _: object) -> None:
    raise AssertionError(text)


def test_a_list_that_has_changed_is_refused(here: Path) -> None:
    """Answers of two lists are not mixed, and the message says what to do."""
    on(here / "scan.db", lambda queue: queue.enqueue([shard(run="may-1", vantage="here")]))
    scanned = run("scan", "--from", "hosts.txt", *NAMES, "scan.db")
    assert (scanned.code, scanned.stdout) == (1, "")
    assert "error[invalid-shard]: shard 0 of run may-1 has other hosts already" in scanned.stderr
    assert "name another run" in scanned.stderr


def test_hosts_of_a_dead_shard_are_failures(here: Path) -> None:
    """Each of them is printed with the reason, and the exit code is 1."""
    (here / "hosts.txt").write_text("a.example.com\nb.example.com:8443\n")

    async def kill(queue: DatabaseQueue) -> None:
        await queue.enqueue(shards_of(["a.example.com", "b.example.com:8443"], "may-1", "here", _refused, size=2))
        while (lease := await queue.claim("here", 60)) is not None:
            await queue.fail(lease, "MemoryError: ")

    on(here / "scan.db", kill)
    scanned = run("scan", "--from", "hosts.txt", *NAMES, "scan.db")
    assert scanned.code == 1
    assert [(line["port"], line["error"]["code"], line["chain"]) for line in lines(scanned.stdout)] == [
        (443, "dead-shard", []),
        (8443, "dead-shard", []),
    ]
    assert "error[dead-shard]: b.example.com:8443 was not asked: MemoryError: " in scanned.stderr


def test_an_answer_that_is_no_document_ends_the_scan(here: Path) -> None:
    """It cannot be passed on as a line, so nothing of its shard is printed."""
    names = (here / "hosts.txt").read_text().splitlines()[:2]
    (here / "hosts.txt").write_text("\n".join(names))

    async def forge(queue: DatabaseQueue) -> None:
        await queue.enqueue(shards_of(names, "may-1", "here", _refused, size=2))
        lease = await queue.claim("here", 60)
        assert lease is not None
        await queue.done(lease, answered(lease.shard, '{"version":1}\n{"host":"evil"}'))

    on(here / "scan.db", forge)
    scanned = run("scan", "--from", "hosts.txt", *NAMES, "scan.db")
    assert (scanned.code, scanned.stdout) == (1, "")
    assert "error[invalid-shard]: an answer in shard 0 of run may-1 cannot be read" in scanned.stderr


@pytest.mark.parametrize(
    ("hosts", "other"),
    [
        (("a.example.com", "b.example.com"), ("a.example.com", "evil.example.com")),
        (("a.example.com", "b.example.com"), ("a.example.com", "b.example.com:8443")),
        (("a.example.com", "b.example.com"), ("b.example.com", "a.example.com")),
    ],
    ids=["another host", "another port", "another order"],
)
@pytest.mark.parametrize("is_shard_replaced", [False, True], ids=["answers", "answers and shard"])
def test_an_answer_about_another_host_ends_the_scan(
    hosts: tuple[str, ...], other: tuple[str, ...], here: Path, *, is_shard_replaced: bool
) -> None:
    """Nothing of its shard is printed, even if somebody has replaced the hosts in the queue to match."""
    digests, asked, forged = [digest_of(hosts)], shard(hosts=hosts), shard(hosts=other)

    async def forge(queue: DatabaseQueue) -> None:
        await queue.enqueue([forged if is_shard_replaced else asked])
        lease = await claimed(queue)
        await queue.done(lease, _found(forged))
        with pytest.raises(DispatchError, match="shard 0 of run run answers for other hosts than those of this list"):
            await collect(queue, "run", digests, _unexpected, tell=_unexpected)

    on(here / "scan.db", forge)


def test_answers_about_the_hosts_of_the_list_are_passed_on(here: Path) -> None:
    """A host may be written in any way that the list may use."""
    asked = shard(hosts=("EXÄMPLE.com", "https://a.example.com:8443/path"))
    found: list[str] = []

    async def answer(queue: DatabaseQueue) -> None:
        await queue.enqueue([asked])
        await queue.done(await claimed(queue), _found(asked))
        digests = [digest_of(asked.hosts)]
        await collect(queue, "run", digests, lambda line: found.append(f"{line.host}:{line.port}"), tell=_unexpected)

    on(here / "scan.db", answer)
    assert found == ["xn--exmple-cua.com:443", "a.example.com:8443"]


def test_dead_shards_of_other_hosts_end_the_scan(here: Path) -> None:
    """Somebody has replaced the hosts in the queue, by others or by a text that is not a host."""

    async def replace(queue: DatabaseQueue) -> None:
        for run_name, host, problem in (
            ("a", "evil", "answers for other hosts"),
            ("b", "not a host", "cannot be read"),
        ):
            await queue.enqueue([shard(run=run_name, hosts=(host,))])
            while (lease := await queue.claim(VANTAGE, 60)) is not None:
                await queue.fail(lease, "x")
            with pytest.raises(DispatchError, match=problem):
                await collect(queue, run_name, [digest_of(("a.example.com",))], _unexpected, tell=_unexpected)

    on(here / "scan.db", replace)


def test_a_run_with_more_shards_than_the_list_is_refused(here: Path) -> None:
    """Hosts that the list does not have would be printed in the place of hosts that it has."""
    names = (here / "hosts.txt").read_text().splitlines()[:4]
    (here / "hosts.txt").write_text("\n".join(names[:2]))
    on(here / "scan.db", lambda queue: queue.enqueue(shards_of(names, "may-1", "here", _refused, size=2)))
    scanned = run("scan", "--from", "hosts.txt", *NAMES, "scan.db")
    assert (scanned.code, scanned.stdout) == (1, "")
    assert "error[invalid-shard]: run may-1 has 2 shards, and this list has 1" in scanned.stderr
    assert "name another run" in scanned.stderr


def _found(of: Shard) -> Result:
    """Answer as a worker does that could not read a host."""
    targets = map(parse_target, of.hosts)
    failures = (
        host_out(Failed(target, None, FetchError("x").at(target.host, target.port, None)), HostLine)
        for target in targets
    )
    return Result(
        run=of.run,
        number=of.number,
        vantage=of.vantage,
        answers=tuple(msgspec.Raw(encode_line(line)) for line in failures),
    )


def test_a_run_is_forgotten_on_request(here: Path) -> None:
    """Its name is free for another list, another run stays, and a name that does not exist is an error."""
    other = shard(run="may-2", vantage="here")
    on(here / "scan.db", lambda queue: queue.enqueue([shard(run="may-1", vantage="here"), other]))
    forgotten = run("scan", "--forget", "--run", "may-1", "scan.db")
    assert (forgotten.code, forgotten.stdout) == (0, "")
    assert forgotten.stderr == "pinsmith: run may-1 with 1 shards was removed from scan.db\n"
    assert on(here / "scan.db", lambda queue: queue.progress("may-2")) == Progress(waiting=1)
    again = run("scan", "--forget", "--run", "may-1", "scan.db")
    assert again.code == 1
    assert "error[invalid-shard]: run may-1 is not in scan.db" in again.stderr


def test_a_scan_tries_again_while_the_queue_cannot_be_reached(tmp_path: Path) -> None:
    """No host is passed on twice, and shards that have vanished end it with an error."""

    async def use(queue: DatabaseQueue) -> None:
        await queue.enqueue([shard(), shard(1)])
        lease = await claimed(queue)
        await queue.done(lease, Result(run="run", number=0, vantage="here", answers=answered(shard(), "x").answers))
        failures = iter(range(2))
        progress = queue.progress
        log: list[str] = []

        async def flaky(run: str) -> Progress:
            if next(failures, None) is not None:
                raise StoreError("the queue cannot be reached", path="x")
            return await progress(run)

        async def vanish(_: float) -> None:
            with closing(sqlite3.connect(tmp_path / "x.db")) as opened, opened:
                opened.execute("DELETE FROM queue_results")
                opened.execute("DELETE FROM queue_shards")

        queue.progress = flaky  # type: ignore[method-assign]
        with pytest.raises(DispatchError, match="2 shards of run run are not in the queue any more"):
            await collect(queue, "run", [digest_of(("a", "b"))] * 2, _unexpected, tell=log.append, sleep=vanish)
        assert log == ["the queue cannot be reached; trying again"] * 2

    on(tmp_path / "x.db", use)


def _unexpected(line: object) -> None:
    raise AssertionError(line)


def test_a_worker_that_is_killed_costs_no_host(here: Path) -> None:
    """Another worker gets its shard when the lease has run out, and each host is printed once."""
    with Silent() as silent:
        names = [f"127.0.0.1:{silent.port}", *(here / "hosts.txt").read_text().splitlines()[:3]]
        (here / "hosts.txt").write_text("\n".join(names))
        on(here / "scan.db", lambda queue: queue.enqueue(shards_of(names, "may-1", "here", _refused, size=2)))
        with worker("scan.db") as killed:
            assert silent.has_accepted.wait(240)
            killed.kill()
            killed.wait(240)
        assert on(here / "scan.db", lambda queue: queue.progress("may-1")) == Progress(leased=1, waiting=1)
        with closing(sqlite3.connect(here / "scan.db")) as opened, opened:
            opened.execute("UPDATE queue_shards SET until = 0")
        with worker("--timeout", "0.2", "scan.db"):
            scanned = run("scan", "--from", "hosts.txt", *NAMES, "scan.db")
    assert scanned.code == 1
    assert sorted(f"127.0.0.1:{line['port']}" for line in lines(scanned.stdout)) == sorted(names)


@pytest.mark.parametrize("number", thinned([signal.SIGTERM, signal.SIGINT], {signal.SIGTERM}))
def test_a_worker_that_is_told_to_end_gives_its_shard_back(number: signal.Signals, here: Path) -> None:
    """It ends with exit code 0, although it was waiting for a host."""
    path = here / "scan.db"
    with Silent() as slow, ClosedPort() as closed:
        hosts = (f"127.0.0.1:{slow.port}", f"127.0.0.1:{closed.port}")
        on(path, lambda queue: queue.enqueue([shard(vantage="here", hosts=hosts)]))
        with worker("--timeout", "4", "scan.db") as started:
            assert started.stderr is not None
            assert "waiting for shards of here in scan.db" in started.stderr.readline()
            assert slow.has_accepted.wait(240)
            started.send_signal(number)
            assert "given back: the worker was stopped" in started.stderr.read()
            assert started.wait(240) == 0
    assert on(path, lambda queue: queue.progress("run")) == Progress(waiting=1)


@pytest.mark.parametrize(
    "command", [("scan", "--from", "hosts.txt", "--run", "r"), ("worker",)], ids=["scan", "worker"]
)
@pytest.mark.parametrize(
    ("words", "code", "problem"),
    [
        (("--vantage", "a.b", "x.db"), 1, "error[invalid-shard]: 'a.b' cannot be the name of a vantage point"),
        (("--vantage", "a", "mysql://user:secret@localhost"), 2, "names neither a file nor a PostgreSQL server"),
        (("--vantage", "a", "postgresql://u:secret@192.0.2.1/x?sslmode=disable"), 2, "would be used without TLS"),
        (("--vantage", "a", "postgresql://u@192.0.2.1/x"), 2, "needs a password"),
        (("--vantage", "a", "hosts.txt"), 1, "error[database]: hosts.txt cannot be used"),
    ],
    ids=["a name", "an engine", "without TLS", "without a password", "not a database"],
)
def test_a_queue_that_cannot_be_used_is_an_error(
    words: tuple[str, ...], code: int, problem: str, command: tuple[str, ...], here: Path
) -> None:
    """The message names what is wrong, and never contains a password."""
    ended = run(*command, *words)
    assert (ended.code, ended.stdout) == (code, "")
    assert problem in ended.stderr
    assert "secret" not in ended.stderr
    assert (here / "hosts.txt").read_text().startswith("127.0.0.1:")
