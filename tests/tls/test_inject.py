"""Pins for the whole process: for contexts made before and after, of any class, and until extract()."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import truststore

from pinsmith.errors import HostNotPinnedError, InjectionError, NoServerNameError, PinMismatchError, SessionRefusedError
from pinsmith.lab.servers.fault import Garbage
from pinsmith.policy import Policy
from pinsmith.tls.inject import extract, inject, injected_policy, require_injected
from tests.tls.attack import SECRET, Memory, ask, connected, dial, gently, refused
from tests.tls.pki import HOST, OTHER_HOST, PKI, policy_of
from tests.tls.way import CLEAR, MEMORY_WAYS, WAYS, greet

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve


@pytest.fixture(autouse=True)
def clean() -> Iterator[None]:
    """Remove the injection after the test."""
    yield
    extract()


@pytest.fixture
def rogue(pki: PKI, serve: Serve) -> RecordingServer:
    """Start a rogue server that speaks first."""
    return serve(pki.rogue, speak=greet)


def patched() -> dict[str, Any]:
    """Return the attributes of the classes that are patched."""
    classes = (ssl.SSLContext, ssl.SSLSocket, ssl.SSLObject)
    return {f"{cls.__name__}.{name}": value for cls in classes for name, value in vars(cls).items()}


@pytest.mark.parametrize("way", WAYS)
def test_a_plain_socket_is_judged_before(
    pki: PKI, plain_context: ssl.SSLContext, rogue: RecordingServer, way: str
) -> None:
    """Each way to move bytes runs the judgement first, also with an earlier context, and a refusal is final."""
    inject(pki.policy())
    tls = plain_context.wrap_socket(dial(rogue), server_hostname=HOST, do_handshake_on_connect=False)
    with refused(rogue, PinMismatchError), gently(tls):
        for _ in range(2):
            with pytest.raises(PinMismatchError):
                WAYS[way](tls)
        tls.sendall(SECRET)


@pytest.mark.parametrize("way", MEMORY_WAYS)
def test_a_plain_object_is_judged_before(
    pki: PKI, plain_context: ssl.SSLContext, rogue: RecordingServer, way: str
) -> None:
    """Each way to move bytes through memory BIOs runs the judgement first."""
    inject(pki.policy())
    with refused(rogue, PinMismatchError), Memory(rogue, plain_context) as memory:
        for _ in range(2):
            with pytest.raises(PinMismatchError):
                memory.run(way, *MEMORY_WAYS[way])
        memory.run("write", SECRET)


@pytest.mark.parametrize("way", [way for way in WAYS if way not in ("unwrap", "do_handshake")])
def test_each_way_works_with_the_good_server(pki: PKI, plain_context: ssl.SSLContext, serve: Serve, way: str) -> None:
    """The control: the good server passes, also with sockets that connect later."""
    inject(pki.policy())
    server = serve(pki.leaf, speak=greet)
    with gently(plain_context.wrap_socket(socket.socket(), server_hostname=HOST)) as tls:
        tls.connect(server.endpoint)
        WAYS[way](tls)
    server.settled()
    assert server.received == (SECRET if way.startswith("write") else b"")


@pytest.mark.parametrize("way", CLEAR)
def test_after_a_failed_connect_nothing_is_sent_in_the_clear(pki: PKI, plain_context: ssl.SSLContext, way: str) -> None:
    """Without the injection, ssl would send in the clear, see test_implicit_handshake.py."""
    inject(pki.policy())
    with Garbage() as server:
        with plain_context.wrap_socket(socket.socket(), server_hostname=HOST) as tls:
            with pytest.raises(ssl.SSLError):
                tls.connect(server.endpoint)
            with pytest.raises(ssl.SSLError):
                CLEAR[way](tls)
        server.wait_closed()
    assert SECRET not in server.received


def test_a_refused_socket_is_closed(pki: PKI, plain_context: ssl.SSLContext, rogue: RecordingServer) -> None:
    """The socket is closed although the caller still holds it."""
    inject(pki.policy())
    tls = plain_context.wrap_socket(dial(rogue), server_hostname=HOST, do_handshake_on_connect=False)
    with refused(rogue, PinMismatchError):
        tls.do_handshake()
    assert tls.fileno() == -1


class TestContexts:
    """Contexts of any kind are pinned."""

    def test_a_context_made_later(self, pki: PKI, good_server: RecordingServer, rogue: RecordingServer) -> None:
        """A context that is made after the injection is pinned too."""
        inject(pki.policy())
        later = ssl.create_default_context(cadata=pki.trust)
        assert ask(good_server, later)
        with refused(rogue, PinMismatchError):
            ask(rogue, later)

    def test_a_subclass(self, pki: PKI, good_server: RecordingServer, rogue: RecordingServer) -> None:
        """A subclass of SSLContext with socket classes of its own is pinned."""

        class Theirs(ssl.SSLSocket):
            pass

        inject(pki.policy())
        theirs = ssl.create_default_context(cadata=pki.trust)
        theirs.sslsocket_class = Theirs
        with connected(good_server, theirs) as tls:
            assert type(tls) is Theirs
            tls.sendall(SECRET)
        with refused(rogue, PinMismatchError):
            ask(rogue, theirs)

    @pytest.mark.skipif(
        sys.platform != "linux", reason="only on Linux: elsewhere truststore does not verify by OpenSSL"
    )
    def test_truststore(self, pki: PKI, good_server: RecordingServer, rogue: RecordingServer) -> None:
        """Contexts of truststore verify with an inner context, which is pinned too."""
        theirs = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        theirs.load_verify_locations(cadata=pki.trust)
        inject(pki.policy())
        assert ask(good_server, theirs)
        with refused(rogue, PinMismatchError):
            ask(rogue, theirs)

    def test_a_pinned_context_keeps_its_own_policy(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer, rogue: RecordingServer
    ) -> None:
        """The policy of a pinned context takes precedence over the injected one, even if it is less strict."""
        inject(policy_of(pki.rogue))
        assert ask(good_server, context())
        with refused(rogue, PinMismatchError):
            ask(rogue, context())
        with connected(rogue, context(Policy())) as tls:
            tls.sendall(SECRET)


class TestHosts:
    """The connections that the policy covers."""

    def test_an_unpinned_host_is_not_checked(
        self, pki: PKI, plain_context: ssl.SSLContext, rogue_server: RecordingServer
    ) -> None:
        """The control of all refusals here: a host without pins receives the secret."""
        inject(policy_of(pki.leaf, host=OTHER_HOST))
        assert ask(rogue_server, plain_context)

    def test_require_pins(self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer) -> None:
        """With require-pins, a host without an entry is refused."""
        inject(policy_of(pki.leaf, host=OTHER_HOST, require_pins=True))
        with refused(good_server, HostNotPinnedError):
            ask(good_server, plain_context)

    def test_a_connection_without_a_name(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """The connection might be to any pinned host, so it is refused; without pins it passes."""
        plain_context.check_hostname = False
        inject(pki.policy())
        with refused(good_server, NoServerNameError):
            ask(good_server, plain_context, None)
        inject(Policy())
        assert ask(good_server, plain_context, None)

    def test_server_side_sockets_are_not_checked(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """The recording server of this process continues to serve; require-pins does not apply to it."""
        inject(Policy(pki.policy().hosts, require_pins=True))
        assert ask(good_server, plain_context)


class TestExisting:
    """Connections that exist at the time of the injection."""

    def test_an_open_connection_continues(
        self, pki: PKI, plain_context: ssl.SSLContext, rogue_server: RecordingServer
    ) -> None:
        """An open connection continues, even if the handshake is requested again."""
        with connected(rogue_server, plain_context) as tls, Memory(rogue_server, plain_context) as memory:
            memory.run("do_handshake")
            inject(pki.policy())
            tls.do_handshake()
            tls.sendall(SECRET)
            assert tls.recv(100)
            memory.run("do_handshake")
            memory.run("write", SECRET)
            assert memory.run("read", 100)

    def test_a_connection_without_a_finished_handshake_is_refused(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """It is not known how the connection was created, so nothing counts as verified."""
        tls = plain_context.wrap_socket(dial(good_server), server_hostname=HOST, do_handshake_on_connect=False)
        inject(pki.policy())
        with refused(good_server, PinMismatchError, "created before pinsmith.inject") as caught, gently(tls):
            tls.sendall(SECRET)
        assert "connect again" in str(getattr(caught.value, "hint", ""))

    def test_a_connection_survives_the_extraction(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """A connection that was judged continues after extract()."""
        inject(pki.policy())
        with connected(good_server, plain_context) as tls:
            extract()
            tls.sendall(SECRET)
            assert tls.recv(100)


class TestBackAndForth:
    """Injecting, injecting again and extracting."""

    def test_extract_restores_everything(self, pki: PKI, plain_context: ssl.SSLContext, rogue: RecordingServer) -> None:
        """Every attribute is the original object again, and the rogue server is trusted again."""
        before = patched()
        inject(pki.policy())
        assert patched() != before
        extract()
        after = patched()
        assert after.keys() == before.keys()
        assert all(after[name] is before[name] for name in before)
        assert injected_policy() is None
        with connected(rogue, plain_context) as tls:
            tls.sendall(SECRET)

    def test_the_second_injection_replaces_the_policy(
        self, pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
    ) -> None:
        """A single extract() undoes both injections."""
        before = patched()
        inject(policy_of(pki.rogue))
        inject(pki.policy())
        assert injected_policy() == pki.policy()
        assert ask(good_server, plain_context)
        extract()
        extract()
        assert patched() == before

    def test_a_later_patch_is_not_undone(
        self, pki: PKI, plain_context: ssl.SSLContext, rogue: RecordingServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While another patch is in place, extract() raises an error and pins stay enforced; later it works."""
        inject(pki.policy())
        ours = ssl.SSLSocket.send

        def theirs(self: ssl.SSLSocket, payload: bytes, flags: int = 0) -> int:
            return ours(self, payload, flags)

        with monkeypatch.context() as patch:
            patch.setattr(ssl.SSLSocket, "send", theirs)
            for call in (extract, require_injected):
                with pytest.raises(InjectionError, match=r"ssl\.SSLSocket\.send was replaced"):
                    call()
            with refused(rogue, PinMismatchError):
                ask(rogue, plain_context)
        require_injected()

    def test_without_an_injection_require_injected_fails(self) -> None:
        """A program that relies on the injection gets an error."""
        with pytest.raises(InjectionError, match="not enforced"):
            require_injected()


