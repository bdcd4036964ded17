"""
The generated module that works without pinsmith closes the same ways around its pins as a pinned context.

The lab tests clients; this file tests what a program may do to the context and its connections.
"""

from __future__ import annotations

import itertools
import pickle
import socket
import ssl
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.formats import LOSSES, export, find
from pinsmith.lab.servers.fault import Garbage
from pinsmith.lab.servers.speaker import echo_speaker
from tests.tls.attack import SECRET, Memory, ask, connected, dial, gently, refused, silent
from tests.tls.pki import HOST, OTHER_HOST, policy_of
from tests.tls.way import CLEAR, MEMORY_WAYS, READS, WAYS, WRITES, greet

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.servers.server import RecordingServer
    from pinsmith.policy import Policy
    from tests.tls.conftest import Serve
    from tests.tls.pki import PKI

NUMBERS = itertools.count()


def generated(policy: Policy) -> Any:  # noqa: ANN401 - what is in the module no type checker knows
    """Import the module that is generated for *policy*."""
    text = export(policy, find("python-standalone"), options={"accept-loss": tuple(LOSSES)}).text
    module = ModuleType(f"generated_pins_{next(NUMBERS)}")
    sys.modules[module.__name__] = module  # pickle looks the module up there
    exec(compile(text, f"{module.__name__}.py", "exec"), vars(module))  # noqa: S102 - the code is what is tested
    return module


@pytest.fixture(scope="module")
def pins(pki: PKI) -> Any:  # noqa: ANN401 - see `generated`
    """Pin the leaf's key and the backup."""
    return generated(pki.policy())


@pytest.fixture
def pinned(pins: Any, pki: PKI) -> ssl.SSLContext:  # noqa: ANN401
    """Make a context that trusts both roots, so that only the pins tell the servers apart."""
    context: ssl.SSLContext = pins.create_context(cadata=pki.trust)
    return context


@pytest.fixture(params=["1.2", "1.3"])
def rogue(request: pytest.FixtureRequest, pki: PKI, serve: Serve) -> RecordingServer:
    """Start a rogue server that speaks first."""
    return serve(pki.rogue, tls=request.param, speak=greet)


def unshaken(server: RecordingServer, context: ssl.SSLContext) -> ssl.SSLSocket:
    """Connect and wrap the socket, and leave the handshake to its first use."""
    return context.wrap_socket(dial(server), server_hostname=HOST, do_handshake_on_connect=False)


@pytest.mark.parametrize("way", WAYS)
def test_a_socket_is_compared_before(pinned: ssl.SSLContext, rogue: RecordingServer, way: str) -> None:
    """OpenSSL does the handshake inside a read or write, and the comparison runs before any byte."""
    with (
        refused(rogue, ssl.SSLCertVerificationError, "presented no pinned key"),
        gently(unshaken(rogue, pinned)) as tls,
    ):
        WAYS[way](tls)


@pytest.mark.parametrize("way", MEMORY_WAYS)
def test_an_object_is_compared_before(pinned: ssl.SSLContext, rogue: RecordingServer, way: str) -> None:
    """Memory BIOs, as asyncio uses them, are compared first too."""
    with refused(rogue, ssl.SSLCertVerificationError, "presented no pinned key"), Memory(rogue, pinned) as memory:
        memory.run(way, *MEMORY_WAYS[way])


@pytest.mark.parametrize("way", [*WRITES, *READS])
def test_each_way_works_with_the_good_server(pki: PKI, pinned: ssl.SSLContext, serve: Serve, way: str) -> None:
    """The control: the first use does the handshake, passes and moves the bytes."""
    server = serve(pki.leaf, speak=greet)
    for table in (WRITES, READS):
        if way in table:
            with gently(unshaken(server, pinned)) as tls:
                assert table[way](tls) != b""
    server.settled()
    assert server.received == (SECRET if way in WRITES else b"")


