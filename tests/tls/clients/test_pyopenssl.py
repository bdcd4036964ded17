"""Refusals by the helpers for pyOpenSSL and Twisted, and what a rogue server receives from them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from OpenSSL import SSL
from twisted.python.failure import Failure

from pinsmith.clients.pyopenssl import Connection, Context
from pinsmith.clients.twisted import ClientOptions
from pinsmith.errors import HostNotPinnedError, PinMismatchError, UnsafeContextError, find
from pinsmith.policy import Policy
from tests.tls.attack import SECRET, silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.tls.event import MismatchEvent
    from tests.tls.conftest import Serve


@pytest.fixture
def plain(rogue_server: RecordingServer) -> Iterator[socket.socket]:
    """Connect to the rogue server."""
    with socket.create_connection(rogue_server.endpoint) as sock:
        yield sock


def test_plain_pyopenssl_sends_the_secret_to_the_rogue_server(
    cafile: str, plain: socket.socket, rogue_server: RecordingServer
) -> None:
    """The control: pyOpenSSL without pins sends the secret to the rogue server."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(cafile)
    context.set_verify(SSL.VERIFY_PEER)
    connection = SSL.Connection(context, plain)
    connection.set_connect_state()
    connection.sendall(SECRET)
    connection.shutdown()
    plain.close()
    rogue_server.settled()
    assert rogue_server.received == SECRET


@pytest.mark.parametrize(
    "step",
    [
        lambda connection: connection.do_handshake(),
        lambda connection: connection.send(SECRET),
        lambda connection: connection.sendall(SECRET),
        lambda connection: connection.write(SECRET),
        lambda connection: connection.recv(1),
        lambda connection: connection.read(1),
        lambda connection: connection.recv_into(bytearray(1)),
    ],
    ids=["do_handshake", "send", "sendall", "write", "recv", "read", "recv_into"],
)
def test_each_way_to_start_the_handshake_is_refused(
    pki: PKI, cafile: str, plain: socket.socket, rogue_server: RecordingServer, step: Callable[[Connection], Any]
) -> None:
    """OpenSSL does the handshake inside the first read or write; that raises the same error of pinsmith, every time."""
    connection = Connection(Context(pki.policy(), cafile=cafile), HOST, plain)
    for _ in range(2):
        with pytest.raises(PinMismatchError):
            step(connection)
    plain.close()
    assert silent(rogue_server)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_client_certificate_is_not_shown_to_a_rogue_server(pki: PKI, cafile: str, serve: Serve, tls: str) -> None:
    """The handshake ends with an alert before the client's certificate is sent."""
    server = serve(pki.rogue, client_ca=pki.root, tls=tls)
    context = Context(pki.policy(), cafile=cafile)
    context.use_certificate(pki.leaf.certificate)
    context.use_privatekey(pki.leaf.key)
    with socket.create_connection(server.endpoint) as plain, pytest.raises(PinMismatchError):
        Connection(context, HOST, plain).do_handshake()
    (connection,) = server.settled()
    assert connection.client_certificate is None
    assert "alert" in str(connection.handshake_error).lower()


def test_mismatches_are_reported(pki: PKI, cafile: str, plain: socket.socket) -> None:
    """The callback gets the event, as with a context of the standard library."""
    events: list[MismatchEvent] = []
    context = Context(pki.policy(), cafile=cafile, on_mismatch=events.append)
    with pytest.raises(PinMismatchError):
        Connection(context, HOST, plain).do_handshake()
    assert [(event.host, event.reason) for event in events] == [(HOST, "no-pinned-key")]


def test_what_enforces_the_pins_cannot_be_replaced(pki: PKI, cafile: str) -> None:
    """Callback, context and session cannot be replaced, because each could let a server pass unchecked."""
    context = Context(pki.policy(), cafile=cafile)
    connection = Connection(context, HOST)
    with pytest.raises(UnsafeContextError, match="callback"):
        context.set_verify(SSL.VERIFY_NONE)
    with pytest.raises(UnsafeContextError, match="callback"):
        connection.set_verify(SSL.VERIFY_NONE)
    with pytest.raises(UnsafeContextError, match="context"):
        connection.set_context(SSL.Context(SSL.TLS_CLIENT_METHOD))
    with pytest.raises(UnsafeContextError, match="session"):
        connection.set_session(None)


@pytest.mark.parametrize("suites", [b"ALL:aNULL:@SECLEVEL=0", "ALL:aNULL:@SECLEVEL=0"], ids=["bytes", "str"])
def test_suites_without_a_certificate_are_not_offered(pki: PKI, cafile: str, serve: Serve, suites: bytes | str) -> None:
    """OpenSSL does not call the callback if no certificate is shown, so anonymous suites are not offered."""
    server = serve(pki.rogue, tls="1.2", context_hook=lambda made: made.set_ciphers("aNULL:@SECLEVEL=0"))
    context = Context(pki.policy(), cafile=cafile)
    context.set_cipher_list(suites)
    with socket.create_connection(server.endpoint) as plain, pytest.raises(SSL.Error):
        Connection(context, HOST, plain).do_handshake()
    assert silent(server)


def test_a_connection_of_another_kind_is_refused(
    cafile: str, plain: socket.socket, rogue_server: RecordingServer
) -> None:
    """A plain pyOpenSSL connection on a pinned context names no host, so it is refused."""
    connection = SSL.Connection(Context(Policy(), cafile=cafile), plain)
    connection.set_connect_state()
    with pytest.raises(SSL.Error):
        connection.do_handshake()
    plain.close()
    assert silent(rogue_server)


@pytest.mark.parametrize(
    "make", [lambda policy: Connection(Context(policy), HOST), lambda policy: ClientOptions(policy, HOST)]
)
def test_pins_without_trust_are_refused(pki: PKI, make: Callable[[Policy], object]) -> None:
    """`trust = "pins-only"` is not possible with pyOpenSSL, and making the connection raises an error."""
    with pytest.raises(UnsafeContextError, match="pins-only"):
        make(pki.policy(trust="pins-only"))


def test_an_address_is_compared_as_an_address(pki: PKI, cafile: str, good_server: RecordingServer) -> None:
    """The leaf is also for 127.0.0.1, and a connection to that address passes."""
    with socket.create_connection(good_server.endpoint) as plain:
        connection = Connection(Context(pki.policy(), cafile=cafile), "127.0.0.1", plain)
        connection.do_handshake()
        connection.shutdown()
    (seen,) = good_server.settled()
    assert seen.handshaken
    assert seen.server_name is None


def test_the_reason_is_found_in_a_failure_of_twisted() -> None:
    """A bare Failure() is an exception of its own, which contains the original one."""
    refusal = HostNotPinnedError("api.example.com is not pinned", host="api.example.com")
    try:
        raise refusal
    except HostNotPinnedError:
        failure = Failure()  # type: ignore[no-untyped-call]  # twisted is typed in parts
    assert find(ValueError([failure])) is refusal
