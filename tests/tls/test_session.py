"""
A resumed handshake has no chain and no check of the host name, so a session must be bound to its host and policy.

Python itself resumes a session of one host for another.
"""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PinMismatchError, SessionRefusedError
from pinsmith.lab.servers.speaker import echo_speaker
from pinsmith.policy import Policy
from pinsmith.tls.inject import extract, inject
from pinsmith.tls.session import PinnedSession
from tests.tls.attack import SECRET, Memory, ask, connected, dial, gently
from tests.tls.pki import HOST, OTHER_HOST, PKI, entry_of, policy_of

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.tls.context import PinnedSSLContext
    from tests.tls.conftest import MakeContext, Serve

RAW: Any = vars(ssl.SSLSocket)["session"]  # bypasses the property of pinned sockets


@pytest.fixture(params=["1.2", "1.3"])
def tls(request: pytest.FixtureRequest) -> str:
    """Start servers with both ways to resume: session ids and tickets of TLS 1.2, and tickets of TLS 1.3."""
    return str(request.param)


@pytest.fixture
def good(pki: PKI, serve: Serve, tls: str) -> RecordingServer:
    """Present the pinned leaf."""
    return serve(pki.leaf, tls=tls, speak=echo_speaker)


@pytest.fixture
def evil(pki: PKI, serve: Serve, tls: str) -> RecordingServer:
    """Start a server that presents a genuine certificate for another host, whatever host is requested."""
    return serve(pki.other, tls=tls, speak=echo_speaker)


def visit(server: RecordingServer, context: ssl.SSLContext, name: str = HOST, **options: Any) -> tuple[Any, bool]:  # noqa: ANN401
    """Exchange bytes; return the session, which TLS 1.3 sends after the handshake, and whether one was resumed."""
    with connected(server, context, name, **options) as tls:
        tls.sendall(b"hello")
        assert tls.recv(100) == b"hello"
        return tls.session, bool(tls.session_reused)


def visit_raw(server: RecordingServer, context: ssl.SSLContext, name: str) -> ssl.SSLSession:
    """Return the session of a pinned connection as OpenSSL sees it."""
    with connected(server, context, name) as tls:
        tls.sendall(b"hello")
        tls.recv(100)
        raw: ssl.SSLSession = RAW.fget(tls)
        return raw


def heard(server: RecordingServer) -> bool:
    """Return whether the server received the secret."""
    server.settled()
    return SECRET in server.received


def test_plain_tls_resumes_the_session_of_another_host(plain_context: ssl.SSLContext, evil: RecordingServer) -> None:
    """The weakness itself: a session of another host is accepted, and the name is never compared."""
    session, _ = visit(evil, plain_context, OTHER_HOST)
    with connected(evil, plain_context, HOST, session=session) as tls:
        assert tls.session_reused
        tls.sendall(SECRET)
    assert heard(evil)


