"""One client of a service: how to call it, and a server that reaches TLS and then accepts the credentials."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.servers.connection import RecordedConnection
    from tests.tls.clients.way import Errand, Way

USER = "wonderland"
PASSWORD = "curiouser-and-curiouser"
# How the protocols write the credentials: MySQL and PostgreSQL in plain text, SMTP in base64.
_SPELLINGS = (
    USER.encode("ascii"),
    PASSWORD.encode("ascii"),
    base64.b64encode(f"\0{USER}\0{PASSWORD}".encode("ascii")),
)


class Script:
    """The server's side of the conversation, made anew for each test because some protocols have a state."""

    def to_tls(self, sock: socket.socket) -> None:
        """Talk in the clear until TLS starts; do nothing if the connection begins with TLS."""

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        """Talk inside TLS until the client leaves."""
        raise NotImplementedError


@dataclass(frozen=True)
class Service:
    """
    One way to call one client.

    Attributes:
        way: The client; it logs in as `USER` with `PASSWORD` and sends a command that needs an answer.
        script: Makes the server's side.
        before_tls: The bytes that the client may send in the clear, as a regular expression.
        ask_plainly: The same errand without the helper, for clients whose helper accepts nothing but pins.
    """

    way: Way
    script: Callable[[], Script]
    before_tls: bytes = b""
    ask_plainly: Callable[[Errand], bytes] | None = None

    @property
    def id(self) -> str:
        """The id of the way."""
        return self.way.id


def has_credentials(received: bytes) -> bool:
    """Return whether *received* contains the name or the password, as one of the protocols would write them."""
    return any(spelling in received for spelling in _SPELLINGS)
