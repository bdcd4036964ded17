"""The releases of an app that users have: real clients, each with the pins that it was built with."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

from pinsmith.errors import PinMismatchError
from pinsmith.tls.context import PinnedSSLContext

if TYPE_CHECKING:
    from pathlib import Path

    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.policy import Policy

_PATIENCE_SECONDS: Final = 30.0


class Fleet:
    """
    Releases of an app that enforce pins. `visit` lets a user of each release connect to a server.

    Args:
        host: The host that the app contacts, canonical.

        cafile: PEM certificates that the devices of the users trust.
    """

    def __init__(self, host: str, cafile: Path) -> None:
        self._host, self._cafile = host, cafile
        self._releases: dict[str, Policy] = {}

    def ship(self, version: str, pins: Policy) -> None:
        """Give *version*, which has *pins*, to users."""
        self._releases[version] = pins

    def retire(self, version: str) -> None:
        """Take *version* from the last user who has it."""
        del self._releases[version]

    @property
    def versions(self) -> list[str]:
        """The versions that users have, oldest first."""
        return list(self._releases)

    def visit(self, server: RecordingServer) -> list[str]:
        """
        Let a user of each version send a request to *server*, and return the versions that refuse it by their pins.

        Raises:
            OSError: If a version fails for another reason, such as a certificate that its device does not trust.
        """
        refusing = [version for version, pins in self._releases.items() if not self._is_accepted(pins, server)]
        server.settled()
        return refusing

    def _is_accepted(self, pins: Policy, server: RecordingServer) -> bool:
        context = PinnedSSLContext(pins, cafile=self._cafile)
        with socket.create_connection(server.endpoint, timeout=_PATIENCE_SECONDS) as raw:
            try:
                tls = context.wrap_socket(raw, server_hostname=self._host)
            except PinMismatchError:
                return False
            with tls:
                tls.sendall(f"GET / HTTP/1.1\r\nHost: {self._host}\r\nConnection: close\r\n\r\n".encode("ascii"))
                if not tls.recv(16).startswith(b"HTTP/1.1 200"):
                    raise ConnectionError(f"{self._host} did not answer")
        return True
