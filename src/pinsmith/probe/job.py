"""One host under way."""

from __future__ import annotations

import errno
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from pinsmith.errors import ConnectError

if TYPE_CHECKING:
    from pinsmith.probe.connection import ProbeConnection
    from pinsmith.probe.resolve import Address
    from pinsmith.probe.rustls import Acceptor
    from pinsmith.probe.target import Target
    from pinsmith.probe.trust import Distrust

_WORDS: Final = {
    errno.ECONNREFUSED: ("refused the connection", "nothing listens on this port, or a firewall refuses it"),
    errno.EHOSTUNREACH: ("is unreachable", None),
    errno.ENETUNREACH: ("is unreachable from here", None),
    errno.ETIMEDOUT: ("did not accept the connection", None),
    errno.EMFILE: (
        "was not contacted, because too many files are open",
        "lower the concurrency, or raise the limit of open files (ulimit -n)",
    ),
}


@dataclass(slots=True, eq=False)
class Job:
    """
    A host with which a driver has begun.

    Attributes:
        ticket: Counts up.
        target: The host, as it was asked for.
        started: By the monotonic clock.
        deadline: When to give up the host.
        addresses: Those that have not been tried.
        address: The one that is being tried, or was tried last.
        connection: To *address*; None while there is none.
        tried: One line for each address that took no connection, with the reason.
        distrust: Why the chain was refused, once it was.
        acceptor: Makes the handshake in place of OpenSSL; None if OpenSSL makes it.
        asks_openssl: OpenSSL has to make the handshake, because rustls did not accept one.
    """

    ticket: int
    target: Target
    started: float
    deadline: float
    addresses: deque[Address] = field(default_factory=deque)
    address: Address | None = None
    connection: ProbeConnection | None = None
    tried: list[str] = field(default_factory=list)
    distrust: Distrust | None = None
    acceptor: Acceptor | None = None
    asks_openssl: bool = False
    _last: OSError | None = None

    @property
    def shown_address(self) -> str | None:
        """The address that answered, or the host itself behind a proxy, which does not tell the address."""
        if self.target.proxy is not None:
            return self.target.host
        return None if self.address is None else str(self.address)

    def hang_up(self, farewell: bytes = b"") -> None:
        """Close the connection, if there is one."""
        if self.connection is not None:
            self.connection.close(farewell)
            self.connection = None

    def note(self, error: OSError) -> None:
        """Note why the current address took no connection."""
        self._last = error
        self.tried.append(f"{self.address}: {error.strerror or error}")

    def connect_error(self) -> ConnectError:
        """Make the error for a host none of whose addresses took a connection."""
        code = self._last.errno if self._last is not None else None
        words, hint = _WORDS.get(code or 0, (f"cannot be reached: {self.tried[-1]}", None))
        if self.target.proxy is not None:
            words, hint = f"was not reached, because the proxy {self.target.proxy} {words}", None
        error = ConnectError(words, hint=hint)
        if len(self.tried) > 1:
            error.details = tuple(self.tried)
        return error
