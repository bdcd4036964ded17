"""Wrong clients for the scenarios about several pins, their policy and their hosts."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict, Ended

ONE_HOST: Final = frozenset({"localhost"})


class FirstPin(Pinner):
    """Compare only the first pin."""

    def require(self, secure: ssl.SSLSocket, pins: tuple[str, ...]) -> None:
        """Ignore the other pins."""
        super().require(secure, pins[:1])


@dataclass(frozen=True)
class ListedHosts(Pinner):
    """Connect only to hosts that have an entry of their own."""

    hosts: frozenset[str] | None = ONE_HOST

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Look up the full name of the host."""
        if host not in (self.hosts or ()):
            raise ssl.SSLError("no such host")
        return super().connect(call, plain, host)


@dataclass(frozen=True)
class Spelled(Pinner):
    """Look up pins under the name as written, but use it without its final dot otherwise, as OkHttp does."""

    hosts: frozenset[str] | None = ONE_HOST

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Use the right name in the handshake, and compare the pins only if the spelling is the same."""
        secure = self.context(call).wrap_socket(plain, server_hostname=host.removesuffix("."))
        if host in (self.hosts or ()):
            self.require(secure, call.pins)
        return secure


# `Pinner()` itself knows the pins but not their policy: it applies them to every host, and they never expire.
WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "backup-pin": ((FirstPin(), "refuses-a-good-server"),),
    "two-pins": ((FirstPin(), "refuses-a-good-server"),),
    "subdomain-covered-good": ((ListedHosts(), "refuses-a-good-server"),),
    "subdomain-covered-rogue": ((Pinner(hosts=ONE_HOST), "accepts-a-rogue"),),
    "compromised-authority": ((Pinner(), "accepts-a-rogue"),),
    "trailing-dot": ((Spelled(), "accepts-a-rogue"),),
    "subdomain-not-covered": ((Pinner(), "refuses-a-good-server"),),
    "expired-pins": ((Pinner(), "refuses-a-good-server"),),
    "report-only": ((Pinner(), "refuses-a-good-server"),),
    "unpinned-host": ((Pinner(), "refuses-a-good-server"),),
}
