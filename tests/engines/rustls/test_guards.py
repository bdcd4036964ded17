"""Where the two libraries could disagree, OpenSSL is asked."""

from __future__ import annotations

import contextlib
import ssl
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import UsageError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.forge import forged_leaf
from pinsmith.lab.pki.mint import only_below
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.probe import Fetched, Target, Trust, fetch_many, rustls
from pinsmith.probe.rustls import Rustls, renegotiates_securely
from tests.engines.rustls.both import agreed
from tests.engines.rustls.conftest import at
from tests.probe.odd_leaves import NAME, odd_leaves
from tests.probe.scripted import RANDOM, PlainServer, record, server_hello, tarpit

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.servers.listener import Listener
    from pinsmith.lab.servers.server import Versions

pytestmark = pytest.mark.engines


@pytest.fixture(scope="module")
def good(intermediate: Authority) -> Identity:
    """Make a usual leaf."""
    return intermediate.issue("a.test")


def test_odd_leaves_are_judged_by_openssl(intermediate: Authority, trust: Trust, good: Identity) -> None:
    """Every leaf of the table has the verdict and chain of OpenSSL, from OpenSSL."""
    with RecordingServer(good) as teacher:
        for words, odd in odd_leaves(intermediate).items():
            with _presenting(odd) as server:
                engines = agreed([at(server, NAME)], trust, teachers=[at(teacher)])
            assert engines == ["openssl"], words


def _presenting(identity: Identity) -> Listener:
    """Make a server by OpenSSL, or by rtls if OpenSSL cannot read the certificate that it would present."""
    try:
        return RecordingServer(identity)
    except ssl.SSLError:
        return PlainServer(_serving(identity))


def _serving(identity: Identity) -> Callable[[socket.socket], None]:
    from rtls import PROTOCOL_TLS_SERVER, SSLContext

    context = SSLContext(PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.presented_pem().encode("ascii"), identity.private_pem())

    def play(sock: socket.socket) -> None:
        with contextlib.suppress(OSError), context.wrap_socket(sock, server_side=True) as tls:
            tls.recv(1)

    return play


@pytest.mark.parametrize(
    ("names", "host"),
    [
        (("*.test",), "a.test"),
        (("*.b.test",), "a_a.b.test"),
        (("*.b_b.test",), "a.b_b.test"),
        (("*.b.test",), "xn--bcher-kva.b.test"),
        (("b.test",), "a.test"),
        (("127.0.0.1",), "127.0.0.1"),
        (("127.0.0.1",), "a.test"),
    ],
)
def test_names_about_which_libraries_differ(
    intermediate: Authority, trust: Trust, good: Identity, names: tuple[str, ...], host: str
) -> None:
    """Wide wildcards, underscores, encoded labels and addresses are compared by OpenSSL."""
    with RecordingServer(good) as teacher, RecordingServer(intermediate.issue(*names)) as server:
        assert agreed([at(server, host)], trust, teachers=[at(teacher)]) == ["openssl"]


def test_a_forged_leaf(intermediate: Authority, trust: Trust, good: Identity) -> None:
    """A leaf of a known kind with a wrong signature is refused."""
    with RecordingServer(good) as teacher, RecordingServer(forged_leaf(intermediate, "a.test")) as server:
        assert agreed([at(server)], trust, teachers=[at(teacher)]) == ["openssl"]


def test_a_leaf_signed_by_another_key_of_the_same_name(root: Authority, intermediate: Authority, trust: Trust) -> None:
    """
    OpenSSL takes the issuer that the key identifier names, whose signature is wrong.

    ::

        Good Root ── Good Intermediate, twice, with two keys
                     └── a.test   names the one, signed by the other

    The library rustls would try both keys.
    """
    twin = root.intermediate("Good Intermediate")
    right = intermediate.issue("a.test")
    forged = forged_leaf(intermediate, "a.test", key=twin.key)
    both = [*right.chain[1:], twin.certificate]
    with (
        RecordingServer(right, presented=[right.certificate, *both]) as teacher,
        RecordingServer(forged, presented=[forged.certificate, *both]) as server,
    ):
        assert agreed([at(server)], trust, teachers=[at(teacher), at(teacher)]) == ["openssl"]


def test_two_roots_of_one_name() -> None:
    """An anchor with the name of another is not learned, so a leaf below either gets the chain of OpenSSL."""
    roots = [Authority.root("One Name"), Authority.root("One Name")]
    trust = Trust(cadata="".join(root.pem for root in roots))
    leaves = [root.issue("a.test") for root in roots]
    forged = forged_leaf(roots[0], "a.test", key=roots[1].key)
    with (
        RecordingServer(leaves[0]) as first,
        RecordingServer(leaves[1]) as second,
        RecordingServer(forged) as third,
    ):
        places = [at(server) for server in (first, second, third)]
        assert agreed(places, trust, teachers=places[:2]) == ["rustls", "openssl", "openssl"]


