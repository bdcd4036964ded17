"""Pins for the whole process also apply to connections of pyOpenSSL, whichever library makes them."""

from __future__ import annotations

import socket
import subprocess
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from unittest.mock import Mock

import pytest
import requests
import urllib3
import urllib3.contrib.pyopenssl
from OpenSSL import SSL
from twisted.internet.ssl import Certificate, optionsForClientTLS, trustRootFromCertificates

from pinsmith.clients.pyopenssl import Connection, Context
from pinsmith.errors import (
    CompromisedChainError,
    HostNotPinnedError,
    NoServerNameError,
    PinMismatchError,
    UnsafeContextError,
    find,
)
from pinsmith.pin import Pin
from pinsmith.policy import CompromisedKey, Policy
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, silent
from tests.tls.pki import HOST, OTHER_HOST, PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve

Callback = Any


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Remove the injection after the test."""
    yield
    extract()


@pytest.fixture
def cafile(pki: PKI, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Write the trust anchors to a file."""
    path = tmp_path_factory.mktemp("trust") / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return str(path)


def context_of(cafile: str, mode: int = SSL.VERIFY_PEER, callback: Callback = None) -> SSL.Context:
    """Make a context as programs make it."""
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.load_verify_locations(cafile)
    context.set_verify(mode, callback)
    return context


def dial_blocking(server: RecordingServer) -> socket.socket:
    """Connect without TLS, and without a time limit, because pyOpenSSL does not wait on such sockets."""
    return socket.create_connection(server.endpoint)


def connect(server: RecordingServer, context: SSL.Context, name: str | None = HOST) -> SSL.Connection:
    """Connect without doing the handshake."""
    connection = SSL.Connection(context, dial_blocking(server))
    if name is not None:
        connection.set_tlsext_host_name(name.encode())
    connection.set_connect_state()
    return connection


def close(connection: SSL.Connection) -> None:
    """End the connection without losing bytes that were sent."""
    connection.sock_shutdown(socket.SHUT_WR)
    assert connection._socket is not None
    while connection._socket.recv(65536):
        pass
    connection.close()


def ask(server: RecordingServer, context: SSL.Context, name: str | None = HOST) -> bytes:
    """Send the secret and return the first part of the answer."""
    connection = connect(server, context, name)
    try:
        connection.sendall(SECRET)
        return connection.recv(4096)
    finally:
        close(connection)


STEPS: dict[str, Callable[[SSL.Connection], object]] = {
    "do_handshake": lambda connection: connection.do_handshake(),
    "send": lambda connection: connection.send(SECRET),
    "sendall": lambda connection: connection.sendall(SECRET),
    "write": lambda connection: connection.write(SECRET),
    "recv": lambda connection: connection.recv(1),
    "read": lambda connection: connection.read(1),
    "recv_into": lambda connection: connection.recv_into(bytearray(1)),
}


@pytest.mark.parametrize("step", STEPS)
def test_the_rogue_server_receives_nothing(pki: PKI, cafile: str, rogue_server: RecordingServer, step: str) -> None:
    """Each way to move bytes does the handshake and is judged first; a refusal is final."""
    inject(pki.policy())
    connection = connect(rogue_server, context_of(cafile))
    for _ in range(2):
        with pytest.raises(PinMismatchError):
            STEPS[step](connection)
    with pytest.raises(PinMismatchError):
        connection.sendall(SECRET)
    close(connection)
    assert silent(rogue_server)


def test_the_pinned_server_passes_and_the_control_leaks(
    pki: PKI, cafile: str, good_server: RecordingServer, rogue_server: RecordingServer
) -> None:
    """The right key passes; without the injection, the rogue server receives the secret."""
    inject(pki.policy())
    assert ask(good_server, context_of(cafile))
    extract()
    assert ask(rogue_server, context_of(cafile))
    assert SECRET in rogue_server.received


