from __future__ import annotations

import socket
import ssl
import struct
import threading
from typing import TYPE_CHECKING

import pytest

from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.speaker import echo_speaker, silent_speaker
from tests.lab.client import REQUEST, ask, connected, trusting

if TYPE_CHECKING:
    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.server import Versions

NAME = "api.example.com"
ROOT = "Good Root"


@pytest.fixture(scope="module")
def root() -> Authority:
    """Make one root for the file; tests do not change it."""
    return Authority.root(ROOT)


def test_a_leak_is_recorded(root: Authority) -> None:
    """Every byte that a client sends after the handshake is decrypted and recorded."""
    with RecordingServer(root.issue(NAME)) as server:
        assert ask(server.endpoint, trusting(root)).endswith(b"ok\n")
        assert server.settled()[0].application_bytes == REQUEST
        assert server.received == REQUEST


def test_a_leak_before_a_reset_is_recorded(root: Authority) -> None:
    """Bytes that a client sends just before a reset, without reading anything, are recorded."""
    with RecordingServer(root.issue(NAME)) as server:
        for _ in range(20):
            with connected(server.endpoint, trusting(root)) as secure:
                # Without this the client's kernel may hold the bytes back, and drop them at the reset.
                secure.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                secure.sendall(REQUEST)
                secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        assert [connection.application_bytes for connection in server.settled()] == [REQUEST] * 20


def test_a_leak_is_recorded_even_if_the_speaker_leaves_at_once(root: Authority) -> None:
    """After the speaker has ended, bytes are read and recorded until the client leaves."""

    def leave(sock: socket.socket, connection: RecordedConnection) -> None:
        pass

    with RecordingServer(root.issue(NAME), speak=leave) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            assert secure.recv(1) == b""  # the server's close_notify
            secure.sendall(REQUEST)
        server.settled()
        assert server.received == REQUEST


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_leak_before_the_speaker_left_is_recorded(root: Authority, tls: Versions) -> None:
    """Bytes that have arrived before the server says close_notify are recorded and not dropped."""
    sent = threading.Event()

    def leave_late(sock: socket.socket, connection: RecordedConnection) -> None:
        sent.wait(10)

    with RecordingServer(root.issue(NAME), speak=leave_late, tls=tls) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.sendall(REQUEST)
            secure.sendall(REQUEST)
            sent.set()
            assert secure.recv(1) == b""
        server.settled()
        assert server.received == REQUEST * 2


def test_a_leak_is_recorded_although_the_greeting_could_not_be_sent(root: Authority) -> None:
    """The bytes of a client that sent and reset before the server's greeting are recorded."""
    gone = threading.Event()

    def greet(sock: socket.socket, connection: RecordedConnection) -> None:
        gone.wait(10)
        while True:
            sock.sendall(b"220 hello\r\n")

    with RecordingServer(root.issue(NAME), speak=greet) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            secure.sendall(REQUEST)
            secure.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        gone.set()
        (connection,) = server.settled()
        assert isinstance(connection.end_error, OSError)
        assert server.received == REQUEST


def test_a_client_that_leaves_after_the_handshake_sent_nothing(root: Authority) -> None:
    """A handshake without a request leaves the record empty, and settled() works without a sleep."""
    with RecordingServer(root.issue(NAME)) as server:
        with connected(server.endpoint, trusting(root)):
            pass
        (connection,) = server.settled()
        assert connection.handshaken
        assert connection.ended
        assert server.received == b""


def test_a_connection_that_was_never_served_is_counted(root: Authority) -> None:
    """A client that left before the server accepted it counts as a connection."""
    with RecordingServer(root.issue(NAME)) as server:
        for _ in range(50):
            socket.create_connection(server.endpoint).close()
        connections = server.settled()
        assert len(connections) == 50
        assert not any(connection.handshaken for connection in connections)
        assert all(connection.handshake_error for connection in connections)


def test_an_open_connection_is_not_settled(root: Authority) -> None:
    """settled() raises TimeoutError while a client could still send, and the error names the client."""
    with (
        RecordingServer(root.issue(NAME)) as server,
        connected(server.endpoint, trusting(root)) as secure,
        pytest.raises(TimeoutError, match=f"port {secure.getsockname()[1]}; close the client"),
    ):
        server.settled(timeout_seconds=0.05)


