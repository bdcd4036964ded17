"""Watch the servers of a scene, and turn every connection into a verdict about the client."""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pinsmith.lab.live.event import Event, VisitResult, farewell_of, greeted, peer_text, request_of
from pinsmith.lab.servers.connection import RecordedConnection
from pinsmith.lab.servers.listener import Listener
from pinsmith.lab.witness import Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from pinsmith.lab.scenario import Act, Addressee, Expected, Scenario, Witness

_HANDSHAKE_RECORD: Final = b"\x16"
_MAX_LATEST: Final = 100
_MAX_FRESH: Final = 10_000  # a limit for callers that never take any
_MAX_PEERS: Final = 10_000  # clients of the proxy that are remembered

Peer = tuple[str, int]


@dataclass(eq=False)
class _Visit:
    """One connection, and the part of it that was reported."""

    connection: RecordedConnection
    seen: int = 0
    reported: int = 0
    application_reported: int = 0
    was_reported: bool = False

    @property
    def size(self) -> int:
        """The number of bytes that may count. An attempt at TLS without TLS does not count."""
        is_tls = self.connection.plain_bytes[:1] == _HANDSHAKE_RECORD
        return self.connection.size - (self.connection.plain_size if is_tls else 0)


@dataclass(eq=False)
class _Post:
    """One server of a scene, with the bytes that it must get or must not get, and its open connections."""

    scenario: Scenario
    act: Act
    server: Witness
    wanted: list[Addressee] = field(default_factory=list)
    guarded: list[Witness] = field(default_factory=list)
    wanted_reported: int = 0
    guarded_reported: int = 0
    met: int = 0
    visits: list[_Visit] = field(default_factory=list)
    through: Mapping[Peer, Peer] = field(default_factory=dict)
    is_nameless: bool = False
    """Whether the server records no connections, as for example a proxy, which records requests."""

    def look(self, now: datetime) -> Iterator[Event]:
        """Yield the events since the last look."""
        arrived = self.server.connections[self.met :]
        self.met += len(arrived)
        self.visits += [_Visit(connection) for connection in arrived if isinstance(connection, RecordedConnection)]
        if self.is_nameless or not all(isinstance(connection, RecordedConnection) for connection in arrived):
            self.is_nameless = True
            yield from self._nameless_events(now)
            return
        # Determined before anything is read, because then the bytes of an ended connection are complete.
        ended = {visit for visit in self.visits if visit.connection.ended}
        settled = [visit for visit in self.visits if self._has_settled(visit, ended=visit in ended)]
        yield from self._sent_events(settled, now, complete=len(settled) == len(self.visits))
        for visit in self.visits:
            if visit in ended and not visit.was_reported:
                yield self._event(visit, now, self._result_of_silence(visit), farewell_of(visit.connection))
        self.visits = [visit for visit in self.visits if visit not in ended]

    def _has_settled(self, visit: _Visit, *, ended: bool) -> bool:
        """Say whether no bytes came since the last look, because a request may come in pieces but is one event."""
        before, visit.seen = visit.seen, visit.size
        return ended or before == visit.seen

    def _sent_events(self, settled: list[_Visit], now: datetime, *, complete: bool) -> Iterator[Event]:
        """
        Divide the bytes that the server has read among the connections that sent something.

        The witnesses count only the total, because some of the bytes may be greetings, or meant for another host.
        """
        grown = [visit for visit in settled if visit.seen > visit.reported]
        if not grown:
            return
        guarded, wanted = self._unreported()
        complete = complete and len(self.server.connections) == self.met
        for visit in grown:
            # The last connection gets the rest, so that all bytes are reported.
            most = guarded + wanted if complete and visit is grown[-1] else visit.seen - visit.reported
            leaked, answered = min(guarded, most), min(wanted, most)
            guarded, wanted = guarded - leaked, wanted - answered
            self.guarded_reported += leaked
            self.wanted_reported += answered
            yield from self._sent(visit, now, leaked, answered)

    def _unreported(self) -> tuple[int, int]:
        guarded = sum(witness.disclosed_size for witness in self.guarded) - self.guarded_reported
        return guarded, sum(witness.received_size for witness in self.wanted) - self.wanted_reported

    def _nameless_events(self, now: datetime) -> Iterator[Event]:
        guarded, wanted = self._unreported()
        self.guarded_reported += guarded
        self.wanted_reported += wanted
        if count := guarded or wanted:
            result: VisitResult = "accepts-a-rogue" if guarded else "pass"
            yield Event(now, self.scenario.id, "a client", result, f"sent {count} bytes", count)

    def _sent(self, visit: _Visit, now: datetime, leaked: int, answered: int) -> Iterator[Event]:
        sent = visit.connection.application_bytes
        size = visit.connection.application_size
        count = leaked or answered or size - visit.application_reported
        # Only the first bytes of a connection are known to be a request. Later ones may be the rest of a body.
        in_the_clear = visit.connection.plain_bytes or visit.connection.stray_bytes
        request = request_of(sent or in_the_clear) if not visit.was_reported else None
        visit.reported, visit.application_reported = visit.seen, size
        if count:
            result: VisitResult = "accepts-a-rogue" if leaked else "pass" if answered else "unproven"
            visit.was_reported = True
            yield self._event(visit, now, result, f"sent {count} bytes", count=count, request=request)

    def _result_of_silence(self, visit: _Visit) -> VisitResult:
        if not greeted(visit.connection):
            return "unproven"
        if self.act.expected == "accept" and self.wanted:
            return "refuses-a-good-server"
        return "pass" if self.guarded else "unproven"

    def _event(
        self,
        visit: _Visit,
        now: datetime,
        result: VisitResult,
        what: str,
        *,
        count: int = 0,
        request: str | None = None,
    ) -> Event:
        peer = peer_text(self.through.get(visit.connection.peer, visit.connection.peer))
        return Event(now, self.scenario.id, peer, result, what, count, request)