@pytest.mark.parametrize("way", WAYS)
def test_a_refused_socket_stays_refused(pinned: ssl.SSLContext, rogue: RecordingServer, way: str) -> None:
    """A caller that swallows the error and continues sends nothing."""
    with refused(rogue, ssl.SSLError), gently(unshaken(rogue, pinned)) as tls:
        with pytest.raises(ssl.SSLCertVerificationError):
            tls.do_handshake()
        WAYS[way](tls)


@pytest.mark.parametrize("way", MEMORY_WAYS)
def test_a_refused_object_stays_refused(pinned: ssl.SSLContext, rogue: RecordingServer, way: str) -> None:
    """A refused memory-BIO object stays refused."""
    with refused(rogue, ssl.SSLError), Memory(rogue, pinned) as memory:
        with pytest.raises(ssl.SSLCertVerificationError):
            memory.run("do_handshake")
        memory.run(way, *MEMORY_WAYS[way])


@pytest.mark.parametrize("way", CLEAR)
def test_nothing_is_sent_in_the_clear_after_a_failed_connect(pinned: ssl.SSLContext, way: str) -> None:
    """Python drops the TLS object if connect() fails, and would continue without TLS."""
    with Garbage() as server, gently(pinned.wrap_socket(socket.socket(), server_hostname=HOST)) as tls:
        tls.settimeout(10)
        with pytest.raises(ssl.SSLError):
            tls.connect(server.endpoint)
        with pytest.raises(ssl.SSLError, match="this connection was refused"):
            CLEAR[way](tls)
    server.wait_closed()
    assert SECRET not in server.disclosed


def test_an_unconnected_socket_works(pki: PKI, pinned: ssl.SSLContext, good_server: RecordingServer) -> None:
    """connect() does the handshake, and compares."""
    with gently(pinned.wrap_socket(socket.socket(), server_hostname=HOST)) as tls:
        with pytest.raises(OSError, match="not connected"):
            tls.send(SECRET)
        tls.connect(good_server.endpoint)
        tls.sendall(SECRET)
    good_server.settled()
    assert good_server.received == SECRET


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("verify_mode", ssl.CERT_NONE),
        ("verify_mode", ssl.CERT_OPTIONAL),
        ("check_hostname", False),
        ("sslsocket_class", ssl.SSLSocket),
        ("sslobject_class", ssl.SSLObject),
    ],
)
def test_the_base_of_the_pins_cannot_be_changed(pinned: ssl.SSLContext, name: str, value: object) -> None:
    """Libraries that switch verification off get an error; settings that apply anyway may be set."""
    before = getattr(pinned, name)
    with pytest.raises(ValueError, match=f"{name} of a pinned context"):
        setattr(pinned, name, value)
    setattr(pinned, name, before)
    assert getattr(pinned, name) == before


def test_renegotiation_stays_off(pinned: ssl.SSLContext) -> None:
    """Renegotiation could change the key after the comparison."""
    assert pinned.options & ssl.OP_NO_RENEGOTIATION
    pinned.options = ssl.OP_ALL
    assert pinned.options & ssl.OP_NO_RENEGOTIATION


def by_socket(server: RecordingServer, context: ssl.SSLContext, name: str | None) -> None:
    """Send the secret."""
    with connected(server, context, name) as tls:
        tls.sendall(SECRET)


def by_object(server: RecordingServer, context: ssl.SSLContext, name: str | None) -> None:
    """Send the secret."""
    with Memory(server, context, name) as memory:
        memory.run("write", SECRET)


NAMELESS = {"socket": by_socket, "object": by_object}


@pytest.mark.parametrize("name", [None, ""])
@pytest.mark.parametrize("way", NAMELESS)
def test_a_connection_that_names_no_server_is_refused(
    pinned: ssl.SSLContext, rogue: RecordingServer, name: str | None, way: str
) -> None:
    """Without a name there are no pins to look up."""
    with pytest.raises((ValueError, ssl.SSLError)):
        NAMELESS[way](rogue, pinned, name)
    rogue.settled()
    assert rogue.received == b""


