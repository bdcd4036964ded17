"""
OpenSSL does the handshake inside the first read or write, so each of these must run the judgement first.

A refused connection stays refused: a caller that swallows the exception and writes again sends nothing.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors import PinMismatchError
from pinsmith.lab.servers.fault import Garbage
from tests.tls.attack import SECRET, Memory, dial, gently, refused, silent
from tests.tls.pki import HOST, OTHER_HOST, policy_of
from tests.tls.way import CLEAR, CLEAR_WRITES, GREETING, MEMORY_WAYS, READS, WAYS, WRITES, greet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve
    from tests.tls.pki import PKI


@pytest.fixture(params=["1.2", "1.3"])
def rogue(request: pytest.FixtureRequest, pki: PKI, serve: Serve) -> RecordingServer:
    """Start a rogue server that speaks first."""
    return serve(pki.rogue, tls=request.param, speak=greet)


def open_without_handshake(server: RecordingServer, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Connect and wrap the socket, and leave the handshake to its first use."""
    return context.wrap_socket(dial(server), server_hostname=HOST, do_handshake_on_connect=False)


class TestPlain:
    """The controls: without pins, each way does the handshake and moves bytes."""

    @pytest.mark.parametrize("way", WRITES)
    def test_a_plain_socket_leaks_by(self, plain_context: ssl.SSLContext, rogue: RecordingServer, way: str) -> None:
        """The rogue server receives the secret."""
        with gently(open_without_handshake(rogue, plain_context)) as tls:
            WRITES[way](tls)
        rogue.settled()
        assert rogue.received == SECRET

    @pytest.mark.parametrize("way", READS)
    def test_a_plain_socket_believes_by(self, plain_context: ssl.SSLContext, rogue: RecordingServer, way: str) -> None:
        """The client accepts the bytes of the rogue server."""
        with gently(open_without_handshake(rogue, plain_context)) as tls:
            assert READS[way](tls) in (GREETING, len(GREETING))

    def test_a_plain_object_leaks(self, plain_context: ssl.SSLContext, rogue: RecordingServer) -> None:
        """A write to a memory-BIO object does the handshake."""
        with Memory(rogue, plain_context) as memory:
            memory.run("write", SECRET)
            memory.run("read", 100)
        rogue.settled()
        assert rogue.received == SECRET


@pytest.mark.parametrize("way", WAYS)
def test_a_socket_is_judged_before(context: MakeContext, rogue: RecordingServer, way: str) -> None:
    """Each way to move bytes runs the judgement first."""
    with refused(rogue, PinMismatchError), gently(open_without_handshake(rogue, context())) as tls:
        WAYS[way](tls)


@pytest.mark.parametrize("way", MEMORY_WAYS)
def test_an_object_is_judged_before(context: MakeContext, rogue: RecordingServer, way: str) -> None:
    """Each way to move bytes through memory BIOs runs the judgement first."""
    with refused(rogue, PinMismatchError), Memory(rogue, context()) as memory:
        memory.run(way, *MEMORY_WAYS[way])


@pytest.mark.parametrize("way", [*WRITES, *READS])
def test_each_way_works_with_the_good_server(pki: PKI, context: MakeContext, serve: Serve, way: str) -> None:
    """The control of the guards: the first use does the handshake, passes and moves the bytes, in every way."""
    server = serve(pki.leaf, speak=greet)
    for table in (WRITES, READS):
        if way in table:
            with gently(open_without_handshake(server, context())) as tls:
                table[way](tls)
    server.settled()
    assert server.received == (SECRET if way in WRITES else b"")


def test_unwrap_works_with_the_good_server(pki: PKI, context: MakeContext, serve: Serve) -> None:
    """Even the end of a connection may be its first use."""
    server = serve(pki.leaf)
    with gently(open_without_handshake(server, context())) as tls:
        assert tls.unwrap().fileno() >= 0


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_socket_stays_refused(context: MakeContext, rogue: RecordingServer, way: str) -> None:
    """A caller that swallows the exception and continues, in any way, gets it again and sends nothing."""
    with refused(rogue, PinMismatchError), gently(open_without_handshake(rogue, context())) as tls:
        for first in ("do_handshake", "write by send"):
            with pytest.raises(PinMismatchError):
                WAYS[first](tls)
        WAYS[way](tls)


