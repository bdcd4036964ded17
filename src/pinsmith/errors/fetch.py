"""The errors of retrieval."""

from __future__ import annotations

from typing import Self

from pinsmith.errors.base import PinsmithError


class FetchError(PinsmithError):
    """
    A live host could not be read.

    Args:
        reason: What happened, starting with a verb, the host being the subject.

    Attributes:
        reason: The same.
        host: The canonical host; empty until `at` was called.
        port: The port that stands for the service; 0 until `at` was called.
        address: The numeric address that was dialled; None if it never came to that.
    """

    code = "fetch-failed"

    def __init__(self, reason: str, *, hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.reason = reason
        self.host = ""
        self.port = 0
        self.address: str | None = None

    def at(self, host: str, port: int, address: str | None) -> Self:
        """Name the place in the message, and return the same error."""
        self.host, self.port, self.address = host, port, address
        name = f"[{host}]" if ":" in host else host
        place = f"{name}:{port}" if address in {None, host} else f"{name}:{port} ({address})"
        self.args = (f"{place} {self.reason}",)
        return self


class ResolveError(FetchError):
    """A host name has no address, or nobody answered when asked for it."""

    code = "host-not-found"


class ConnectError(FetchError):
    """No TCP connection came about: refused, unreachable, reset or out of time."""

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
    The server could not be talked into TLS.

    Attributes:
        protocol: The id of the protocol, such as ``smtp``.
        said: What the server said last; empty if nothing.
    """

    code = "starttls-failed"

    def __init__(self, reason: str, *, protocol: str, said: bytes = b"", hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.protocol, self.said = protocol, said


class HandshakeError(FetchError):
    """
    The TLS handshake failed for another reason than trust.

    Attributes:
        alert: The alert the server sent, by its RFC 8446 name; None if it sent none.
    """

    code = "handshake-failed"

    def __init__(self, reason: str, *, alert: str | None = None, hint: str | None = None) -> None:
        super().__init__(reason, hint=hint)
        self.alert = alert


class HandshakeTimeoutError(HandshakeError):
    """The server accepted the connection and then let the TLS handshake run out of time."""

    code = "handshake-timeout"


class NoCertificateError(HandshakeError):
    """The server presented no certificate."""

    code = "no-certificate"


def quote(said: bytes, *, most: int = 200) -> str:
    """Quote what a stranger said, on one line and cut to *most* characters."""
    try:
        shown = repr(said.decode()[: most + 1])
    except UnicodeDecodeError:
        shown = repr(said[: most + 1])[1:]  # as hexadecimal escapes
    return shown if len(shown) <= most else f"{shown[: most - 4]}'..."
