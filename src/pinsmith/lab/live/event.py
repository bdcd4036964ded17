"""What one client did on one connection, in words that can be shown to anybody."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.lab.servers.connection import RecordedConnection

VisitResult = Literal["pass", "accepts-a-rogue", "refuses-a-good-server", "unproven"]
"""What a connection says of the client; the words are those of `pinsmith.lab.trial.ClientVerdict`."""

RESULT_WORDS: Final[dict[VisitResult, str]] = {
    "accepts-a-rogue": "ACCEPTS A ROGUE",
    "refuses-a-good-server": "REFUSES A GOOD SERVER",
    "pass": "as it should",
    "unproven": "proves nothing",
}
"""In words, the worst first."""

_ALERT: Final = re.compile(r"ALERT_([A-Z0-9_]+)")
_REQUEST_LINE: Final = re.compile(rb"([A-Z]{1,16}) (/[\x21-\x7e]{0,2000}) HTTP/1\.[01]\r?\n")
_MAX_PATH: Final = 80


@dataclass(frozen=True, slots=True)
class Event:
    """
    The result of one connection, or what was sent on it since the last event.

    Attributes:
        at: When it was noticed; UTC.
        scenario: Its id.
        peer: Address and port of the client.
        result: What it says of the client.
        what: What the client did, in words.
        bytes_received: Decrypted, or sent in the clear where TLS was due.
        request: Method and path of the first request, without the query; None if that is not to be told.
    """

    at: datetime
    scenario: str
    peer: str
    result: VisitResult
    what: str
    bytes_received: int
    request: str | None = None

    def __str__(self) -> str:
        """Show what was done and what to make of it."""
        request = f" ({self.request})" if self.request else ""
        return f"{self.peer} {self.what}{request} -> {RESULT_WORDS[self.result]}"


def peer_of(connection: RecordedConnection) -> str:
    """Write where the client is."""
    address, port = connection.peer
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def request_of(sent: bytes) -> str | None:
    """
    Tell the method and the path of a request; never its query, headers or body.

    Returns:
        None if *sent* does not begin with a request of HTTP/1: then nothing in it is known to be harmless.
    """
    found = _REQUEST_LINE.match(sent)
    if found is None:
        return None
    path = re.split(r"[?#]", found[2].decode("ascii"))[0]
    shown = path if len(path) <= _MAX_PATH else f"{path[: _MAX_PATH - 3]}..."
    return f"{found[1].decode('ascii')} {shown}"


def farewell_of(connection: RecordedConnection) -> str:
    """Say how a client left that had sent nothing."""
    alert = _alert_of(connection.handshake_error) or _alert_of(connection.end_error)
    if connection.handshaken:
        return f"left after the handshake{alert}, 0 bytes"
    if alert:
        return f"refused during the handshake{alert}, 0 bytes"
    if greeted(connection):
        return "left during the handshake, 0 bytes"
    return "left without a handshake, 0 bytes"


def greeted(connection: RecordedConnection) -> bool:
    """Say whether a client was there for the server, and not only to see whether the port is open."""
    return connection.greeted or connection.handshaken or bool(connection.plain_bytes or connection.stray_bytes)


def _alert_of(error: OSError | None) -> str:
    found = _ALERT.search(error.reason or "") if isinstance(error, ssl.SSLError) else None
    return f" (alert: {found[1].lower().replace('_', ' ')})" if found else ""
