"""Names to addresses, by the system's resolver, which blocks and so runs in threads of its own."""

from __future__ import annotations

import queue
import socket
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ResolveError
from pinsmith.host import canonical_host

if TYPE_CHECKING:
    from collections.abc import Iterator

_MAX_THREADS: Final = 64
_MAX_STUCK: Final = 192


@dataclass(frozen=True, slots=True)
class Address:
    """
    An address to dial.

    Attributes:
        family: ``AF_INET`` or ``AF_INET6``.
        sockaddr: In the form that `socket` takes.
    """

    family: int
    sockaddr: tuple[str | int | bytes, ...]

    def __str__(self) -> str:
        """Return the address without the port."""
        return str(self.sockaddr[0])


def read_address(name: str, port: int) -> Address | None:
    """
    Read an IP address, with a zone if it has one; None for any other name. Never blocks.

    Args:
        name: A host name or IP address.

        port: Goes into the result.
    """
    if ":" in name:
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        except OSError:
            return None
        return Address(found[0][0], found[0][4])
    if not name[-1:].isdigit():
        return None
    try:
        socket.inet_pton(socket.AF_INET, name)
    except OSError:
        return None
    return Address(socket.AF_INET, (name, port))


def look_up(name: str, port: int) -> list[Address]:
    """
    Ask the system for the addresses of *name*, in the order to try them. It blocks until the system answers.

    Args:
        name: A host name or IP address.

        port: Goes into the result.

    Raises:
        ResolveError: If there are none.
    """
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        raise ResolveError(f"has no address: {error.strerror or error}") from error
    except (OSError, UnicodeError) as error:
        raise ResolveError(f"cannot be looked up: {error}") from error
    return list(dict.fromkeys(Address(family, sockaddr) for family, _, _, _, sockaddr in found))


def resolve_all(name: str, *, timeout_seconds: float = 10.0) -> tuple[str, ...]:
    """
    Find every address of *name*, in the order a client would try them.

    Args:
        name: A host name or IP address.

        timeout_seconds: How long to wait for the system's resolver.

    Returns:
        IP addresses, fit for `Target.address`.

    Raises:
        HostError: If *name* is not a host.
        ResolveError: If there are none, or the resolver did not answer in time.
    """
    host = canonical_host(name)
    answers: queue.SimpleQueue[list[Address] | ResolveError] = queue.SimpleQueue()
    threading.Thread(target=lambda: answers.put(_answer(host, 0)), daemon=True).start()
    try:
        answer = answers.get(timeout=timeout_seconds)
    except queue.Empty:
        answer = ResolveError(f"was not resolved within {timeout_seconds:g} s")
    if isinstance(answer, ResolveError):
        raise answer.at(host, 0, None)
    return tuple(dict.fromkeys(map(str, answer)))


def _answer(name: str, port: int) -> list[Address] | ResolveError:
    try:
        return look_up(name, port)
    except ResolveError as error:
        return error


class Resolver:
    """
    Threads that look names up and signal when there are answers.

    The threads are daemons, and a new one starts when all are busy. So a name server that never answers delays neither
    other names nor the end of the program.

    Attributes:
        bell: Readable when there are answers.
    """

    def __init__(self) -> None:
        self.bell, self._rope = socket.socketpair()
        self.bell.settimeout(0)
        self._rope.settimeout(0)
        self._questions: queue.SimpleQueue[tuple[int, str, int] | None] = queue.SimpleQueue()
        self._answers: deque[tuple[int, list[Address] | ResolveError]] = deque()
        self._threads = 0
        self._unanswered: set[int] = set()
        self._given_up: set[int] = set()

    def ask(self, ticket: int, name: str, port: int) -> None:
        """Look *name* up in a thread; the answer will carry *ticket*."""
        self._unanswered.add(ticket)
        self._questions.put((ticket, name, port))
        self._staff()

    def give_up(self, ticket: int) -> None:
        """Drop the answer when it comes; another thread may take the place of the one that waits for it."""
        self._given_up.add(ticket)
        self._staff()

    def answers(self) -> Iterator[tuple[int, list[Address] | ResolveError]]:
        """Yield the answers since the last call."""
        with suppress(BlockingIOError):
            while len(self.bell.recv(4096)) == 4096:  # noqa: PLR2004 - the size asked for
                pass
        while self._answers:
            ticket, answer = self._answers.popleft()
            if ticket in self._given_up:
                self._given_up.discard(ticket)
            else:
                yield ticket, answer

    def close(self) -> None:
        """Let the threads end; those that wait for the system end as soon as it answers."""
        for _ in range(self._threads):
            self._questions.put(None)
        self.bell.close()
        self._rope.close()

    def _staff(self) -> None:
        """Start a thread if there are more questions than threads, and not too many wait for answers still wanted."""
        unanswered = self._unanswered.copy()
        stuck = min(len(unanswered & self._given_up), _MAX_STUCK)
        if len(unanswered) > self._threads and self._threads - stuck < _MAX_THREADS:
            self._threads += 1
            threading.Thread(target=self._work, daemon=True, name="pinsmith-resolver").start()

    def _work(self) -> None:
        while (question := self._questions.get()) is not None:
            ticket, name, port = question
            late = ticket in self._given_up  # while it stood in the queue
            self._answers.append((ticket, [] if late else _answer(name, port)))
            self._unanswered.discard(ticket)
            with suppress(OSError):  # full: the signal is set already; closed: nobody listens
                self._rope.send(b"\0")