def test_closing_the_server_ends_open_connections(root: Authority) -> None:
    """The with block ends while clients hang before and after the handshake, and all connections end."""
    with RecordingServer(root.issue(NAME), speak=silent_speaker) as server:
        waiting = socket.create_connection(server.endpoint, timeout=10)
        secure = trusting(root).wrap_socket(socket.create_connection(server.endpoint, timeout=10), server_hostname=NAME)
    assert secure.recv(1) == b""
    assert waiting.recv(1) == b""
    assert all(connection.ended for connection in server.connections)
    secure.close()
    waiting.close()


def test_the_alert_of_a_client_is_recorded(root: Authority) -> None:
    """If a client refuses the certificate, the handshake is not complete, and its alert is the reason."""
    with RecordingServer(Authority.root("Rogue Root").issue(NAME)) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(server.endpoint, trusting(root))
        (connection,) = server.settled()
        assert not connection.handshaken
        assert isinstance(connection.handshake_error, ssl.SSLError)
        assert connection.handshake_error.reason == "TLSV1_ALERT_UNKNOWN_CA"
        assert server.received == b""


def test_sni_chooses_the_identity_and_is_recorded(root: Authority) -> None:
    """Each name gets its own certificate, all other names get the default, and the name is recorded."""
    default, other = root.issue("*.example.com"), root.issue("b.example.com")
    with RecordingServer(default, sni={"b.example.com": other}) as server:
        for name, identity in [("a.example.com", default), ("b.example.com", other)]:
            with connected(server.endpoint, trusting(root), name) as secure:
                assert secure.getpeercert(binary_form=True) == identity.der
        names = [connection.server_name for connection in server.settled()]
        assert names == ["a.example.com", "b.example.com"]


def test_a_client_certificate_is_required_and_recorded(root: Authority) -> None:
    """With client_ca, a client without a certificate fails, and the certificate of another client is recorded."""
    people = Authority.root("People")
    person = people.intermediate().issue("person.example.com")
    with RecordingServer(root.issue(NAME), client_ca=people, tls="1.2") as server:
        context = trusting(root)
        with pytest.raises(ssl.SSLError):
            ask(server.endpoint, context)
        person.load_into(context)
        assert ask(server.endpoint, context)
        without, with_certificate = server.settled()
        assert not without.handshaken
        assert with_certificate.client_certificate == person.certificate


@pytest.mark.parametrize(("tls", "spoken"), [("1.2", "TLSv1.2"), ("1.3", "TLSv1.3")])
def test_version_alpn_and_resumption_are_recorded(root: Authority, tls: Versions, spoken: str) -> None:
    """The record has the version, the negotiated protocol, and whether a session was resumed."""
    with RecordingServer(root.issue(NAME), tls=tls, alpn=("h2", "http/1.1")) as server:
        context = trusting(root)
        context.set_alpn_protocols(["http/1.1"])
        with connected(server.endpoint, context) as secure:
            secure.sendall(REQUEST)
            secure.recv(4096)  # with TLS 1.3 the ticket comes with the answer
            session = secure.session
        with connected(server.endpoint, context, session=session) as secure:
            assert secure.session_reused
        connections = server.settled()
        assert [connection.tls_version for connection in connections] == [spoken, spoken]
        assert [connection.alpn for connection in connections] == ["http/1.1", "http/1.1"]
        assert [connection.session_reused for connection in connections] == [False, True]


