"""What the tests know about one real server: how to start it, call it and count who logged in."""

from __future__ import annotations

import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.extended.program import Folder, reserved_port

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.pki.identity import Identity
    from tests.extended.program import Program
    from tests.tls.clients.way import Errand

    Start = Callable[[Folder, int], Program]


@dataclass(frozen=True)
class RealServer:
    """
    One server.

    Attributes:
        id: The name of its package or program.
        user: Whom root starts it as.
        start: Starts it, on a port, with ``server.crt`` and ``server.key`` of its folder.
        asks: Ways to log in and get an answer, by name.
        logins: Counts the attempts to log in that it has seen.
        starttls: How its clients change to TLS, as `pinsmith.probe` calls it; None if TLS comes first.
        rotate: Makes it take another certificate without a restart.
    """

    id: str
    user: str
    start: Start
    asks: dict[str, Callable[[Errand], bytes]]
    logins: Callable[[Running], int]
    rotate: Callable[[Running], None]
    starttls: str | None = None


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    server: RealServer
    folder: Folder
    program: Program

    @property
    def port(self) -> int:
        """Where it listens on 127.0.0.1."""
        return self.program.port

    def logins(self) -> int:
        """Count the attempts to log in so far."""
        return self.server.logins(self)

    def until_logins(self, number: int) -> None:
        """Wait until as many attempts stand in the log: it may come a moment after the answer."""
        self.program.until(lambda: self.logins() >= number, f"login number {number}")

    def present(self, identity: Identity) -> None:
        """Put the files of *identity* where the server reads them."""
        present(self.folder, identity)


def logged(pattern: str) -> Callable[[Running], int]:
    """Count the matches of a regular expression in the log."""
    return lambda running: len(re.findall(pattern, running.program.log))


def hang_up(running: Running) -> None:
    """Send SIGHUP."""
    running.program.reload()


def present(folder: Folder, identity: Identity) -> None:
    """Write certificate chain and key."""
    folder.write("server.crt", identity.presented_pem())
    folder.write("server.key", identity.private_pem())


@contextmanager
def run(server: RealServer, identity: Identity) -> Iterator[Running]:
    """Run *server*, presenting *identity*, on a port of its own; its folder goes with it."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder(server.user)
        stack.callback(folder.remove)
        present(folder, identity)
        program = stack.enter_context(server.start(folder, port))
        yield Running(server, folder, program)
