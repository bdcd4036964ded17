"""Describe a real server: how to start it, how to call it, and how to count the logins."""

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
    A server of the system.

    Attributes:
        id: The name of its package or program.
        user: The user as whom root starts it.
        start: Starts it on a port, with ``server.crt`` and ``server.key`` of its folder.
        asks: Functions that log in and return an answer, by name.
        logins: Counts the login attempts that the server has seen.
        starttls: The protocol by which clients change to TLS, as `pinsmith.probe` names it; None if TLS comes first.
        rotate: Makes the server load another certificate; where possible, without a restart.
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
    """A running server."""

    server: RealServer
    folder: Folder
    program: Program

    @property
    def port(self) -> int:
        """The port on 127.0.0.1."""
        return self.program.port

    def logins(self) -> int:
        """Count the login attempts so far."""
        return self.server.logins(self)

    def until_logins(self, number: int) -> None:
        """Wait until the log contains *number* attempts, because the log may be written after the answer."""
        self.program.until(lambda: self.logins() >= number, f"login number {number}")

    def present(self, identity: Identity) -> None:
        """Write the files of *identity* where the server reads them."""
        present(self.folder, identity)


def logged(pattern: str) -> Callable[[Running], int]:
    """Return a function that counts the matches of a regular expression in the log."""
    return lambda running: len(re.findall(pattern, running.program.log))


def hang_up(running: Running) -> None:
    """Send SIGHUP."""
    running.program.reload()


def present(folder: Folder, identity: Identity) -> None:
    """Write the certificate chain and the key into *folder*."""
    folder.write("server.crt", identity.presented_pem())
    folder.write("server.key", identity.private_pem())


@contextmanager
def run(server: RealServer, identity: Identity) -> Iterator[Running]:
    """Run *server* with *identity* on a port of its own, and delete its folder at the end."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder(server.user)
        stack.callback(folder.remove)
        present(folder, identity)
        program = stack.enter_context(server.start(folder, port))
        yield Running(server, folder, program)