@pytest.mark.parametrize("read", ["recv", "makefile"])
def test_plain_bytes_before_tls_are_recorded(root: Authority, read: str) -> None:
    """The bytes that the STARTTLS hook reads in the clear are recorded separately from those inside TLS."""

    def preface(sock: socket.socket) -> None:
        if read == "recv":
            assert sock.recv(10) == b"STARTTLS\r\n"
        else:
            with sock.makefile("rb", buffering=0) as stream:
                assert stream.readline() == b"STARTTLS\r\n"
        sock.sendall(b"220 go\r\n")

    with RecordingServer(root.issue(NAME), starttls=preface) as server:
        with socket.create_connection(server.endpoint, timeout=10) as plain:
            plain.sendall(b"STARTTLS\r\n")
            assert plain.recv(100) == b"220 go\r\n"
            with trusting(root).wrap_socket(plain, server_hostname=NAME) as secure:
                secure.sendall(REQUEST)
                assert secure.recv(100)
        (connection,) = server.settled()
        assert connection.plain_bytes == b"STARTTLS\r\n"
        assert connection.application_bytes == REQUEST


def test_the_presented_chain_can_differ_from_the_real_one(root: Authority) -> None:
    """A client refuses the server if the intermediate is missing, and accepts it with the intermediate."""
    leaf = root.intermediate().issue(NAME)
    with RecordingServer(leaf, presented=[leaf.certificate]) as server:
        with pytest.raises(ssl.SSLCertVerificationError):
            ask(server.endpoint, trusting(root))
        server.settled()
    with RecordingServer(leaf, presented=leaf.presented_pem(root=True)) as server:
        assert ask(server.endpoint, trusting(root))


def test_the_context_hook_runs_last(root: Authority) -> None:
    """The hook gets every server context, including those for SNI, after all other settings."""
    seen: list[ssl.SSLContext] = []

    def only_old(context: ssl.SSLContext) -> None:
        seen.append(context)
        context.maximum_version = ssl.TLSVersion.TLSv1_2

    leaf = root.issue(NAME)
    with RecordingServer(leaf, sni={NAME: leaf}, context_hook=only_old) as server:
        ask(server.endpoint, trusting(root))
        assert server.settled()[0].tls_version == "TLSv1.2"
    assert len(seen) == 2


def test_http_connections_stay_until_asked_to_close(root: Authority) -> None:
    """Requests with and without bodies share one connection, which the last request closes."""
    requests = [
        b"GET / HTTP/1.1\r\n\r\n",
        b"POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\nbody",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n",
    ]
    with RecordingServer(root.issue(NAME)) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            for request in requests:
                secure.sendall(request)
                assert secure.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
            assert secure.recv(4096) == b""
        server.settled()
        assert server.received == b"".join(requests)


def test_the_echo_speaker_sends_everything_back(root: Authority) -> None:
    """More than one record is sent back unchanged."""
    payload = bytes(range(256)) * 400
    with RecordingServer(root.issue(NAME), speak=echo_speaker) as server:
        with connected(server.endpoint, trusting(root)) as secure:
            secure.sendall(payload)
            answer = b""
            while len(answer) < len(payload):
                answer += secure.recv(65536)
        server.settled()
        assert answer == payload == server.received


def _break(sock: socket.socket, connection: RecordedConnection) -> None:
    raise LookupError(connection.server_name)


def _meet(server: RecordingServer, root: Authority) -> None:
    with server:
        with connected(server.endpoint, trusting(root)) as secure:
            assert secure.recv(1) == b""
        server.wait_closed()


def test_an_error_of_the_speaker_is_raised_at_the_end(root: Authority) -> None:
    """The exception of the speaker is in errors, and the with block of the server raises it."""
    server = RecordingServer(root.issue(NAME), speak=_break)
    with pytest.raises(ExceptionGroup) as caught:
        _meet(server, root)
    assert caught.value.exceptions == tuple(server.errors)
    assert isinstance(server.errors[0], LookupError)
    assert server.errors[0].args == (NAME,)


def test_an_expected_error_can_be_cleared(root: Authority) -> None:
    """If a test asserts the error and clears the list, the with block raises nothing."""
    with RecordingServer(root.issue(NAME), speak=_break) as server:
        with connected(server.endpoint, trusting(root)):
            pass
        server.wait_closed()
        assert len(server.errors) == 1
        server.errors.clear()


def test_two_servers_have_two_ports(root: Authority) -> None:
    """The kernel chooses the ports, so two servers never have the same one."""
    leaf = root.issue(NAME)
    with RecordingServer(leaf) as one, RecordingServer(leaf) as two:
        assert one.port != two.port
