"""Many connections at once: their time, number and addresses. This module knows nothing of TLS."""

from __future__ import annotations

import heapq
import itertools
import selectors
import time
from collections import OrderedDict, deque
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Chain
from pinsmith.errors import ConnectError, FetchError, HandshakeTimeoutError, ResolveError
from pinsmith.probe import conversation
from pinsmith.probe.connection import ProbeConnection
from pinsmith.probe.handshake import NotAcceptedError, UntrustedError
from pinsmith.probe.job import Job
from pinsmith.probe.resolve import Resolver, read_address
from pinsmith.probe.result import Failed, Fetched
from pinsmith.probe.trust import Distrust

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinsmith.probe.handshake import Shaken
    from pinsmith.probe.result import FetchOutcome
    from pinsmith.probe.rustls import Rustls
    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Trust

STALL_SECONDS: Final = 0.5
_STALL_TIMES: Final = 4
_HOSTS_REMEMBERED: Final = 16
_FIRST: Final = 10  # of a retrieval with rustls


class Driver:
    """
    A loop over sockets that never block.

    A host is in the window from its start until it is finished. If it takes `STALL_SECONDS` and several times as long
    as hosts usually do, it moves to the lane, and another host can start. So tarpits, black holes and slow name servers
    take no places from good hosts until the lane is full. Where everything is slow, the lane stays empty. Window and
    lane keep hosts in the order of their start, so the first one is always the next to run out of time.

    With rustls, a few hosts begin, and the others once one of them has ended or moved to the lane. Otherwise OpenSSL
    would make the handshakes of a whole window, because rustls knows no chain yet.

    Args:
        trust: Which chains are trusted.

        timeout_seconds: For each host: its name, its addresses, STARTTLS and one or two handshakes together.

        window: How many hosts are at work at once.

        lane: How many more hosts may be open after they have left the window.

        rustls: Makes the handshakes that it can; None to leave all to OpenSSL.
    """

    def __init__(
        self, trust: Trust, *, timeout_seconds: float, window: int, lane: int, rustls: Rustls | None = None
    ) -> None:
        self._trust, self._rustls = trust, rustls
        self._timeout_seconds = timeout_seconds
        self._most_fresh, self._most_stalled = window, lane
        self._room = window if rustls is None or not lane else min(window, _FIRST)
        self._fresh: OrderedDict[int, Job] = OrderedDict()
        self._stalled: OrderedDict[int, Job] = OrderedDict()
        self._finished: deque[FetchOutcome] = deque()
        self._selector = selectors.DefaultSelector()
        self._resolver: Resolver | None = None
        self._tickets = itertools.count()
        self._usual_seconds = 0.0  # how long hosts with a chain took lately
        # A heap: when to leave a silent address for the next, or a handshake of rustls for OpenSSL.
        self._slices: list[tuple[float, int, int, ProbeConnection]] = []

    def run(self, targets: Iterable[Target]) -> Iterator[FetchOutcome]:
        """Yield one outcome for each target, in the order they finish; take a target only when it can start."""
        source, more = iter(targets), True
        try:
            while more or self._fresh or self._stalled:
                while more and len(self._fresh) < self._room:
                    target = next(source, None)
                    if target is None:
                        more = False
                    else:
                        self._begin(target)
                    while self._finished:
                        yield self._finished.popleft()
                if self._fresh or self._stalled:
                    self._turn(hurried=more)
                while self._finished:
                    yield self._finished.popleft()
        finally:
            self.close()

    def close(self) -> None:
        """Close every connection; hosts under way are forgotten."""
        for job in (*self._fresh.values(), *self._stalled.values()):
            job.hang_up()
        if self._resolver is not None:
            self._resolver.close()
        self._selector.close()

    @property
    def patience_seconds(self) -> float:
        """How long a host stays in the window before it moves to the lane."""
        return max(STALL_SECONDS, _STALL_TIMES * self._usual_seconds)

    def _turn(self, *, hurried: bool) -> None:
        for key, events in self._selector.select(self._pause(hurried=hurried)):
            if isinstance(key.data, Job):
                self._serve(key.data, events)
            else:
                self._take_addresses(key.data)
        now = time.monotonic()  # after serving, so that bytes which have arrived are read even if we are late
        self._expire(now)
        while self._fresh and len(self._stalled) < self._most_stalled:
            ticket, job = next(iter(self._fresh.items()))
            if now < job.started + self.patience_seconds:
                break
            del self._fresh[ticket]
            self._stalled[ticket] = job
            self._room = self._most_fresh

    def _pause(self, *, hurried: bool) -> float:
        moments = [next(iter(lane.values())).deadline for lane in (self._fresh, self._stalled) if lane]
        if hurried and self._fresh and len(self._stalled) < self._most_stalled:
            moments.append(next(iter(self._fresh.values())).started + self.patience_seconds)
        if self._slices:
            moments.append(self._slices[0][0])
        return max(0.0, min(moments) - time.monotonic())

    def _expire(self, now: float) -> None:
        for lane in (self._fresh, self._stalled):
            while lane and (job := next(iter(lane.values()))).deadline <= now:
                self._out_of_time(job)
        while self._slices and self._slices[0][0] <= now:
            _, _, ticket, connection = heapq.heappop(self._slices)
            late = self._job(ticket)
            if late is None or late.connection is not connection:
                continue
            if not connection.talks:
                late.note(TimeoutError("no answer"))
                self._dial(late)
            elif late.acceptor is not None:
                self._ask_openssl(late)

    def _begin(self, target: Target) -> None:
        now = time.monotonic()
        job = Job(next(self._tickets), target, started=now, deadline=now + self._timeout_seconds)
        self._fresh[job.ticket] = job
        name, port = target.address or target.host, target.connect_port or target.port
        if target.proxy is not None:
            name, port = target.proxy.host, target.proxy.port
        address = read_address(name, port)
        if address is not None:
            job.addresses.append(address)
            self._dial(job)
            return
        if self._resolver is None:
            self._resolver = Resolver()
            self._selector.register(self._resolver.bell, selectors.EVENT_READ, self._resolver)
        self._resolver.ask(job.ticket, name, port)

    def _take_addresses(self, resolver: Resolver) -> None:
        for ticket, answer in resolver.answers():
            job = self._job(ticket)
            if job is None:
                continue
            if isinstance(answer, ResolveError):
                self._fail(job, answer)
            else:
                job.addresses.extend(answer)
                self._dial(job)

    def _dial(self, job: Job) -> None:
        """Try the next address; the last one may use all the time that is left, the others their share of it."""
        job.hang_up()
        while job.addresses:
            address = job.address = job.addresses.popleft()
            try:
                job.connection = ProbeConnection(self._selector, address, job)
            except OSError as error:
                job.note(error)
                continue
            if job.addresses:
                self._leave_after(job, job.connection, parts=len(job.addresses) + 1)
            return
        self._fail(job, job.connect_error())

    def _leave_after(self, job: Job, connection: ProbeConnection, *, parts: int) -> None:
        """Give *connection* an equal part of the time that is left."""
        now = time.monotonic()
        heapq.heappush(self._slices, (now + (job.deadline - now) / parts, next(self._tickets), job.ticket, connection))

    def _serve(self, job: Job, events: int) -> None:
        connection = job.connection
        if connection is None:
            return
        if connection.talks:
            self._advance(job, lambda: connection.serve(events))
            return
        try:
            connection.require_made()
        except OSError as error:
            job.note(error)
            self._dial(job)
            return
        self._advance(job, lambda: self._begin_talk(job, connection))

    def _begin_talk(self, job: Job, connection: ProbeConnection) -> Shaken | None:
        target = job.target
        trust = job.target.trust or self._trust
        choose = trust.verifying if job.distrust is None else trust.showing
        if self._rustls is not None and job.distrust is None and not job.asks_openssl:
            acceptor = self._rustls.acceptor(trust)
            if acceptor.may_accept(target):
                job.acceptor = acceptor
                self._leave_after(job, connection, parts=2)
        talk = conversation.converse(target, choose(target.key_type), job.acceptor)
        return connection.begin(talk, prompt=target.starttls is not None or target.proxy is not None)

    def _advance(self, job: Job, step: Callable[[], Shaken | None]) -> None:
        try:
            shaken = step()
        except UntrustedError as error:
            job.distrust = Distrust.of_verify_code(error.verify_code, error.verify_message)
            self._dial_again(job, error.farewell)
        except NotAcceptedError as error:
            self._ask_openssl(job, error.farewell)
        except FetchError as error:
            self._fail(job, error)
        except Exception as error:  # noqa: BLE001 - one host must not end the others
            failure = FetchError(f"could not be read: {error!r}", hint="this is a bug in pinsmith: please report it")
            failure.__cause__ = error
            self._fail(job, failure)
        else:
            if shaken is not None:
                self._succeed(job, shaken)

    def _ask_openssl(self, job: Job, farewell: bytes = b"") -> None:
        job.acceptor, job.asks_openssl = None, True
        self._dial_again(job, farewell)

    def _dial_again(self, job: Job, farewell: bytes) -> None:
        """Connect once more to the same address: to see the chain only, or to let OpenSSL judge."""
        job.hang_up(farewell)
        job.addresses.clear()
        if job.address is not None:
            job.addresses.append(job.address)
        self._dial(job)

    def _succeed(self, job: Job, shaken: Shaken) -> None:
        job.hang_up(shaken.farewell)
        fetched = Fetched(
            target=job.target,
            address=job.shown_address or "",
            tls_version=shaken.tls_version,
            cipher=shaken.cipher,
            presented=Chain.of_der(shaken.presented),
            verified=Chain.of_der(shaken.verified) if shaken.verified else None,
            distrust=job.distrust,
            demands_client_certificate=not shaken.finished,
            engine="openssl" if job.acceptor is None else "rustls",
        )
        if self._rustls is not None and job.acceptor is None:
            self._rustls.acceptor(job.target.trust or self._trust).learn(shaken)
        self._usual_seconds += (time.monotonic() - job.started - self._usual_seconds) / _HOSTS_REMEMBERED
        self._end(job, fetched)

    def _out_of_time(self, job: Job) -> None:
        connection, limit = job.connection, f"within {self._timeout_seconds:g} s"
        if connection is not None and connection.talks and job.acceptor is None:
            self._advance(job, lambda: connection.give_up(TimeoutError(limit)))
            if job.connection is connection:  # the conversation did not end
                self._fail(job, HandshakeTimeoutError(f"did not finish the TLS handshake {limit}"))
        elif connection is not None and connection.talks:
            self._fail(job, HandshakeTimeoutError(f"did not finish the TLS handshake {limit}"))
        elif job.address is None:
            if self._resolver is not None:
                self._resolver.give_up(job.ticket)
            self._fail(job, ResolveError(f"was not resolved {limit}"))
        else:
            error = ConnectError(f"did not accept a connection {limit}")
            error.details = tuple(job.tried)
            self._fail(job, error)

    def _fail(self, job: Job, error: FetchError) -> None:
        job.hang_up()
        address = job.shown_address
        error.at(job.target.host, job.target.port, address)
        if job.distrust is not None:
            error.details = (*error.details, f"at the first attempt, its chain was not trusted: {job.distrust}")
        self._end(job, Failed(job.target, address, error))

    def _end(self, job: Job, outcome: FetchOutcome) -> None:
        if self._fresh.pop(job.ticket, None) is None:
            del self._stalled[job.ticket]
        self._room = self._most_fresh
        self._finished.append(outcome)

    def _job(self, ticket: int) -> Job | None:
        return self._fresh.get(ticket) or self._stalled.get(ticket)