class TestAnotherHost:
    """All ways to pass the session of another host to a pinned connection."""

    def test_by_argument(self, pki: PKI, context: MakeContext, evil: RecordingServer) -> None:
        """The argument ``session=`` is checked for the host of the session."""
        pinned = context()
        session, _ = visit(evil, pinned, OTHER_HOST)
        with (
            pytest.raises(SessionRefusedError, match="belongs to another host"),
            connected(evil, pinned, HOST, session=session) as tls,
        ):
            tls.sendall(SECRET)
        assert not heard(evil)

    def test_by_argument_of_wrap_bio(self, context: MakeContext, evil: RecordingServer) -> None:
        """The argument ``session=`` of memory BIOs is checked too."""
        pinned = context()
        session, _ = visit(evil, pinned, OTHER_HOST)
        with pytest.raises(SessionRefusedError, match="belongs to another host"):
            Memory(evil, pinned, session=session)
        assert not heard(evil)

    def test_by_attribute(self, context: MakeContext, evil: RecordingServer) -> None:
        """The attribute is checked when it is set before the handshake."""
        pinned = context()
        session, _ = visit(evil, pinned, OTHER_HOST)
        with gently(pinned.wrap_socket(dial(evil), server_hostname=HOST, do_handshake_on_connect=False)) as tls:
            with pytest.raises(SessionRefusedError, match="belongs to another host"):
                tls.session = session
            with pytest.raises(ssl.SSLCertVerificationError):
                tls.sendall(SECRET)
        assert not heard(evil)

    def test_by_attribute_of_an_object(self, context: MakeContext, evil: RecordingServer) -> None:
        """The attribute of memory-BIO objects is checked too."""
        pinned = context()
        session, _ = visit(evil, pinned, OTHER_HOST)
        with Memory(evil, pinned) as memory, pytest.raises(SessionRefusedError, match="belongs to another host"):
            memory.tls.session = session
        assert not heard(evil)

    @pytest.mark.parametrize("moment", ["creation", "attribute"])
    def test_before_the_socket_is_connected(self, context: MakeContext, evil: RecordingServer, moment: str) -> None:
        """A socket that connects later checks the session when it connects."""
        pinned = context()
        session, _ = visit(evil, pinned, OTHER_HOST)
        early = session if moment == "creation" else None
        with gently(pinned.wrap_socket(socket.socket(), server_hostname=HOST, session=early)) as tls:
            if moment == "attribute":
                tls.session = session
            with pytest.raises(SessionRefusedError, match="belongs to another host"):
                tls.connect(evil.endpoint)
            with pytest.raises(OSError, match="not connected"):
                tls.sendall(SECRET)
        assert not heard(evil)

    def test_by_the_raw_session(self, context: MakeContext, evil: RecordingServer) -> None:
        """A raw session is not bound to a host, so it is refused everywhere."""
        pinned = context()
        raw: Any = visit_raw(evil, pinned, OTHER_HOST)
        assert type(raw) is ssl.SSLSession
        with (
            pytest.raises(SessionRefusedError, match="does not come from a pinned connection"),
            connected(evil, pinned, session=raw),
        ):
            pass
        for plain in (dial(evil), socket.socket()):
            with (
                gently(pinned.wrap_socket(plain, server_hostname=HOST, do_handshake_on_connect=False)) as tls,
                pytest.raises(SessionRefusedError, match="does not come from a pinned connection"),
            ):
                tls.session = raw
        assert not heard(evil)

    def test_by_force(self, context: MakeContext, evil: RecordingServer) -> None:
        """If a session is set without the property, the handshake is resumed, has no chain, and is refused."""
        pinned = context()
        raw = visit_raw(evil, pinned, OTHER_HOST)
        with gently(pinned.wrap_socket(dial(evil), server_hostname=HOST, do_handshake_on_connect=False)) as tls:
            RAW.fset(tls, raw)
            with pytest.raises(PinMismatchError, match="no verified chain"):
                tls.sendall(SECRET)
        assert evil.settled()[-1].session_reused
        assert not heard(evil)

    def test_in_a_process_with_pins(self, pki: PKI, plain_context: ssl.SSLContext, evil: RecordingServer) -> None:
        """With an injected policy, a session of another host is refused after the handshake."""
        inject(pki.policy())
        try:
            session, _ = visit(evil, plain_context, OTHER_HOST)
            with pytest.raises(PinMismatchError, match="no verified chain"):
                visit(evil, plain_context, HOST, session=session)
        finally:
            extract()
        assert evil.settled()[-1].session_reused
        assert evil.received == b"hello"


