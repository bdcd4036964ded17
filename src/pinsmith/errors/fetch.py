"""The errors of retrieval."""

from __future__ import annotations

from typing import Self

from pinsmith.errors.base import PinsmithError


class FetchError(PinsmithError):
    """
    A live host could not be read.

    Args:
        reason: What happened. It starts with a verb, and the host is the subject.

    Attributes:
        reason: What happened, as above.
        host: The canonical host; empty until `at` is called.
        port: The port of the service; 0 until `at` is called, and if only the name was looked up.
        address: The numeric address of the connection; None if no connection was attempted.
    """

    code = "fetch-failed"

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.reason = reason
        self.host = ""
        self.port = 0
        self.address: str | None = None

    def at(self, host: str, port: int, address: str | None) -> Self:
        """Add host, port (unless it is 0) and address to the message, and return the same error."""
        self.host, self.port, self.address = host, port, address
        name = f"[{host}]" if ":" in host else host
        service = f"{name}:{port}" if port else host
        place = service if address in {None, host} else f"{service} ({address})"
        self.args = (f"{place} {self.reason}",)
        return self


class ResolveError(FetchError):
    """A host name has no address, or no name server answered."""

    code = "host-not-found"


class ConnectError(FetchError):
    """No TCP connection was made: it was refused, unreachable, reset or timed out."""

    code = "connect-failed"


class PlaintextError(FetchError):
    """
    The port answers, but not with TLS.

    Attributes:
        said: The first bytes of the answer.
    """

    code = "not-tls"

    def __init__(self, reason: str, *, said: bytes, hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.said = said


class StartTLSError(FetchError):
    """
    The server did not change to TLS.

    Attributes:
        protocol: The id of the protocol, such as ``smtp``.
        said: The last answer of the server; empty if there was none.
    """

    code = "starttls-failed"

    def __init__(self, reason: str, *, protocol: str, said: bytes = b"", hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.protocol, self.said = protocol, said


class HandshakeError(FetchError):
    """
    The TLS handshake failed for a reason other than trust.

    Attributes:
        alert: The RFC 8446 name of the alert that the server sent; None if it sent none.
    """

    code = "handshake-failed"

    def __init__(self, reason: str, *, alert: str | None = None, hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.alert = alert


class HandshakeTimeoutError(HandshakeError):
    """The server accepted the connection, but the TLS handshake timed out."""

    code = "handshake-timeout"


class NoCertificateError(HandshakeError):
    """The server presented no certificate."""

    code = "no-certificate"


def quote(said: bytes, *, most: int = 200) -> str:
    """Quote the answer of a server on one line, cut to *most* characters."""
    try:
        shown = repr(said.decode()[: most + 1])
    except UnicodeDecodeError:
        shown = repr(said[: most + 1])[1:]  # as hexadecimal escapes
    return shown if len(shown) <= most else f"{shown[: most - 4]}'..."
