"""Wrong clients for the scenarios about several pins, their policy, and the hosts that they hold for."""

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
    """Compare the first pin alone."""

    def require(self, secure: ssl.SSLSocket, pins: tuple[str, ...]) -> None:
        """Leave the others out."""
        super().require(secure, pins[:1])


@dataclass(frozen=True)
class ListedHosts(Pinner):
    """Talk to the hosts that have an entry of their own, and to no other."""

    hosts: frozenset[str] | None = ONE_HOST

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Look the host up by its full name."""
        if host not in (self.hosts or ()):
            raise ssl.SSLError("no such host")
        return super().connect(call, plain, host)


@dataclass(frozen=True)
class Spelled(Pinner):
    """Look the pins up by the name as it is written, and do everything else without the dot at its end, as OkHttp."""

    hosts: frozenset[str] | None = ONE_HOST

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Shake hands with the right name, and compare only if the text is the same."""
        secure = self.context(call).wrap_socket(plain, server_hostname=host.removesuffix("."))
        if host in (self.hosts or ()):
            self.require(secure, call.pins)
        return secure


# `Pinner()` itself has the pins, but not what the pin file says of them: to it they hold for every host, for ever.
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
