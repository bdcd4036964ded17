"""Invalid requests: the server closes the connection, its record stays, and the lab does not fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.site import Site
from pinsmith.lab.servers.speaker import http_speaker
from tests.lab.client import connected, trusting

if TYPE_CHECKING:
    from pinsmith.lab.servers.speaker import Speaker

NAME = "api.example.com"
START = b"POST / HTTP/1.1\r\n"


@pytest.fixture(scope="module")
def root() -> Authority:
    """Make one root for the file; tests do not change it."""
    return Authority.root("Good Root")


@pytest.mark.parametrize("speak", [http_speaker, Site()], ids=["speaker", "site"])
@pytest.mark.parametrize(
    "request_",
    [
        pytest.param(START + b"Content-Length: abc\r\n\r\n", id="not a number"),
        pytest.param(START + b"Content-Length: -1\r\n\r\n", id="a negative length"),
        pytest.param(START + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", id="not a chunk"),
        pytest.param(START + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n", id="a chunk of negative length"),
        pytest.param(START + b"X: " + b"x" * 100_000, id="an endless line"),
        pytest.param(START + b"X: x\r\n" * 20_000, id="endless headers"),
    ],
)
def test_an_invalid_request_ends_its_connection(root: Authority, speak: Speaker, request_: bytes) -> None:
    """The bytes are recorded, the connection is closed, and the lab continues."""
    with RecordingServer(root.issue(NAME), speak=speak) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.sendall(request_)
            assert secure.recv(100) == b""
        (connection,) = server.settled()
        assert isinstance(connection.end_error, ConnectionAbortedError)
        assert server.received == request_


def test_a_body_is_read_in_pieces(root: Authority) -> None:
    """A client may announce a body that is larger than any memory, and leave."""
    with RecordingServer(root.issue(NAME)) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.sendall(START + b"Content-Length: 9223372036854775000\r\n\r\nbody")
        server.settled()
        assert server.received.endswith(b"body")