def test_a_refused_socket_is_closed(context: MakeContext, rogue: RecordingServer) -> None:
    """The socket is closed although the caller still holds it."""
    tls = open_without_handshake(rogue, context())
    with refused(rogue, PinMismatchError):
        tls.do_handshake()
    assert tls.fileno() == -1


@pytest.mark.parametrize("way", MEMORY_WAYS)
def test_a_refused_object_stays_refused(context: MakeContext, rogue: RecordingServer, way: str) -> None:
    """A refused memory-BIO object stays refused, even if the caller sends the bytes that are in the BIO."""
    with refused(rogue, PinMismatchError), Memory(rogue, context()) as memory:
        for _ in range(2):
            with pytest.raises(PinMismatchError):
                memory.run("do_handshake")
        memory.run(way, *MEMORY_WAYS[way])


def test_a_file_made_before_the_handshake_sends_nothing_later(context: MakeContext, rogue: RecordingServer) -> None:
    """Bytes in the buffer of the file at the time of the refusal are never sent, neither by flush nor by close."""
    with gently(open_without_handshake(rogue, context())) as tls:
        file = tls.makefile("wb", buffering=65536)
        file.write(SECRET)
        with pytest.raises(PinMismatchError):
            tls.do_handshake()
        for end in (file.flush, file.close):
            with pytest.raises(PinMismatchError):
                end()
    assert silent(rogue)


class TestUnconnected:
    """Sockets that are wrapped first and connected later."""

    @pytest.mark.parametrize("connect", ["connect", "connect_ex"])
    @pytest.mark.parametrize("options", [{}, {"do_handshake_on_connect": False}], ids=["at once", "later"])
    def test_a_socket_connected_later_is_judged(
        self, context: MakeContext, rogue: RecordingServer, connect: str, options: dict[str, Any]
    ) -> None:
        """The judgement runs whether connecting does the handshake or the first write does."""
        with refused(rogue, PinMismatchError), socket.socket() as plain:
            tls = context().wrap_socket(plain, server_hostname=HOST, **options)
            with gently(tls):
                getattr(tls, connect)(rogue.endpoint)
                tls.sendall(SECRET)

    @pytest.mark.parametrize("connect", ["connect", "connect_ex"])
    def test_it_works_with_the_good_server(
        self, context: MakeContext, good_server: RecordingServer, connect: str
    ) -> None:
        """The control: the good server passes."""
        with context().wrap_socket(socket.socket(), server_hostname=HOST) as tls:
            assert not getattr(tls, connect)(good_server.endpoint)
            tls.sendall(SECRET)
            assert tls.recv(4096).startswith(b"HTTP/1.1 200")

    @pytest.mark.parametrize("way", WAYS)
    def test_a_socket_after_a_refused_connect_sends_nothing(
        self, context: MakeContext, rogue: RecordingServer, way: str
    ) -> None:
        """After a failed connect() ssl has no TLS object and sends in the clear, but a pinned socket refuses again."""
        with refused(rogue, PinMismatchError), socket.socket() as plain:
            tls = context().wrap_socket(plain, server_hostname=HOST)
            with gently(tls):
                with pytest.raises(PinMismatchError):
                    tls.connect(rogue.endpoint)
                WAYS[way](tls)

    def test_a_refused_socket_cannot_be_connected_again(self, context: MakeContext, rogue: RecordingServer) -> None:
        """A second connect() raises an error."""
        with (
            refused(rogue, ValueError, "already-connected"),
            context().wrap_socket(socket.socket(), server_hostname=HOST) as tls,
        ):
            with pytest.raises(PinMismatchError):
                tls.connect(rogue.endpoint)
            tls.connect(rogue.endpoint)

    def test_another_context_set_before_connecting_has_no_effect(
        self, context: MakeContext, plain_context: ssl.SSLContext, rogue: RecordingServer
    ) -> None:
        """A socket of a pinned context does not become a plain one."""
        with (
            refused(rogue, OSError, "not connected"),
            gently(context().wrap_socket(socket.socket(), server_hostname=HOST)) as tls,
        ):
            with contextlib.suppress(AttributeError):  # ssl sets the context of a TLS object that does not exist yet
                tls.context = plain_context
            assert tls.context is plain_context
            with contextlib.suppress(OSError):
                tls.connect(rogue.endpoint)
            tls.sendall(SECRET)