@pytest.mark.parametrize("version", ["1.2", "1.3"])
@pytest.mark.parametrize("host", [HOST, OTHER_HOST])
def test_resumed_sessions_are_refused(pki: PKI, pinned: ssl.SSLContext, serve: Serve, version: str, host: str) -> None:
    """They have no chain, and Python would accept a session of another host."""
    server = serve(pki.leaf if host == HOST else pki.other, tls=version, speak=echo_speaker)
    with connected(server, pinned, host) as tls:
        tls.sendall(b"hello")
        assert tls.recv(100) == b"hello"
        session = tls.session
    with (
        pytest.raises(ssl.SSLCertVerificationError, match="no verified chain"),
        connected(server, pinned, HOST, session=session) as tls,
    ):
        tls.sendall(SECRET)
    server.settled()
    assert SECRET not in server.received


def test_only_the_verified_chain_is_compared(pki: PKI, serve: Serve) -> None:
    """Genuine certificates after a rogue chain are not compared; in a chain of their own they are."""
    context = generated(policy_of(pki.intermediate)).create_context(cadata=pki.trust)
    stuffed = serve(pki.rogue, presented=pki.stuffed)
    with refused(stuffed, ssl.SSLCertVerificationError):
        ask(stuffed, context)
    assert ask(serve(pki.leaf), context)


def test_the_hook_and_the_error_name_the_mismatch(pins: Any, pki: PKI, rogue: RecordingServer) -> None:  # noqa: ANN401
    """The error contains host and keys, and can be pickled."""
    errors: list[Any] = []
    context = pins.create_context(cadata=pki.trust, on_mismatch=errors.append)
    with refused(rogue, pins.PinMismatchError) as caught:
        ask(rogue, context)
    assert errors == [caught.value]
    error = pickle.loads(pickle.dumps(errors[0]))  # noqa: S301 - made here
    assert (error.host, error.presented[0], error.enforced) == (HOST, pki.rogue.pin.removeprefix("sha256/"), True)
    assert str(error).startswith(f"{HOST} presented no pinned key; presented: {pki.rogue.pin} ")


def test_a_hook_that_fails_refuses(pki: PKI, rogue: RecordingServer) -> None:
    """If the hook raises an exception, the server is refused, even if the pins only report."""

    def fail(_: object) -> None:
        raise LookupError

    context = generated(pki.policy(mode="report-only")).create_context(cadata=pki.trust, on_mismatch=fail)
    with refused(rogue, LookupError), gently(unshaken(rogue, context)) as tls:
        tls.sendall(SECRET)


@pytest.mark.parametrize("ours", [True, False], ids=["before", "after"])
def test_a_replaced_ssl_is_refused(
    pins: Any,  # noqa: ANN401
    pki: PKI,
    monkeypatch: pytest.MonkeyPatch,
    *,
    ours: bool,
) -> None:
    """gevent, eventlet and truststore install classes of their own, which do not compare."""
    other: Callable[[], Any] = type("SSLContext", (ssl.SSLContext,), {"__module__": "gevent.ssl"})
    monkeypatch.setattr(ssl, "SSLContext", other)
    module = pins if ours else generated(pki.policy())
    with pytest.raises(RuntimeError, match=r"ssl\.SSLContext was replaced"):
        module.create_context()


def test_it_finds_the_same_entry_as_pinsmith(pki: PKI) -> None:
    """It finds the longest parent with subdomains, at label boundaries, and canonical forms of names and addresses."""
    module = generated(policy_of(pki.leaf, host="example.com", include_subdomains=True))
    found = [name for name in ("example.com", "a.b.example.com", "badexample.com", "com", "") if module._find(name)]
    assert found == ["example.com", "a.b.example.com"]
    assert module._canonical("EXAMPLE.com.") == "example.com"
    assert module._canonical("0:0::1%eth0") == "::1"
    assert module._canonical("::ffff:192.0.2.1") == "192.0.2.1"


def test_plain_tls_leaks(plain_context: ssl.SSLContext, rogue: RecordingServer) -> None:
    """The control of this file: without pins, the rogue receives the secret."""
    ask(rogue, plain_context)
    assert not silent(rogue)
    assert rogue.received == SECRET