class Watch:
    """Knows the events of every scenario that is served. Thread-safe."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        """Begin without servers. Events have the time of *clock*."""
        self._counts: dict[str, Counter[VisitResult]] = {}
        self._expected: dict[str, Expected] = {}
        self._clock = clock
        self._posts: list[_Post] = []
        self._latest: deque[Event] = deque(maxlen=_MAX_LATEST)
        self._fresh: deque[Event] = deque(maxlen=_MAX_FRESH)
        self._full: dict[str, None] = {}
        self._through: OrderedDict[Peer, Peer] = OrderedDict()
        self._lock = threading.Lock()

    def add(self, scenario: Scenario, act: Act) -> None:
        """Watch the servers of *act* from now on."""
        posts: dict[int, _Post] = {}

        def post_of(witness: Witness) -> _Post:
            server = witness.server if isinstance(witness, Part) else witness
            return posts.setdefault(id(server), _Post(scenario, act, server, through=self._through))

        for wanted in dict.fromkeys(act.wanted):
            if wanted not in act.guarded:
                post_of(wanted).wanted.append(wanted)
        for guarded in dict.fromkeys(act.guarded):
            post_of(guarded).guarded.append(guarded)
        with self._lock:
            self._counts[scenario.id] = Counter()
            self._expected[scenario.id] = act.expected
            self._posts += posts.values()

    def came_through(self, own: Peer, client: Peer) -> None:
        """Note that connections from *own*, an address of the proxy, are those of *client*."""
        with self._lock:
            self._through[own] = client
            self._through.move_to_end(own)  # the kernel uses ports again
            if len(self._through) > _MAX_PEERS:
                self._through.popitem(last=False)

    def look(self) -> None:
        """Note the events since the last look. Bytes that are still on their way are noted by the next one."""
        with self._lock:
            now = self._clock()
            for post in self._posts:
                self._note(post.look(now))
                if isinstance(post.server, Listener) and post.server.quota.is_used_up:
                    self._full[post.scenario.id] = None

    def close(self) -> None:
        """Look a last time, because connections that the servers end prove nothing about a client."""
        self.look()
        self.look()  # the latest bytes are reported when no others follow them
        with self._lock:
            self._posts = []

    def take(self) -> tuple[Event, ...]:
        """Look, and return the new events, the oldest first."""
        self.look()
        with self._lock:
            taken = tuple(self._fresh)
            self._fresh.clear()
            return taken

    @property
    def latest(self) -> tuple[Event, ...]:
        """The latest events, the newest first."""
        with self._lock:
            return tuple(reversed(self._latest))

    def counts_of(self, scenario_id: str) -> Counter[VisitResult]:
        """Return the number of events by result."""
        with self._lock:
            return Counter(self._counts[scenario_id])

    @property
    def full(self) -> tuple[str, ...]:
        """The scenarios whose servers received more than they keep. Later bytes were counted but not kept."""
        with self._lock:
            return tuple(self._full)

    @property
    def lacks_control(self) -> bool:
        """Whether rogues were refused, but no good server was accepted, which proves nothing."""
        with self._lock:
            passed = {self._expected[name] for name, seen in self._counts.items() if seen["pass"]}
        return bool(passed) and "accept" not in passed

    def _note(self, events: Iterable[Event]) -> None:
        for event in events:
            self._counts[event.scenario][event.result] += 1
            self._fresh.append(event)
            self._latest.append(event)
