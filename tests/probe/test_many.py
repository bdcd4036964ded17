from __future__ import annotations

import gc
import itertools
import socket
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import ConnectError, FetchError, HandshakeTimeoutError, ResolveError
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Failed, Fetched, Target, Trust, conversation, driver, fetch, fetch_many, resolve, resolve_all
from tests.probe.scripted import PlainServer, tarpit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.listener import Listener
    from pinsmith.probe import FetchOutcome
    from tests.probe.conftest import Clock

LIMIT = 30.0  # seconds; where a test waits for this limit, it moves the clock on


def at(server: Listener, name: str = "a.test") -> Target:
    """Return a target that dials *server* under *name*."""
    return Target(name, server.port, address=server.address)


@pytest.fixture(scope="module")
def closed_port() -> int:
    """Find a port on which nothing listens."""
    server = PlainServer(tarpit)
    server.start()
    server.close()
    return server.port


class Counting:
    """Count the open connections of a server, and the largest number at one time."""

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
        sock.recv(65536)  # read the whole ClientHello, so that closing does not reset the connection
        with self._lock:
            self._now -= 1


def test_every_target_has_its_outcome(trust: Trust, identity: Identity, closed_port: int) -> None:
    """In a run with good and bad hosts, every host has one outcome, and a bad host does not stop the others."""
    with RecordingServer(identity) as good, PlainServer(lambda _: None) as rude:
        targets = [
            at(good),
            Target("a.test", closed_port, address="127.0.0.1"),
            at(good, "b.test"),
            at(rude),
            *[at(good)] * 20,
        ]
        outcomes = list(fetch_many(targets, trust=trust, concurrency=4))
    assert sorted(map(id, targets)) == sorted(id(outcome.target) for outcome in outcomes)
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    assert {type(failure.error).__name__ for failure in failed} == {"ConnectError", "HandshakeError"}
    assert [outcome.trusted for outcome in outcomes if isinstance(outcome, Fetched)].count(False) == 1
    assert len(outcomes) - len(failed) == 22