@pytest.mark.parametrize("mode", [SSL.VERIFY_PEER, SSL.VERIFY_NONE])
@pytest.mark.parametrize("callback", [None, lambda *_: True], ids=["no callback", "a callback that accepts all"])
def test_a_pinned_host_is_always_verified(pki: PKI, cafile: str, serve: Serve, mode: int, callback: Callback) -> None:
    """A pinned intermediate counts only in a chain that OpenSSL verified, whatever the program's callback returns."""
    inject(policy_of(pki.intermediate))
    assert ask(serve(pki.leaf), context_of(cafile, mode, callback))
    rogue = serve(pki.rogue, presented=pki.stuffed)
    with pytest.raises(PinMismatchError):
        ask(rogue, context_of(cafile, mode, callback))
    assert silent(rogue)
    inject(pki.policy())
    untrusted = serve(pki.untrusted)  # with the pinned key
    with pytest.raises(SSL.Error):
        ask(untrusted, context_of(cafile, mode, callback))
    assert silent(untrusted)


def test_the_certificate_must_name_the_host(pki: PKI, cafile: str, serve: Serve) -> None:
    """Any customer of a pinned authority has a chain to it, so the name is compared too."""
    inject(policy_of(pki.intermediate))
    server = serve(pki.other)
    with pytest.raises(Exception, match="host name mismatch"):
        ask(server, context_of(cafile))
    assert silent(server)


def test_the_program_can_still_refuse(pki: PKI, cafile: str, good_server: RecordingServer) -> None:
    """The program's own callback, of the context or the connection, is called too, and its exception is raised."""
    inject(pki.policy())
    with pytest.raises(SSL.Error):
        ask(good_server, context_of(cafile, callback=lambda *_: False))
    connection = connect(good_server, context_of(cafile))
    connection.set_verify(SSL.VERIFY_PEER, lambda *_: 1 / 0 > 0)
    with pytest.raises(ZeroDivisionError):
        connection.sendall(SECRET)
    close(connection)
    assert silent(good_server)


def test_a_callback_that_was_set_before_the_injection_is_not_dropped(
    pki: PKI, cafile: str, good_server: RecordingServer, rogue_server: RecordingServer
) -> None:
    """That callback cannot be called beside ours, so pinned hosts are refused with this reason; other hosts pass."""
    context = context_of(cafile, callback=lambda *_: True)
    vars(context).pop("_pinsmith_callback", None)  # as if pyOpenSSL had not been patched at that time
    inject(policy_of(pki.leaf, host=OTHER_HOST))
    assert ask(good_server, context)
    inject(pki.policy())
    with pytest.raises(UnsafeContextError, match=r"before pinsmith\.inject"):
        ask(rogue_server, context)
    assert silent(rogue_server)


@pytest.mark.parametrize("mode", [SSL.VERIFY_PEER, SSL.VERIFY_NONE])
def test_an_unpinned_host_is_not_checked(pki: PKI, cafile: str, serve: Serve, mode: int) -> None:
    """A host without pins is verified or not, as the program wants."""
    inject(policy_of(pki.leaf, host=OTHER_HOST))
    assert ask(serve(pki.rogue), context_of(cafile, mode))
    if mode == SSL.VERIFY_NONE:
        assert ask(serve(pki.untrusted), context_of(cafile, mode))
    inject(Policy(require_pins=True))
    with pytest.raises(HostNotPinnedError):
        ask(serve(pki.leaf), context_of(cafile))


def test_a_connection_without_a_name_is_refused(
    pki: PKI, cafile: str, rogue_server: RecordingServer, good_server: RecordingServer, caplog: pytest.LogCaptureFixture
) -> None:
    """The connection might be to any pinned host. If the program allows it, it passes without pins and is logged."""
    inject(pki.policy())
    with pytest.raises(NoServerNameError):
        ask(rogue_server, context_of(cafile), None)
    assert silent(rogue_server)
    inject(pki.policy(), allow_unnamed=True)
    assert ask(good_server, context_of(cafile), None)
    assert "a connection without a host name passed without pins" in caplog.text


