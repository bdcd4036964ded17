"""A TLS server that is the host on its first connection, an impostor on the second, and so on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.lab.servers.server import RecordingServer

if TYPE_CHECKING:
    import ssl

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.speaker import Speaker


class AlternatingServer(RecordingServer):
    """
    Present two identities in turn, on the same port.

    No session of one is resumed by the other, because they have different contexts, and so different session keys.
    """

    def __init__(self, odd: Identity, even: Identity, *, speak: Speaker) -> None:
        """
        Listen; ``with`` begins to serve.

        Args:
            odd: Presented on the first connection, the third, and so on.

            even: Presented on the second, the fourth, and so on.

            speak: The speaker after both handshakes.
        """
        super().__init__(odd, speak=speak)
        self._even = self._context(even)

    @property
    def sent_to_even(self) -> bytes:
        """The bytes of clients on the even connections, inside TLS or in the clear."""
        return b"".join(connection.application_bytes + connection.stray_bytes for connection in self.connections[1::2])

    def _default_for(self, record: RecordedConnection) -> ssl.SSLContext:
        return self._even if record in self.connections[1::2] else self._default
