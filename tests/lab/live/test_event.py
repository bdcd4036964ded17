from __future__ import annotations

import pytest

from pinsmith.lab.live.event import peer_text, request_of

REST = b"\r\nAuthorization: Basic c2VjcmV0\r\n\r\n"
REPORTED = {
    "a path": (b"GET /a/b HTTP/1.1" + REST, "GET /a/b"),
    "no query": (b"POST /login?password=hunter2 HTTP/1.1" + REST, "POST /login"),
    "no fragment": (b"GET /x#secret HTTP/1.0" + REST, "GET /x"),
    "a long path, cut": (b"GET /" + b"a" * 200 + b" HTTP/1.1" + REST, "GET /" + "a" * 76 + "..."),
}
NOT_REPORTED = {
    "nothing": b"",
    "half a line": b"GET /secre",
    "a URL, which may hold a password": b"GET http://user:secret@localhost/ HTTP/1.1" + REST,
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "a terminal's escape sequence": b"GET /\x1b[2J HTTP/1.1" + REST,
    "another protocol": b"EHLO phone\r\nAUTH PLAIN c2VjcmV0\r\n",
    "bytes": bytes(range(256)),
}


@pytest.mark.parametrize(("sent", "reported"), REPORTED.values(), ids=REPORTED)
def test_only_method_and_path_of_a_request_are_reported(sent: bytes, reported: str) -> None:
    """Method and path show which call of the app it was, and contain no secret."""
    assert request_of(sent) == reported


@pytest.mark.parametrize("sent", NOT_REPORTED.values(), ids=NOT_REPORTED)
def test_other_bytes_are_not_reported(sent: bytes) -> None:
    """Bytes that are not understood may be secret."""
    assert request_of(sent) is None


def test_an_ipv6_address_is_written_in_brackets() -> None:
    """Brackets separate an IPv6 address from the port."""
    assert peer_text(("::1", 4711)) == "[::1]:4711"