@pytest.mark.parametrize("version", [SSL.TLS1_2_VERSION, SSL.TLS1_3_VERSION])
def test_a_resumed_session_is_refused(pki: PKI, cafile: str, serve: Serve, version: int) -> None:
    """A resumed session shows no chain, and pyOpenSSL does not check to which host it belongs."""
    inject(pki.policy())
    server = serve(pki.leaf)
    context = context_of(cafile)
    context.set_max_proto_version(version)
    first = connect(server, context)
    first.sendall(SECRET)
    first.recv(4096)
    session = first.get_session()
    close(first)
    assert session is not None
    second = connect(server, context)
    second.set_session(session)
    with pytest.raises(PinMismatchError):
        second.sendall(SECRET)
    close(second)
    server.settled()
    assert server.received == SECRET


def compromised(pki: PKI, policy: Policy, *, everywhere: bool = False) -> Policy:
    """Declare the intermediate of the good chain compromised."""
    stolen = CompromisedKey("Example Issuing CA", Pin.parse(pki.intermediate.pin))
    return replace(policy, compromised=(stolen,), refuse_compromised=everywhere)


def test_a_chain_with_a_compromised_key_is_refused(pki: PKI, cafile: str, good_server: RecordingServer) -> None:
    """It is refused although its leaf is pinned, and without pins in force if the policy says so."""
    inject(compromised(pki, pki.policy()))
    with pytest.raises(CompromisedChainError):
        ask(good_server, context_of(cafile))
    inject(compromised(pki, Policy(), everywhere=True))
    with pytest.raises(CompromisedChainError):
        ask(good_server, context_of(cafile))
    assert silent(good_server)


@pytest.mark.parametrize("way", ["resumed", "earlier callback"])
def test_without_a_chain_compromised_keys_cannot_be_ruled_out(pki: PKI, cafile: str, serve: Serve, way: str) -> None:
    """An unpinned host whose chain is not seen is refused, if the policy refuses compromised keys everywhere."""
    server = serve(pki.leaf)
    context = context_of(cafile, callback=(lambda *_: True) if way == "earlier callback" else None)
    first = connect(server, context)
    first.sendall(SECRET)
    first.recv(4096)
    session = first.get_session()
    close(first)
    vars(context).pop("_pinsmith_callback", None)  # as if pyOpenSSL had not been patched at that time
    inject(compromised(pki, Policy(), everywhere=True))
    second = connect(server, context)
    if way == "resumed":
        assert session is not None
        second.set_session(session)
    with pytest.raises(PinMismatchError, match="keys cannot be checked"):
        second.sendall(SECRET)
    close(second)
    server.settled()
    assert server.received == SECRET


def test_an_open_connection_continues(pki: PKI, cafile: str, rogue_server: RecordingServer) -> None:
    """An open connection continues after the injection, as with ssl; one before its handshake is refused."""
    inject(pki.policy())
    extract()
    found = connect(rogue_server, context_of(cafile))
    found.do_handshake()
    waiting = connect(rogue_server, context_of(cafile))
    inject(pki.policy())
    found.sendall(SECRET)
    with pytest.raises(PinMismatchError):
        waiting.sendall(SECRET)
    close(found)
    close(waiting)
    rogue_server.settled()
    assert rogue_server.received == SECRET


def test_an_explicit_policy_takes_precedence(
    pki: PKI, cafile: str, good_server: RecordingServer, rogue_server: RecordingServer
) -> None:
    """A connection of the helper keeps the policy of its context."""
    inject(policy_of(pki.rogue))
    connection = Connection(Context(pki.policy(), cafile=cafile), HOST, dial_blocking(good_server))
    connection.sendall(SECRET)
    close(connection)
    connection = Connection(Context(pki.policy(), cafile=cafile), HOST, dial_blocking(rogue_server))
    with pytest.raises(PinMismatchError):
        connection.sendall(SECRET)
    close(connection)
    assert silent(rogue_server)