def test_a_session_is_not_resumed_with_a_pinned_host(
    pki: PKI, plain_context: ssl.SSLContext, good_server: RecordingServer
) -> None:
    """A plain session is not bound to a host, so the resumed handshake is refused."""
    inject(pki.policy())
    with connected(good_server, plain_context) as tls:
        tls.sendall(SECRET)
        tls.recv(100)
        session = tls.session
    with pytest.raises((PinMismatchError, SessionRefusedError)), connected(good_server, plain_context, session=session):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="not on Windows: there is no fork")
def test_a_forked_child_is_pinned(pki: PKI, rogue: RecordingServer) -> None:
    """A forked child inherits the injection."""
    program = f"""
import os, socket, ssl, sys
from pinsmith.tls import inject
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
inject.inject(Policy((HostPins("localhost", (Key("leaf", Pin.parse("{pki.leaf.pin}")),)),)))
context = ssl.create_default_context(cadata=sys.stdin.read())
child = os.fork()
if child == 0:
    try:
        with socket.create_connection({rogue.endpoint!r}) as plain:
            with context.wrap_socket(plain, server_hostname="localhost") as tls:
                tls.sendall(b"SECRET")
    except ssl.SSLCertVerificationError:
        os._exit(7)
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""
    done = subprocess.run([sys.executable, "-c", program], input=pki.trust, text=True, check=False)
    assert done.returncode == 7
    rogue.settled()
    assert rogue.received == b""
