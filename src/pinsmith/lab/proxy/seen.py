"""
Record the behaviour of clients at hosts, as far as verdicts need it.

Bytes of clients are counted but not kept, except the method and the path of the first request. Everything is limited,
because a client decides how many hosts it requests.
"""

from __future__ import annotations

import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

_MAX_DESTINATIONS: Final = 10_000
_MAX_CLIENTS: Final = 64  # of one host; all others are counted as one
_MAX_REQUEST: Final = 120  # characters of a first request line
# A method, a target and a version. The target ends before its query, its fragment or its parameters.
_REQUEST_LINE: Final = re.compile(rb"([A-Z]{1,20}) (?:[a-z]+://[^/ ]*)?([^ ?#;\r\n]*)[^ \r\n]* (HTTP/1\.[01])\r?\n")
_HTTP2_PREFACE: Final = b"PRI * HTTP/2.0"  # RFC 9113 section 3.4


@dataclass(frozen=True, slots=True, order=True)
class Destination:
    """The destination of a client: a canonical host and a port."""

    host: str
    port: int

    def __str__(self) -> str:
        """``host:port``, with IPv6 addresses in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Client:
    """
    A client, as far as it can be recognised from outside.

    Attributes:
        address: The IP address.
        fingerprint: The fingerprint of `pinsmith.lab.proxy.hello.ClientHello`; None in the clear.
    """

    address: str
    fingerprint: str | None = None


OTHERS: Final = Client("others")


@dataclass(slots=True)
class Evidence:
    """
    The behaviour of one client at one destination.

    Attributes:
        attempts: The number of connections, including open ones.
        intercepted: How many sent bytes inside TLS with the rogue certificate.
        refused: How many ended at the certificate, by the name of the alert, ``closed`` or ``reset``.
        failed: How many failed for another reason, by the reason.
        silent: How many accepted the handshake, and then neither sent anything nor left at once.
        clear: How many came without TLS.
        passed_through: How many were tunnelled after a refusal.
        bytes_received: The number of bytes inside TLS or in the clear.
        request: The method, path and version of the first request, but never its query.
        tls_version: The version of the last handshake.
        upstream_problem: The latest reason why the real host could not be reached.
    """

    attempts: int = 0
    intercepted: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)
    silent: int = 0
    clear: int = 0
    passed_through: int = 0
    bytes_received: int = 0
    request: str | None = None
    tls_version: str | None = None
    upstream_problem: str | None = None

    @property
    def is_decided(self) -> bool:
        """Whether any connection has a result yet."""
        counted = (self.intercepted, self.silent, self.clear, self.passed_through)
        return any(counted) or bool(self.refused or self.failed)

    def copy(self) -> Evidence:
        """Return a copy that does not change."""
        return Evidence(
            self.attempts,
            self.intercepted,
            Counter(self.refused),
            Counter(self.failed),
            self.silent,
            self.clear,
            self.passed_through,
            self.bytes_received,
            self.request,
            self.tls_version,
            self.upstream_problem,
        )


Record = dict[Destination, dict[Client, Evidence]]


class Seen:
    """The record of a run. Thread-safe."""

    def __init__(self, changed: Callable[[Destination], None] | None = None) -> None:
        """
        Begin empty.

        Args:
            changed: Called without a lock when a destination is new, and after every change that may matter to a
                verdict.
        """
        self._changed = changed or (lambda _: None)
        self._lock = threading.Lock()
        self._record: Record = {}
        self.destinations_dropped = 0
        """The number of connections to hosts beyond the recorded maximum."""

    def begin(self, destination: Destination, client: Client) -> Attempt:
        """Note that *client* connects to *destination*."""
        with self._lock:
            if destination not in self._record and len(self._record) >= _MAX_DESTINATIONS:
                self.destinations_dropped += 1
                return Attempt(self, None, Evidence())
            is_new = destination not in self._record
            clients = self._record.setdefault(destination, {})
            if client not in clients and len(clients) >= _MAX_CLIENTS:
                client = OTHERS
            evidence = clients.setdefault(client, Evidence())
            evidence.attempts += 1
        if is_new:
            self._changed(destination)
        return Attempt(self, destination, evidence)

    def has_refused(self, destination: Destination, client: Client) -> bool:
        """Say whether *client* has refused the rogue certificate of *destination* before."""
        with self._lock:
            evidence = self._record.get(destination, {}).get(client)
            return evidence is not None and bool(evidence.refused) and not evidence.intercepted

    def clients_at(self, destination: Destination) -> dict[Client, Evidence]:
        """Return a copy of the record of one destination."""
        with self._lock:
            return {client: evidence.copy() for client, evidence in self._record.get(destination, {}).items()}

    def record(self) -> Record:
        """Return a copy of the record."""
        with self._lock:
            return {
                destination: {client: evidence.copy() for client, evidence in clients.items()}
                for destination, clients in self._record.items()
            }

    def count(self, evidence: Evidence, received: int) -> None:
        """Add to the bytes of *evidence*, which does not change a verdict. For `Attempt`."""
        with self._lock:
            evidence.bytes_received += received

    def change(self, destination: Destination | None, step: Callable[[], None]) -> None:
        """Run *step*, which changes evidence of *destination*, or of none that is recorded. For `Attempt`."""
        with self._lock:
            step()
        if destination is not None:
            self._changed(destination)


class Attempt:
    """One connection. The first event decides its result."""

    def __init__(self, seen: Seen, destination: Destination | None, evidence: Evidence) -> None:
        """Use `Seen.begin` instead."""
        self._seen = seen
        self._destination = destination
        self._evidence = evidence
        self.decided = False
        """Whether it has a result yet."""

    def handshaken(self, tls_version: str | None) -> None:
        """Note the end of the handshake, which does not decide the result."""
        self._evidence.tls_version = tls_version

    def upstream_failed(self, problem: str) -> None:
        """Note why the real host could not be reached."""
        self._evidence.upstream_problem = problem

    def heard(self, octets: bytes) -> None:
        """Note bytes inside TLS. The first ones prove that the client accepted the rogue certificate."""
        if self.decided:
            self._seen.count(self._evidence, len(octets))
            return

        def step() -> None:
            self._evidence.intercepted += 1
            self._note_bytes(octets)

        self._decide(step)

    def heard_unless_ended(self, octets: bytes) -> None:
        """Note bytes as `heard` does. No bytes mean that the client has ended."""
        if octets:
            self.heard(octets)

    def came_in_the_clear(self, octets: bytes) -> None:
        """Note bytes without TLS."""

        def step() -> None:
            self._evidence.clear += 1
            self._note_bytes(octets)

        self._decide(step)

    def refused(self, how: str) -> None:
        """Note that the client broke off at the certificate."""
        self._decide(lambda: self._evidence.refused.update([how]))

    def failed(self, why: str) -> None:
        """Note that nothing can be concluded from this connection."""
        self._decide(lambda: self._evidence.failed.update([why]))

    def stayed_silent(self) -> None:
        """Note that the client accepted the handshake and then did nothing."""

        def step() -> None:
            self._evidence.silent += 1

        self._decide(step)

    def passed_through(self) -> None:
        """Note that the connection is tunnelled."""

        def step() -> None:
            self._evidence.passed_through += 1

        self._decide(step)

    def _note_bytes(self, octets: bytes) -> None:
        self._evidence.bytes_received += len(octets)
        if self._evidence.request is None:
            self._evidence.request = request_line(octets)

    def _decide(self, step: Callable[[], None]) -> None:
        if not self.decided:
            self.decided = True
            self._seen.change(self._destination, step)


def request_line(octets: bytes) -> str | None:
    """
    Return the method, path and version of a request, without queries and headers, which may contain secrets.

    Returns:
        None if *octets* do not begin with a request; ``HTTP/2`` for a connection of that version.
    """
    if octets.startswith(_HTTP2_PREFACE):
        return "HTTP/2"
    match = _REQUEST_LINE.match(octets)
    if match is None:
        return None
    method, path, version = (part.decode("latin-1") for part in match.groups())
    if len(path) > _MAX_REQUEST:
        path = path[:_MAX_REQUEST] + "..."
    return f"{method} {path or '/'} {version}"