class TestNonBlocking:
    """Sockets that raise instead of waiting."""

    @pytest.mark.parametrize("way", WAYS)
    def test_a_non_blocking_socket_is_judged(self, context: MakeContext, rogue: RecordingServer, way: str) -> None:
        """Each way waits for readiness until the handshake is done, and is then refused."""
        plain = dial(rogue)
        plain.settimeout(0)
        tls = context().wrap_socket(plain, server_hostname=HOST, do_handshake_on_connect=False)
        with refused(rogue, PinMismatchError), gently(tls):
            until_done(tls, WAYS[way])

    def test_it_works_with_the_good_server(self, context: MakeContext, good_server: RecordingServer) -> None:
        """The control: the good server passes."""
        plain = dial(good_server)
        plain.settimeout(0)
        tls = context().wrap_socket(plain, server_hostname=HOST, do_handshake_on_connect=False)
        with gently(tls):
            assert until_done(tls, WRITES["send"]) == len(SECRET)
        good_server.settled()
        assert good_server.received == SECRET


def until_done(tls: ssl.SSLSocket, way: Callable[[Any], object]) -> object:
    """Repeat *way* whenever the socket becomes ready, without waiting inside it."""
    import select

    while True:
        try:
            result = way(tls)
        except ssl.SSLWantReadError:
            select.select([tls], [], [], 10)
        except ssl.SSLWantWriteError:
            select.select([], [tls], [], 10)
        else:
            if result is not None or way is not READS["makefile"]:
                return result
            select.select([tls], [], [], 10)


class TestFailedHandshake:
    """Sockets after a handshake that OpenSSL itself refused: ssl would continue in the clear."""

    @pytest.mark.parametrize("way", CLEAR_WRITES)
    def test_plain_ssl_sends_in_the_clear(self, plain_context: ssl.SSLContext, way: str) -> None:
        """The control, a trap of ssl: after a failed connect(), sending needs no TLS."""
        with Garbage() as server:
            with plain_context.wrap_socket(socket.socket(), server_hostname=HOST) as tls:
                with pytest.raises(ssl.SSLError):
                    tls.connect(server.endpoint)
                CLEAR_WRITES[way](tls)
            server.wait_closed()
        assert SECRET in server.received

    @pytest.mark.parametrize("way", CLEAR)
    def test_a_pinned_socket_does_nothing_in_the_clear(self, context: MakeContext, way: str) -> None:
        """Bytes outside TLS are neither sent nor accepted; the failure of the handshake is raised again."""
        with Garbage() as server:
            with context().wrap_socket(socket.socket(), server_hostname=HOST) as tls:
                with pytest.raises(ssl.SSLError):
                    tls.connect(server.endpoint)
                with pytest.raises(ssl.SSLError):
                    CLEAR[way](tls)
            server.wait_closed()
        assert SECRET not in server.received

    @pytest.mark.parametrize("way", CLEAR)
    def test_a_socket_that_was_never_connected_does_nothing(self, context: MakeContext, way: str) -> None:
        """The socket is not connected, so every use raises the usual error."""
        with (
            context().wrap_socket(socket.socket(), server_hostname=HOST) as tls,
            pytest.raises(OSError, match="not connected"),
        ):
            CLEAR[way](tls)


def test_an_unpinned_host_has_the_same_guards(pki: PKI, context: MakeContext, rogue: RecordingServer) -> None:
    """The control of the judgement: hosts that the policy does not cover pass the guards."""
    with gently(open_without_handshake(rogue, context(policy_of(pki.leaf, host=OTHER_HOST)))) as tls:
        tls.sendall(SECRET)
    rogue.settled()
    assert rogue.received == SECRET