def test_a_server_is_not_checked(pki: PKI) -> None:
    """Pins apply only to clients, so the server side of a connection works."""
    inject(Policy(require_pins=True))
    of_server = SSL.Context(SSL.TLS_SERVER_METHOD)
    of_server.use_certificate(pki.leaf.certificate)
    of_server.use_privatekey(pki.leaf.key)
    server, client = SSL.Connection(of_server), SSL.Connection(SSL.Context(SSL.TLS_CLIENT_METHOD))
    server.set_accept_state()
    client.set_connect_state()
    with pytest.raises(SSL.WantReadError):
        client.do_handshake()
    server.bio_write(client.bio_read(65536))
    with pytest.raises(SSL.WantReadError):
        server.do_handshake()
    assert server.bio_read(65536)


@pytest.fixture
def urllib3_by_pyopenssl() -> Iterator[None]:
    """Make urllib3 use pyOpenSSL."""
    urllib3.contrib.pyopenssl.inject_into_urllib3()
    yield
    urllib3.contrib.pyopenssl.extract_from_urllib3()


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.usefixtures("urllib3_by_pyopenssl")
@pytest.mark.parametrize("library", ["urllib3", "requests"])
def test_urllib3_with_pyopenssl_is_pinned(
    pki: PKI, cafile: str, good_server: RecordingServer, rogue_server: RecordingServer, library: str
) -> None:
    """Plain calls of urllib3 and requests send the secret to the rogue server only without the injection."""

    def get(server: RecordingServer) -> bytes:
        url = f"https://{HOST}:{server.port}/secret"
        if library == "requests":
            with requests.Session() as session:
                return session.get(url, verify=cafile).content
        with urllib3.PoolManager(ca_certs=cafile) as pool:
            return pool.request("GET", url, retries=False).data

    inject(pki.policy())
    assert get(good_server) == b"ok\n"
    with pytest.raises((urllib3.exceptions.SSLError, requests.exceptions.SSLError)) as caught:
        get(rogue_server)
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)
    extract()
    assert get(rogue_server) == b"ok\n"
    assert b"/secret" in rogue_server.received


def test_pyopenssl_may_be_imported_later(pki: PKI, cafile: str, rogue_server: RecordingServer) -> None:
    """The injection does not import pyOpenSSL, and patches it as soon as it is imported."""
    program = f"""
import socket, sys
from pinsmith.errors import PinMismatchError
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls import inject
inject.inject(Policy((HostPins("localhost", (Key("leaf", Pin.parse("{pki.leaf.pin}")),)),)))
assert "OpenSSL" not in sys.modules
from OpenSSL import SSL
context = SSL.Context(SSL.TLS_CLIENT_METHOD)
context.load_verify_locations({cafile!r})
connection = SSL.Connection(context, socket.create_connection({rogue_server.endpoint!r}))
connection.set_tlsext_host_name(b"localhost")
connection.set_connect_state()
try:
    connection.sendall(b"SECRET")
except PinMismatchError:
    print("refused")
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=50)
    assert done.stdout == "refused\n"
    assert silent(rogue_server)


def test_twisted_is_pinned(pki: PKI, good_server: RecordingServer, rogue_server: RecordingServer) -> None:
    """Twisted names the host only during the handshake, and still does its own check of the name."""

    def shake(server: RecordingServer) -> str | None:
        trust_root: Any = trustRootFromCertificates
        trust = trust_root([Certificate.loadPEM(root.pem.encode()) for root in (pki.root, pki.rogue_root)])
        options: Any = optionsForClientTLS(HOST, trust)
        connection: SSL.Connection = options.clientConnectionForTLS(Mock(factory=Mock(wrappedFactory=None)))
        connection.set_connect_state()
        with dial_blocking(server) as sock:
            while True:
                try:
                    connection.do_handshake()
                except SSL.WantReadError:
                    sock.sendall(connection.bio_read(65536))
                    connection.bio_write(sock.recv(65536))
                else:
                    sock.sendall(connection.bio_read(65536))
                    return connection.get_cipher_name()

    inject(pki.policy())
    assert shake(good_server)
    with pytest.raises(PinMismatchError):
        shake(rogue_server)
    extract()
    assert shake(rogue_server)
