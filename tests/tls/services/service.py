"""One service client: how to call it, and enough of its server to reach TLS and to take the credentials afterwards."""

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
# How protocols spell them: MySQL and PostgreSQL show the name, SMTP hides both in base64.
_SPELLINGS = (
    USER.encode("ascii"),
    PASSWORD.encode("ascii"),
    base64.b64encode(f"\0{USER}\0{PASSWORD}".encode("ascii")),
)


class Script:
    """The server's part, made anew for each test because some protocols have a memory."""

    def to_tls(self, sock: socket.socket) -> None:
        """Talk in the clear until it is time for TLS; nothing to say where TLS comes first."""

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        """Talk inside TLS until the client leaves."""
        raise NotImplementedError


@dataclass(frozen=True)
class Service:
    """
    One way to call one client.

    Attributes:
        way: The client; it logs in as `USER` with `PASSWORD` and says something that needs an answer.
        script: Makes the server's part.
        before_tls: All that the client may say in the clear, as a regular expression.
        ask_plainly: The same errand, for a client whose helper takes nothing but pins: without the helper.
    """

    way: Way
    script: Callable[[], Script]
    before_tls: bytes = b""
    ask_plainly: Callable[[Errand], bytes] | None = None

    @property
    def id(self) -> str:
        """The way's id."""
        return self.way.id


def has_credentials(received: bytes) -> bool:
    """Say whether the name or the password is in *received*, in one of the spellings of the protocols."""
    return any(spelling in received for spelling in _SPELLINGS)