def test_an_internal_error_stops_one_host_only(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An unexpected exception becomes the outcome of the host for which it was raised."""
    sound = conversation.converse

    def converse(target: Target, *given: Any) -> object:  # noqa: ANN401 - for the real one
        if target.host == "b.test":
            raise ZeroDivisionError("oops")
        return sound(target, *given)

    monkeypatch.setattr(conversation, "converse", converse)
    with RecordingServer(identity) as server:
        outcomes = list(fetch_many([at(server, "b.test"), at(server)], trust=trust))
    failed = [outcome for outcome in outcomes if isinstance(outcome, Failed)]
    assert len(outcomes) == 2
    assert [str(failure.error.__cause__) for failure in failed] == ["oops"]


def test_targets_are_taken_lazily(trust: Trust, identity: Identity) -> None:
    """Only as many targets are taken from an endless stream as there is room for, and outcomes come while it runs."""
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


def test_yielded_outcomes_are_not_kept(trust: Trust, identity: Identity) -> None:
    """The stream does not keep outcomes and targets after it has yielded them."""
    with RecordingServer(identity) as server:
        stream = fetch_many((at(server) for _ in range(40)), trust=trust, concurrency=2, waiting=0)
        for outcome in itertools.islice(stream, 30):
            assert isinstance(outcome, Fetched)
        del outcome
        gc.collect()
        left = [object_ for object_ in gc.get_objects() if isinstance(object_, (Fetched, Target))]
        assert len(left) <= 4
        stream.close()  # type: ignore[attr-defined]


def test_concurrency_is_a_limit(trust: Trust) -> None:
    """Without a waiting lane, the number of open connections reaches the requested number and never exceeds it."""
    counting = Counting(threading.Barrier(5))  # the server continues only when five clients have connected
    with PlainServer(counting) as server:
        outcomes = list(fetch_many([at(server)] * 50, trust=trust, concurrency=5, waiting=0))
    assert len(outcomes) == 50
    assert counting.most == 5


def test_hosts_that_stall_make_room_up_to_a_limit(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Good hosts behind tarpits that fill window and lane are fetched as soon as the first tarpit times out."""
    monkeypatch.setattr(driver, "STALL_SECONDS", 0.02)
    counting = Counting(gate := threading.Event())
    with RecordingServer(identity) as good, PlainServer(counting) as bad:
        targets = [*[at(bad)] * 12, *[at(good)] * 10]
        stream = fetch_many(targets, trust=trust, concurrency=4, waiting=8, timeout_seconds=0.5)
        outcomes = [next(stream) for _ in range(9)]
        late = list(stream)
        gate.set()
    # Twelve tarpits fill window and lane together, so the good hosts had to wait until the first tarpit timed out.
    assert counting.most <= 12
    assert any(isinstance(outcome, Failed) for outcome in outcomes)
    assert len(outcomes) + len(late) == 22


def test_tarpits_do_not_hold_up_good_hosts(
    trust: Trust, identity: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With room in the lane, all good hosts finish before any tarpit; without room, none does."""
    monkeypatch.setattr(driver, "STALL_SECONDS", 0.02)
    with RecordingServer(identity) as good, PlainServer(tarpit) as bad:
        targets = [*[at(bad)] * 4, *[at(good)] * 10]
        stream = fetch_many(targets, trust=trust, concurrency=4, waiting=8, timeout_seconds=LIMIT)
        assert all(isinstance(next(stream), Fetched) for _ in range(10))
        clock.advance(LIMIT)
        assert all(isinstance(outcome, Failed) for outcome in stream)
        first = next(fetch_many(targets, trust=trust, concurrency=4, waiting=0, timeout_seconds=0.1))
        assert isinstance(first, Failed)


def test_if_all_hosts_are_slow_none_makes_room(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A host is slow only in comparison with the others: if all hosts take long, the driver waits longer for each."""
    clock = itertools.count(step=0.25)  # every reading of the clock advances it by a quarter of a second
    monkeypatch.setattr(driver, "time", SimpleNamespace(monotonic=lambda: float(next(clock))))
    loop = driver.Driver(trust, timeout_seconds=1e6, window=1, lane=1)
    assert loop.patience_seconds == driver.STALL_SECONDS
    with RecordingServer(identity) as server:
        outcomes = list(loop.run([at(server)] * 40))
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    assert loop.patience_seconds > 2 * driver.STALL_SECONDS


def test_tarpits_cost_their_time_limit_together_not_one_by_one(trust: Trust, clock: Clock) -> None:
    """Many silent hosts together cost as much time as one."""
    reached = itertools.count(1)

    def play(sock: socket.socket) -> None:
        sock.recv(65536)
        if next(reached) == 40:
            clock.advance(LIMIT)  # once, although there are 40 hosts
        tarpit(sock)

    with PlainServer(play) as server:
        outcomes = list(fetch_many([at(server)] * 40, trust=trust, timeout_seconds=LIMIT, concurrency=40))
    assert len(outcomes) == 40
    assert all(isinstance(outcome, Failed) for outcome in outcomes)
    assert {type(outcome.error) for outcome in outcomes if isinstance(outcome, Failed)} == {HandshakeTimeoutError}


@pytest.fixture
def black_hole() -> Iterator[int]:
    """Open a port whose queue is full, so that new connections are neither accepted nor refused."""
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


def _pretend(monkeypatch: pytest.MonkeyPatch, *addresses: str, wait: Callable[[], object] | None = None) -> None:
    """Resolve names under .test to these addresses; names that begin with "slow" call *wait* first."""
    genuine = socket.getaddrinfo

    def getaddrinfo(name: str, port: int, *, type: int = 0, flags: int = 0) -> list[object]:  # noqa: A002
        if not name.endswith(".test"):
            return list(genuine(name, port, type=type, flags=flags))
        if wait is not None and name.startswith("slow"):
            wait()
        return [entry for address in addresses for entry in genuine(address, port, type=type)]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


def test_addresses_are_tried_in_order(trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first address that accepts a connection is used, after an address that refused."""
    _pretend(monkeypatch, "127.0.0.2", "127.0.0.1")
    with RecordingServer(identity) as server:
        fetched = fetch(Target("a.test", server.port), trust=trust)
    assert fetched.address == "127.0.0.1"
    assert fetched.trusted


def test_a_silent_address_leaves_time_for_the_next(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch, black_hole: int
) -> None:
    """An address that never answers uses up only its share of the time."""
    others = [f"127.0.0.{number}" for number in range(2, 202)]  # so many that the share is a fraction of a second
    _pretend(monkeypatch, "127.0.0.1", *others)
    with pytest.raises(ConnectError, match="refused the connection") as caught:
        fetch(Target("a.test", black_hole), trust=trust, timeout_seconds=LIMIT)
    assert caught.value.address == others[-1]
    refused = [f"{address}: Connection refused" for address in others]
    assert list(caught.value.details) == ["127.0.0.1: no answer", *refused]


def test_an_unknown_name_is_an_error_of_that_host(
    trust: Trust, identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name without an address fails with an error that names it."""

    def getaddrinfo(*_: object, **__: object) -> list[object]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(ResolveError, match=r"^missing\.test:443 has no address: Name or service not known$"):
        fetch(Target("missing.test"), trust=trust)
    with pytest.raises(ResolveError, match=r"^missing\.test has no address"):
        resolve_all("missing.test")


def test_a_slow_name_server_does_not_delay_other_hosts(
    trust: Trust, identity: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names that are never resolved cost one time limit, whatever their number, and do not delay hosts by address."""
    gate = threading.Event()
    _pretend(monkeypatch, "127.0.0.1", wait=gate.wait)
    try:
        with RecordingServer(identity) as server:
            targets = [*[Target("slow.test", server.port)] * 100, *[at(server)] * 10]
            stream = fetch_many(targets, trust=trust, concurrency=200, timeout_seconds=LIMIT)
            assert all(isinstance(next(stream), Fetched) for _ in range(10))
            clock.advance(LIMIT)
            errors = [str(outcome.error) for outcome in stream if isinstance(outcome, Failed)]
    finally:
        gate.set()
    assert len(errors) == 100
    assert all(f"was not resolved within {LIMIT:g} s" in error for error in errors)


def test_names_that_hang_do_not_block_other_names(
    trust: Trust, identity: Identity, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If every resolver thread hangs on a name that was given up, new threads resolve the next names."""
    gate, hanging, most = threading.Event(), itertools.count(1), resolve._MAX_THREADS

    def hang() -> None:
        if next(hanging) == most:
            clock.advance(LIMIT)
        gate.wait()

    _pretend(monkeypatch, "127.0.0.1", wait=hang)
    try:
        with RecordingServer(identity) as server:
            targets = [*[Target("slow.test", server.port)] * most, *[Target("a.test", server.port)] * 5]
            stream = fetch_many(targets, trust=trust, concurrency=most, waiting=0, timeout_seconds=LIMIT)
            outcomes = list(stream)
    finally:
        gate.set()
    assert [outcome.target.host for outcome in outcomes if isinstance(outcome, Fetched)] == ["a.test"] * 5


def test_all_addresses_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """resolve_all returns each address once, in the order of the system."""
    _pretend(monkeypatch, "127.0.0.2", "127.0.0.1", "127.0.0.2")
    assert resolve_all("A.test.") == ("127.0.0.2", "127.0.0.1")
    assert resolve_all("[::1]") == ("::1",)


def test_finding_all_addresses_has_a_time_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """If the name server does not answer in time, resolve_all raises ResolveError."""
    gate = threading.Event()
    _pretend(monkeypatch, "127.0.0.1", wait=gate.wait)
    with pytest.raises(ResolveError, match=r"was not resolved within 0\.05 s"):
        resolve_all("slow.test", timeout_seconds=0.05)
    gate.set()


def test_stopping_early_closes_every_connection(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing the stream early closes every socket."""
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
    """An exception from the iterable of targets is raised to the caller."""

    def source() -> Iterator[Target]:
        yield Target("a.test", 1, address="127.0.0.1")
        raise FetchError("the list broke")

    with pytest.raises(FetchError, match="the list broke"):
        list(fetch_many(source(), trust=trust))


@pytest.mark.parametrize("options", [{"concurrency": 0}, {"waiting": -1}, {"timeout_seconds": -1}])
def test_impossible_limits_are_refused(trust: Trust, options: dict[str, Any]) -> None:
    """A limit that no fetch could satisfy raises ValueError before the first target is taken."""
    with pytest.raises(ValueError, match="must"):
        fetch_many([], trust=trust, **options)


def test_an_empty_list_has_no_outcomes(trust: Trust) -> None:
    """An empty list of targets gives an empty list of outcomes."""
    assert list(fetch_many([], trust=trust)) == []


def test_the_limit_of_open_files_is_respected(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """Concurrency beyond the limit of open files is reduced, so that no host fails because of it."""
    counting = Counting()
    monkeypatch.setattr("pinsmith.probe.retrieval._most_files", lambda: 67)
    with PlainServer(counting) as server:
        outcomes: list[FetchOutcome] = list(fetch_many([at(server)] * 30, trust=trust, concurrency=1000))
    assert len(outcomes) == 30
    assert counting.most <= 3
