"""The behaviour of one client on one connection, in words without secrets."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.lab.servers.connection import RecordedConnection

VisitResult = Literal["pass", "accepts-a-rogue", "refuses-a-good-server", "unproven"]
"""The verdict of one connection, with the words of `pinsmith.lab.trial.ClientVerdict`."""

RESULT_WORDS: Final[dict[VisitResult, str]] = {
    "accepts-a-rogue": "ACCEPTS A ROGUE",
    "refuses-a-good-server": "REFUSES A GOOD SERVER",
    "pass": "correct",
    "unproven": "proves nothing",
}
"""The results in words, the worst first."""

_ALERT: Final = re.compile(r"ALERT_([A-Z0-9_]+)")
_REQUEST_LINE: Final = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]{0,2000}) HTTP/1\.[01]\r?\n")
_MAX_PATH: Final = 80


@dataclass(frozen=True, slots=True)
class Event:
    """
    The result of one connection, or of the bytes since the last event.

    Attributes:
        at: The time when it was noticed; UTC.
        scenario: The id of the scenario.
        peer: The address and port of the client.
        result: The verdict.
        what: The behaviour of the client, in words.
        bytes_received: The number of bytes, decrypted, or sent in the clear instead of TLS.
        request: The method and path of the first request, without the query; None if they may contain secrets.
    """

    at: datetime
    scenario: str
    peer: str
    result: VisitResult
    what: str
    bytes_received: int
    request: str | None = None

    def __str__(self) -> str:
        """Show the behaviour and the verdict."""
        request = f" ({self.request})" if self.request else ""
        return f"{self.peer} {self.what}{request} -> {RESULT_WORDS[self.result]}"


def peer_text(peer: tuple[str, int]) -> str:
    """Write the address and port of a client."""
    address, port = peer
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def request_of(sent: bytes) -> str | None:
    """
    Return the method and the path of a request, but never its query, headers or body.

    Returns:
        None if *sent* does not begin with an HTTP/1 request. Then any part of it may be a secret.
    """
    found = _REQUEST_LINE.match(sent)
    if found is None:
        return None
    path = re.split(r"[?#]", found[2].decode("ascii"))[0]
    shown = path if len(path) <= _MAX_PATH else f"{path[: _MAX_PATH - 3]}..."
    return f"{found[1].decode('ascii')} {shown}"


def farewell_of(connection: RecordedConnection) -> str:
    """Describe how a client left that had sent nothing."""
    alert = _alert_of(connection.handshake_error) or _alert_of(connection.end_error)
    if connection.handshaken:
        return f"left after the handshake{alert}, 0 bytes"
    if alert:
        return f"refused during the handshake{alert}, 0 bytes"
    if greeted(connection):
        return "left during the handshake, 0 bytes"
    return "left without a handshake, 0 bytes"


def greeted(connection: RecordedConnection) -> bool:
    """Say whether a client began to speak, and did not only try whether the port is open."""
    return connection.greeted or connection.handshaken or bool(connection.plain_bytes or connection.stray_bytes)


def _alert_of(error: OSError | None) -> str:
    found = _ALERT.search(error.reason or "") if isinstance(error, ssl.SSLError) else None
    return f" (alert: {found[1].lower().replace('_', ' ')})" if found else ""
