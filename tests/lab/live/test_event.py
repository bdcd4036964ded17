from __future__ import annotations

import pytest

from pinsmith.lab.live.event import peer_of, request_of
from pinsmith.lab.servers.connection import RecordedConnection

REST = b"\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
TOLD = {
    "a path": (b"GET /a/b HTTP/1.1" + REST, "GET /a/b"),
    "no query": (b"POST /login?password=hunter2 HTTP/1.1" + REST, "POST /login"),
    "no fragment": (b"GET /x#secret HTTP/1.0" + REST, "GET /x"),
    "a long path, cut": (b"GET /" + b"a" * 200 + b" HTTP/1.1" + REST, "GET /" + "a" * 76 + "..."),
}
NOT_TOLD = {
    "nothing": b"",
    "half a line": b"GET /secre",
    "a URL, which may hold a password": b"GET http://user:secret@localhost/ HTTP/1.1" + REST,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a terminal's escape sequence": b"GET /\x1b[2J HTTP/1.1" + REST,
    "another protocol": b"EHLO phone\r\nAUTH PLAIN c2VjcmV0\r\n",
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize(("sent", "told"), TOLD.values(), ids=TOLD)
def test_of_a_request_method_and_path_are_told(sent: bytes, told: str) -> None:
    """Enough to know which call of the app it was, and nothing that is secret."""
    assert request_of(sent) == told


@pytest.mark.parametrize("sent", NOT_TOLD.values(), ids=NOT_TOLD)
def test_of_anything_else_nothing_is_told(sent: bytes) -> None:
    """What is not understood may be secret."""
    assert request_of(sent) is None


def test_an_ipv6_client_is_written_with_brackets() -> None:
    """The port can be told from the address."""
    assert peer_of(RecordedConnection(("::1", 4711))) == "[::1]:4711"