class TestSameHost:
    """Resumption as FTP over TLS requires it, with the same host and policy."""

    def test_by_argument(self, context: MakeContext, good: RecordingServer) -> None:
        """The handshake is resumed and judged by the chain of the first one; its own session can be resumed again."""
        pinned = context()
        session, resumed = visit(good, pinned)
        assert isinstance(session, PinnedSession)
        assert not resumed
        for _ in range(2):
            session, resumed = visit(good, pinned, session=session)
            assert resumed
        assert [connection.session_reused for connection in good.settled()] == [False, True, True]

    def test_while_the_first_connection_is_open(self, context: MakeContext, good: RecordingServer) -> None:
        """The first connection may still be open, like ftplib's control connection."""
        pinned = context()
        with connected(good, pinned) as control:
            control.sendall(b"PASV")
            control.recv(100)
            with connected(good, pinned, session=control.session) as data:
                assert data.session_reused
                data.sendall(b"data")
                assert data.recv(100) == b"data"

    def test_by_argument_of_wrap_bio(self, context: MakeContext, good: RecordingServer) -> None:
        """Memory BIOs can resume too."""
        pinned = context()
        session, _ = visit(good, pinned)
        with Memory(good, pinned, session=session) as memory:
            memory.run("write", b"hello")
            assert memory.run("read", 100) == b"hello"
            assert memory.tls.session_reused
            assert isinstance(memory.tls.session, PinnedSession)

    @pytest.mark.parametrize("connected_first", ["connected", "unconnected"])
    def test_by_attribute(self, context: MakeContext, good: RecordingServer, connected_first: str) -> None:
        """The attribute works until the handshake, before and after connecting."""
        pinned = context()
        session, _ = visit(good, pinned)
        plain = dial(good) if connected_first == "connected" else socket.socket()
        with gently(pinned.wrap_socket(plain, server_hostname=HOST, do_handshake_on_connect=False)) as tls:
            assert tls.session is None
            tls.session = session
            if connected_first == "unconnected":
                tls.connect(good.endpoint)
            tls.sendall(b"hello")
            assert tls.recv(100) == b"hello"
            assert tls.session_reused

    def test_of_a_host_in_another_spelling(self, context: MakeContext, good: RecordingServer) -> None:
        """A host in upper case is the same host."""
        pinned = context()
        session, _ = visit(good, pinned)
        assert visit(good, pinned, HOST.upper(), session=session)[1]

    def test_of_an_unpinned_host(self, context: MakeContext, evil: RecordingServer) -> None:
        """Hosts without pins can resume too, but only their own sessions."""
        pinned = context()
        session, _ = visit(evil, pinned, OTHER_HOST)
        assert visit(evil, pinned, OTHER_HOST, session=session)[1]

    def test_of_a_pins_only_host(self, pki: PKI, context: MakeContext, serve: Serve, tls: str) -> None:
        """For a pins-only host, the session stands for the leaf that was judged."""
        server = serve(pki.self_signed, tls=tls, speak=echo_speaker)
        pinned = context(pki.policy(trust="pins-only"))
        session, _ = visit(server, pinned)
        assert visit(server, pinned, session=session)[1]

    def test_needs_a_session_of_the_same_context(self, context: MakeContext, good: RecordingServer) -> None:
        """A session of a context with another policy is refused, even for the same host."""
        session, _ = visit(good, context())
        with pytest.raises(SessionRefusedError, match="another policy"):
            visit(good, context(Policy()), session=session)

    def test_before_the_handshake_there_is_no_session(self, context: MakeContext, good: RecordingServer) -> None:
        """A connection that was not judged yet has no session."""
        with gently(context().wrap_socket(dial(good), server_hostname=HOST, do_handshake_on_connect=False)) as tls:
            assert tls.session is None


class TestLater:
    """Changes after the session was made."""

    def offered(self, pinned: PinnedSSLContext, good: RecordingServer, session: PinnedSession) -> None:
        """Offer *session*, and require a refusal before anything is sent."""
        with pytest.raises(SessionRefusedError) as caught:
            visit(good, pinned, session=session)
        assert caught.value.host == HOST

    def test_another_policy(self, pki: PKI, context: MakeContext, good: RecordingServer) -> None:
        """After the policy was replaced, earlier sessions are refused, and a new connection works."""
        pinned = context()
        session, _ = visit(good, pinned)
        pinned.policy = pki.policy()
        self.offered(pinned, good, session)
        session, _ = visit(good, pinned)
        assert visit(good, pinned, session=session)[1]

    def test_another_policy_between_creation_and_handshake(
        self, pki: PKI, context: MakeContext, good: RecordingServer
    ) -> None:
        """The policy in force at the end of the handshake decides."""
        pinned = context()
        session, _ = visit(good, pinned)
        tls = pinned.wrap_socket(dial(good), server_hostname=HOST, session=session, do_handshake_on_connect=False)
        with gently(tls):
            pinned.policy = policy_of(pki.rogue)
            with pytest.raises(SessionRefusedError, match="another policy"):
                tls.sendall(SECRET)
        assert not heard(good)

    def test_an_expired_certificate(self, pki: PKI, context: MakeContext, good: RecordingServer) -> None:
        """A resumed handshake shows no certificate, so the original one must still be valid."""
        now = [datetime.now(UTC)]
        pinned = context(clock=lambda: now[0])
        session, _ = visit(good, pinned)
        now[0] = pki.leaf.certificate.not_valid_after_utc
        assert visit(good, pinned, session=session)[1]
        now[0] += timedelta(seconds=1)
        self.offered(pinned, good, session)

    def test_a_policy_of_several_hosts(self, pki: PKI, context: MakeContext, good: RecordingServer) -> None:
        """Two pinned hosts with one certificate do not share sessions."""
        pinned = context(Policy((entry_of(pki.leaf), entry_of(pki.leaf, host="api.example.com"))))
        session, _ = visit(good, pinned)
        with pytest.raises(SessionRefusedError, match="belongs to another host"):
            visit(good, pinned, "api.example.com", session=session)
        assert ask_echo(good, pinned, "api.example.com")


def ask_echo(server: RecordingServer, context: ssl.SSLContext, name: str) -> bool:
    """Require that a new connection works."""
    return ask(server, context, name) == SECRET
