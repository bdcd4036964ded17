from __future__ import annotations

import gc
import itertools
import socket
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import ConnectError, FetchError, HandshakeTimeoutError, ResolveError
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, Fetched, Target, Trust, conversation, driver, fetch, fetch_many, resolve_all
from tests.probe.scripted import PlainServer, tarpit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.listener import Listener
    from pinsmith.probe import FetchOutcome


def at(server: Listener, name: str = "a.test") -> Target:
    """Aim at *server* by *name*."""
    return Target(name, server.port, address=server.address)


@pytest.fixture(scope="module")
def closed_port() -> int:
    """Find a port that nobody listens on."""
    server = PlainServer(tarpit)
    server.start()
    server.close()
    return server.port


class Counting:
    """Count the connections a server has open, and the most it had."""

    def __init__(self, gate: threading.Event | threading.Barrier | None = None) -> None:
        self.most = self._now = 0
        self._lock = threading.Lock()
        self._gate = gate

    def __call__(self, sock: socket.socket) -> None:
        with self._lock:
            self._now += 1
            self.most = max(self.most, self._now)
        if self._gate is not None:
            self._gate.wait(20)
        sock.recv(65536)  # the whole ClientHello, so that closing is no reset
        with self._lock:
            self._now -= 1


def test_every_target_has_its_outcome(trust: Trust, identity: Identity, closed_port: int) -> None:
    """Good and bad hosts in one run: one outcome for each, and no bad one stops the others."""
    with RecordingServer(identity) as good, PlainServer(lambda _: None) as rude:
        targets = [
            at(good),
            Target("a.test", closed_port, address="127.0.0.1"),
            at(good, "b.test"),
            at(rude),
            *[at(good)] * 20,
        ]
        outcomes = list(fetch_many(targets, trust=trust, concurrency=4))
    assert sorted(map(id, targets)) == sorted(id(each.target) for each in outcomes)
    failed = [each for each in outcomes if isinstance(each, Failed)]
    assert {type(each.error).__name__ for each in failed} == {"ConnectError", "HandshakeError"}
    assert [each.trusted for each in outcomes if isinstance(each, Fetched)].count(False) == 1
    assert len(outcomes) - len(failed) == 22