def test_name_constraints(root: Authority, trust: Trust, good: Identity) -> None:
    """Below name constraints, OpenSSL judges every leaf."""
    limited = root.intermediate("Limited", extensions=only_below("b.test"))
    leaves = {name: limited.issue(name) for name in ("a.b.test", "a.test")}
    with RecordingServer(good) as teacher, RecordingServer(leaves["a.test"], sni=leaves) as server:
        teachers = [at(teacher), at(server, "a.b.test")]
        assert agreed([at(server, name) for name in leaves], trust, teachers=teachers) == ["openssl", "openssl"]


def test_renegotiation_as_openssl_demands_it(trust: Trust, good: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server of TLS 1.2 without secure renegotiation is left to OpenSSL, which refuses it."""
    with RecordingServer(good, tls="1.2") as server:
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["rustls"]
        monkeypatch.setattr(rustls, "renegotiates_securely", lambda _: False)
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["openssl"]


def test_renegotiation_is_read_from_the_first_message() -> None:
    """The extension is found behind others and any session, but not in another message or one that is cut off."""
    hello = server_hello()
    assert renegotiates_securely(hello)
    bare = hello.replace(bytes.fromhex("ff010001"), bytes.fromhex("00170001"))
    assert not renegotiates_securely(bare)
    body = b"\x03\x03" + RANDOM + b"\x20" + b"s" * 32 + b"\xc0\x2f\0"
    body += (9).to_bytes(2) + bytes.fromhex("00170000ff01000100")
    assert renegotiates_securely(record(22, b"\x02" + len(body).to_bytes(3) + body))
    cut = b"\x02" + (38).to_bytes(3) + b"\x03\x03" + RANDOM + b"\0\xc0\x2f\0"
    assert not renegotiates_securely(record(22, cut + b"\x0b\0\xff\x01" + bytes(0x0B00)))
    assert not any(renegotiates_securely(hello[:size]) for size in range(len(hello)))
    assert not renegotiates_securely(hello[:5] + b"\x0b" + hello[6:])


def test_a_leaf_that_is_an_anchor_itself(root: Authority, intermediate: Authority, good: Identity) -> None:
    """From Python 3.13 on, the chain of a leaf in the trust store is the leaf alone."""
    trusted = intermediate.issue("a.test")
    for pem, engine in ((root.pem + trusted.pem, "openssl"), (root.pem, "rustls")):
        trust = Trust(cadata=pem)
        trust.verifying(None).verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        with RecordingServer(good) as teacher, RecordingServer(trusted) as server:
            assert agreed([at(server)], trust, teachers=[at(teacher)]) == [engine]


def test_a_leaf_in_the_folder_of_anchors(
    root: Authority, good: Identity, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A leaf in a folder of anchors is left to OpenSSL, because only OpenSSL knows whether it finds it there."""
    (tmp_path / "leaf.crt").write_text(f"words\n{good.pem}", "ascii")
    trust = Trust(cadata=root.pem)
    trust.verifying(None).verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with RecordingServer(good) as server:
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["rustls"]
        monkeypatch.setattr(rustls, "folders_of", lambda _: [tmp_path])
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["openssl"]
        monkeypatch.setattr(rustls, "folders_of", lambda _: [tmp_path / "leaf.crt"])
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["openssl"]
        monkeypatch.setattr(rustls, "folders_of", lambda _: [tmp_path])
        (tmp_path / "leaf.crt").write_text("-----BEGIN CERTIFICATE-----\nQUJ\n-----END CERTIFICATE-----\n", "ascii")
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["openssl"]


def test_nothing_is_learned_from_an_untrusted_chain(trust: Trust) -> None:
    """A host whose chain is not trusted teaches nothing, so the next one is asked by OpenSSL too."""
    stranger = Authority.root("Stranger").issue("a.test")
    with RecordingServer(stranger) as server:
        assert agreed([at(server)] * 3, trust) == ["openssl"] * 3


@pytest.mark.parametrize(("tls", "engine"), [("1.2", "openssl"), ("1.3", "rustls")])
def test_a_demand_for_a_client_certificate(
    root: Authority, trust: Trust, good: Identity, tls: Versions, engine: str
) -> None:
    """A server that ends the handshake because it got no client certificate is shown as OpenSSL shows it."""
    with RecordingServer(good) as teacher, RecordingServer(good, client_ca=root, tls=tls) as server:
        assert agreed([at(server)], trust, teachers=[at(teacher)]) == [engine]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_no_session_is_resumed(trust: Trust, good: Identity, tls: Versions) -> None:
    """Every handshake is a full one, so every result has the key that the server has now."""
    with RecordingServer(good, tls=tls) as server:
        assert agreed([at(server)] * 3, trust, teachers=[at(server)]) == ["rustls"] * 3
        server.settled()
        assert [connection.session_reused for connection in server.connections] == [False] * 7


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
def test_a_server_with_two_certificates(intermediate: Authority, trust: Trust, tls: Versions) -> None:
    """A server that has an RSA and an EC key shows the same one to both libraries."""
    rsa = intermediate.issue("a.test", key="rsa-2048")
    for first, second in ((intermediate.issue("a.test"), rsa), (rsa, intermediate.issue("a.test"))):
        with RecordingServer(first, context_hook=second.load_into, tls=tls) as server:
            assert agreed([at(server)], trust, teachers=[at(server)]) == ["rustls"]


def test_a_long_handshake(trust: Trust, good: Identity, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that sends more than a limit is left to OpenSSL, which has the same one."""
    with RecordingServer(good) as server:
        monkeypatch.setattr(rustls, "MAX_BYTES", 100)
        assert agreed([at(server)], trust, teachers=[at(server)]) == ["openssl"]


class Panic(BaseException):
    """Looks like a panic of Rust, which is not an `Exception`."""

    __module__ = "pyo3_runtime"


@pytest.mark.parametrize("error", [Panic, ValueError, ssl.SSLError])
@pytest.mark.parametrize("method", ["build_client_connection", "process_new_packets", "peer_certificates"])
def test_whatever_rtls_raises_is_left_to_openssl(
    trust: Trust, good: Identity, monkeypatch: pytest.MonkeyPatch, method: str, error: type[BaseException]
) -> None:
    """A failure inside of rtls does not fail the host, and does not end the others."""
    from rtls import _rustls

    calls: list[str] = []
    builder = _rustls.RustlsConfigBuilder

    class Broken:
        """Passes everything on, and fails in one method after the trial."""

        def __init__(self, sound: object | None = None) -> None:
            self._sound = builder() if sound is None else sound

        def __getattr__(self, name: str) -> object:
            sound = getattr(self._sound, name)
            return sound if name not in {method, "build_client_connection"} else partial(self._call, name, sound)

        def _call(self, name: str, sound: Callable[..., object], *given: object) -> object:
            calls.append(name)
            if name == method and len(calls) > 1:
                raise error
            return Broken(sound(*given)) if name == "build_client_connection" else sound(*given)

    monkeypatch.setattr("rtls._rustls.RustlsConfigBuilder", Broken)
    with RecordingServer(good) as server:
        assert agreed([at(server)] * 2, trust, teachers=[at(server)]) == ["openssl"] * 2
    assert method in calls[1:]


def test_each_trust_learns_alone(root: Authority, trust: Trust, good: Identity) -> None:
    """A chain that one set of anchors verified is not trusted with another set."""
    other = Trust(cadata=Authority.root("Other Root").pem)
    with RecordingServer(good) as server:
        targets = [at(server), at(server, trust=other), at(server, trust=Trust(cadata=root.pem))]
        assert agreed(targets, trust, teachers=[at(server)]) == ["rustls", "openssl", "openssl"]


def test_a_handshake_of_rustls_gets_half_of_the_time(trust: Trust, good: Identity) -> None:
    """A server that does not answer rustls is dialled a second time, so that OpenSSL may succeed."""
    dialled = []

    def first_hangs(sock: socket.socket) -> None:
        dialled.append(sock)
        (tarpit if len(dialled) == 1 else _serving(good))(sock)

    with RecordingServer(good) as teacher, PlainServer(first_hangs) as server:
        targets = [at(teacher), at(server)]
        _, found = fetch_many(targets, trust=trust, concurrency=1, timeout_seconds=2.0, engine="rustls")
    assert isinstance(found, Fetched)
    assert (found.engine, found.trusted, len(dialled)) == ("openssl", True, 2)


def test_without_rtls_the_engine_is_refused(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the command that installs rtls, before any host is asked."""
    monkeypatch.setitem(sys.modules, "rtls._rustls", None)
    with pytest.raises(UsageError, match="the engine rustls needs rtls") as caught:
        fetch_many([Target("a.test")], trust=trust, engine="rustls")
    assert caught.value.hint == "pip install 'pinsmith[rustls]'"
    with pytest.raises(UsageError):
        Rustls()


def test_another_rtls_is_refused(trust: Trust, monkeypatch: pytest.MonkeyPatch) -> None:
    """If a later release of rtls has other methods, the engine is refused before any host is asked."""
    for builder in (object, _WithoutMethods, _WithoutAnchors):
        monkeypatch.setattr("rtls._rustls.RustlsConfigBuilder", builder)
        with pytest.raises(UsageError, match=r"the engine rustls cannot use rtls 20"):
            fetch_many([Target("a.test")], trust=trust, engine="rustls")


class _WithoutMethods:
    def __getattr__(self, name: str) -> Callable[..., object]:
        return lambda *_: object()


class _WithoutAnchors:
    def __getattr__(self, name: str) -> Callable[..., object]:
        if name == "add_root_cert_from_der":
            raise AttributeError
        return lambda *_: self
