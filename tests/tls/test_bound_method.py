"""Methods that a client looks up before the judgement, as uvloop does, and calls after it."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError
from tests.tls.attack import refused

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext

METHODS = ("send", "sendall", "write")


@pytest.mark.parametrize("method", METHODS)
def test_a_method_looked_up_before_works_after_a_match(
    context: MakeContext, good_server: RecordingServer, method: str
) -> None:
    """After a match the class of the connection changes, but methods that were looked up earlier still work."""
    with (
        socket.create_connection(("127.0.0.1", good_server.port)) as raw,
        context().wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False) as tls,
    ):
        send = getattr(tls, method)
        tls.do_handshake()
        send(b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert tls.recv(12) == b"HTTP/1.1 200"


@pytest.mark.parametrize("method", METHODS)
def test_a_method_looked_up_before_sends_nothing_after_a_mismatch(
    context: MakeContext, rogue_server: RecordingServer, method: str
) -> None:
    """A caller that kept the method and swallowed the refusal is refused again."""
    with refused(rogue_server, PinMismatchError), socket.create_connection(("127.0.0.1", rogue_server.port)) as raw:
        tls = context().wrap_socket(raw, server_hostname="localhost", do_handshake_on_connect=False)
        send = getattr(tls, method)
        with pytest.raises(PinMismatchError):
            tls.do_handshake()
        send(b"SECRET")