def test_a_fault_of_our_own_stops_one_host_only(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception becomes the outcome of the host it happened with."""
    sound = conversation.converse

    def converse(target: Target, context: object) -> object:
        if target.host == "b.test":
            raise ZeroDivisionError("oops")
        return sound(target, context)  # type: ignore[arg-type]

    monkeypatch.setattr(conversation, "converse", converse)
    with RecordingServer(identity) as server:
        outcomes = list(fetch_many([at(server, "b.test"), at(server)], trust=trust))
    failed = [each for each in outcomes if isinstance(each, Failed)]
    assert len(outcomes) == 2
    assert [str(each.error.__cause__) for each in failed] == ["oops"]


def test_targets_are_taken_lazily(trust: Trust, identity: Identity) -> None:
    """A stream without end is read only as far as there is room, and outcomes come before it has ended."""
    taken = 0

    def endless(server: Listener) -> Iterator[Target]:
        nonlocal taken
        while True:
            taken += 1
            yield at(server)

    with RecordingServer(identity) as server:
        stream = fetch_many(endless(server), trust=trust, concurrency=3, waiting=0)
        assert taken == 0
        for count in range(1, 20):
            assert isinstance(next(stream), Fetched)
            assert taken <= count + 3
        stream.close()  # type: ignore[attr-defined]
        server.settled()


def test_nothing_is_kept_of_what_was_yielded(trust: Trust, identity: Identity) -> None:
    """The stream holds no outcome and no target once it has been handed on."""
    with RecordingServer(identity) as server:
        stream = fetch_many((at(server) for _ in range(40)), trust=trust, concurrency=2, waiting=0)
        for outcome in itertools.islice(stream, 30):
            assert isinstance(outcome, Fetched)
        del outcome
        gc.collect()
        left = [each for each in gc.get_objects() if isinstance(each, (Fetched, Target))]
        assert len(left) <= 4
        stream.close()  # type: ignore[attr-defined]


def test_concurrency_is_a_limit(trust: Trust) -> None:
    """With no lane to wait in, as many connections are open at once as asked for, and never more."""
    counting = Counting(threading.Barrier(5))  # the server goes on only when five have come
    with PlainServer(counting) as server:
        outcomes = list(fetch_many([at(server)] * 50, trust=trust, concurrency=5, waiting=0))
    assert len(outcomes) == 50
    assert counting.most == 5


def test_hosts_that_stall_make_room_up_to_a_limit(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good hosts behind a window full of tarpits are finished before the first tarpit runs out of time."""
    monkeypatch.setattr(driver, "STALL_SECONDS", 0.02)
    counting = Counting(gate := threading.Event())
    with RecordingServer(identity) as good, PlainServer(counting) as bad:
        targets = [*[at(bad)] * 12, *[at(good)] * 10]
        stream = fetch_many(targets, trust=trust, concurrency=4, waiting=8, timeout_seconds=0.5)
        outcomes = [next(stream) for _ in range(9)]
        late = list(stream)
        gate.set()
    # Twelve tarpits fill window and lane together: the good ones had to wait for the first to run out of time.
    assert counting.most <= 12
    assert any(isinstance(each, Failed) for each in outcomes)
    assert len(outcomes) + len(late) == 22


def test_tarpits_do_not_hold_up_good_hosts(trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """With room in the lane, every good host is finished before any tarpit; without, none is."""
    monkeypatch.setattr(driver, "STALL_SECONDS", 0.02)

    def order(waiting: int) -> list[bool]:
        targets = [*[at(bad)] * 4, *[at(good)] * 10]
        stream = fetch_many(targets, trust=trust, concurrency=4, waiting=waiting, timeout_seconds=1)
        return [isinstance(each, Fetched) for each in stream]

    with RecordingServer(identity) as good, PlainServer(tarpit) as bad:
        assert order(waiting=8) == [True] * 10 + [False] * 4
        assert not order(waiting=0)[0]


def test_where_everything_is_slow_no_host_makes_room(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host is slow only beside the others: what all of them take is waited for several times over."""
    clock = itertools.count(step=0.25)  # every look at the clock takes a quarter of a second
    monkeypatch.setattr(driver, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    loop = driver.Driver(trust, timeout_seconds=1e6, window=1, lane=1)
    assert loop.patience_seconds == driver.STALL_SECONDS
    with RecordingServer(identity) as server:
        outcomes = list(loop.run([at(server)] * 40))
    assert all(isinstance(each, Fetched) for each in outcomes)
    assert loop.patience_seconds > 2 * driver.STALL_SECONDS


def test_tarpits_cost_their_time_limit_together_not_one_by_one(trust: Trust) -> None:
    """Many silent hosts cost about as long as one."""
    with PlainServer(tarpit) as server:
        began = time.monotonic()
        (one,) = fetch_many([at(server)], trust=trust, timeout_seconds=0.2)
        single, began = time.monotonic() - began, time.monotonic()
        outcomes = list(fetch_many([at(server)] * 40, trust=trust, timeout_seconds=0.2, concurrency=40))
        together = time.monotonic() - began
    errors = [each.error for each in [one, *outcomes] if isinstance(each, Failed)]
    assert len(errors) == 41
    assert all(isinstance(error, HandshakeTimeoutError) for error in errors)
    assert together < 20 * single


@pytest.fixture
def black_hole() -> Iterator[int]:
    """Open a port whose queue is full, so that new connections are neither taken nor refused."""
    if sys.platform != "linux":
        pytest.skip("only on Linux a full queue is silent")
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server:
        waiting = []
        for _ in range(3):
            sock = socket.socket()
            sock.settimeout(0)
            sock.connect_ex(server.getsockname())
            waiting.append(sock)
        yield server.getsockname()[1]
        for sock in waiting:
            sock.close()


def test_a_black_hole_costs_its_time_limit(trust: Trust, black_hole: int) -> None:
    """A host that never answers the first packet ends in ConnectError."""
    with pytest.raises(ConnectError, match=r"did not accept a connection within 0\.2 s"):
        fetch(Target("a.test", black_hole, address="127.0.0.1"), trust=trust, timeout_seconds=0.2)


def _pretend(monkeypatch: pytest.MonkeyPatch, *addresses: str, gate: threading.Event | None = None) -> None:
    """Let names under .test have these addresses, once *gate* is open."""
    genuine = socket.getaddrinfo

    def getaddrinfo(name: str, port: int, *, type: int = 0, flags: int = 0) -> list[object]:  # noqa: A002
        if not name.endswith(".test"):
            return list(genuine(name, port, type=type, flags=flags))
        if gate is not None and name.startswith("slow"):
            gate.wait(20)
        return [each for address in addresses for each in genuine(address, port, type=type)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_addresses_are_tried_in_order(trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address that takes a connection is used; the one that refused costs nothing."""
    _pretend(monkeypatch, "127.0.0.2", "127.0.0.1")
    with RecordingServer(identity) as server:
        fetched = fetch(Target("a.test", server.port), trust=trust)
    assert fetched.address == "127.0.0.1"
    assert fetched.trusted


def test_a_silent_address_leaves_time_for_the_next(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch, black_hole: int
) -> None:
    """An address that never answers gets its share of the time, not all of it."""
    _pretend(monkeypatch, "127.0.0.1", "127.0.0.2")
    with pytest.raises(ConnectError, match="refused the connection") as caught:
        fetch(Target("a.test", black_hole), trust=trust, timeout_seconds=0.3)
    assert caught.value.address == "127.0.0.2"
    assert list(caught.value.details) == ["127.0.0.1: no answer", "127.0.0.2: Connection refused"]


def test_an_unknown_name_is_an_error_of_that_host(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without an address fails by itself."""

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ResolveError, match=r"^missing\.test:443 has no address: Name or service not known$"):
        fetch(Target("missing.test"), trust=trust)
    with pytest.raises(ResolveError, match="has no address"):
        resolve_all("missing.test")


def test_a_slow_name_server_holds_up_nobody(trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are never resolved cost their time limit, however many; hosts by address go on meanwhile."""
    _pretend(monkeypatch, "127.0.0.1", gate=(gate := threading.Event()))
    try:
        with RecordingServer(identity) as server:
            targets = [*[Target("slow.test", server.port)] * 100, *[at(server)] * 10]
            stream = fetch_many(targets, trust=trust, concurrency=200, timeout_seconds=0.5)
            outcomes = list(stream)
    finally:
        gate.set()
    errors = [each.error for each in outcomes if isinstance(each, Failed)]
    assert [isinstance(each, Fetched) for each in outcomes[:10]] == [True] * 10
    assert len(errors) == 100
    assert all("was not resolved within 0.5 s" in str(error) for error in errors)


def test_names_that_hang_leave_room_for_others(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When every resolver thread hangs on a name that was given up, new threads look the next names up."""
    _pretend(monkeypatch, "127.0.0.1", gate=(gate := threading.Event()))
    try:
        with RecordingServer(identity) as server:
            targets = [*[Target("slow.test", server.port)] * 70, *[Target("a.test", server.port)] * 5]
            stream = fetch_many(targets, trust=trust, concurrency=70, waiting=0, timeout_seconds=1)
            outcomes = list(stream)
    finally:
        gate.set()
    assert [each.target.host for each in outcomes if isinstance(each, Fetched)] == ["a.test"] * 5


def test_all_addresses_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """resolve_all gives each address once, in the system's order."""
    _pretend(monkeypatch, "127.0.0.2", "127.0.0.1", "127.0.0.2")
    assert resolve_all("A.test.") == ("127.0.0.2", "127.0.0.1")
    assert resolve_all("[::1]") == ("::1",)


def test_all_addresses_are_waited_for_no_longer_than_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name server that does not answer ends in ResolveError."""
    _pretend(monkeypatch, "127.0.0.1", gate=(gate := threading.Event()))
    with pytest.raises(ResolveError, match=r"was not resolved within 0\.05 s"):
        resolve_all("slow.test", timeout_seconds=0.05)
    gate.set()


def test_stopping_early_closes_every_connection(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that is closed leaves no socket behind."""
    before = _open_files()
    with PlainServer(tarpit) as server, PlainServer(lambda _: None) as rude:
        stream = fetch_many([at(rude), *[at(server)] * 10], trust=trust, concurrency=11)
        next(stream)
        stream.close()  # type: ignore[attr-defined]
        server.wait_closed()
    assert _open_files() <= before


def _open_files() -> int:
    path = Path("/proc/self/fd")
    return len(list(path.iterdir())) if path.is_dir() else 0


def test_an_error_of_the_source_reaches_the_caller(trust: Trust) -> None:
    """What the stream of targets raises is not swallowed."""

    def source() -> Iterator[Target]:
        yield Target("a.test", 1, address="127.0.0.1")
        raise FetchError("the list broke")

    with pytest.raises(FetchError, match="the list broke"):
        list(fetch_many(source(), trust=trust))


@pytest.mark.parametrize("options", [{"concurrency": 0}, {"waiting": -1}, {"timeout_seconds": -1}])
def test_impossible_limits_are_refused(trust: Trust, options: dict[str, int]) -> None:
    """A limit that would never let anything happen is a ValueError, before the first target is taken."""
    with pytest.raises(ValueError, match="must"):
        fetch_many([], trust=trust, **options)


def test_an_empty_list_has_no_outcomes(trust: Trust) -> None:
    """No targets, no outcomes, no waiting."""
    assert list(fetch_many([], trust=trust)) == []


def test_the_limit_of_open_files_is_respected(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """More concurrency than the system has files for is cut down instead of failing hosts."""
    counting = Counting()
    monkeypatch.setattr("pinsmith.probe.retrieval._most_files", lambda: 67)
    with PlainServer(counting) as server:
        outcomes: list[FetchOutcome] = list(fetch_many([at(server)] * 30, trust=trust, concurrency=1000))
    assert len(outcomes) == 30
    assert counting.most <= 3
