"""The sessions for niquests: no option leads to QUIC, to another TLS library or past the adapter."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import pickle
import socket
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import niquests
import niquests.adapters
import pytest

import pinsmith
from pinsmith.clients.niquests import Adapter, AsyncAdapter, AsyncSession, Session
from pinsmith.errors import PinMismatchError, UnsafeContextError, find
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.lab.scenarios import alt_svc_bait
from pinsmith.lab.trial import Ended, try_client
from tests.tls.attack import silent
from tests.tls.pki import HOST, PKI

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.lab.call import Call
    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve


def advertise_quic(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer, and invite the client to come back over HTTP/3 on the same port."""
    port = sock.getsockname()[1]
    while sock.recv(65536):
        sock.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nAlt-Svc: h3=":%d"; ma=3600\r\n\r\nok\n' % port)


def get(session: Any, url: str, times: int = 1, **options: Any) -> list[bytes]:  # noqa: ANN401
    """Send a request with either kind of session, and close the session."""
    if isinstance(session, niquests.AsyncSession):

        async def ask() -> list[bytes]:
            async with session:
                return [(await session.get(url, **options)).content or b"" for _ in range(times)]

        return asyncio.run(ask())
    with session:
        return [session.get(url, **options).content for _ in range(times)]


KINDS = [Session, AsyncSession]


@pytest.fixture
def inviting(pki: PKI, serve: Serve) -> Iterator[tuple[RecordingServer, socket.socket]]:
    """Serve TLS with an invitation to QUIC, and listen for clients that use QUIC."""
    server = serve(pki.leaf, speak=advertise_quic)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as quic:
        quic.bind(server.endpoint)
        quic.setblocking(False)  # noqa: FBT003 - as in socket
        yield server, quic


def has_come(quic: socket.socket) -> bool:
    """Return whether a datagram has arrived; on the loopback it arrives as soon as it is sent."""
    try:
        return bool(quic.recv(65536))
    except BlockingIOError:
        return False


@pytest.mark.parametrize("kind", KINDS)
def test_an_invitation_to_quic_is_declined(
    context: MakeContext, inviting: tuple[RecordingServer, socket.socket], kind: type[Any]
) -> None:
    """After Alt-Svc, the next requests still use TLS, where the pins are enforced."""
    server, quic = inviting
    assert get(kind(context()), f"https://{HOST}:{server.port}/secret", times=3) == [b"ok\n"] * 3
    assert not has_come(quic)


def test_niquests_alone_accepts_the_invitation(cafile: str, inviting: tuple[RecordingServer, socket.socket]) -> None:
    """The control: without the helper, the second request leaves TLS and its pins."""
    server, quic = inviting
    url = f"https://{HOST}:{server.port}/secret"
    with niquests.Session() as session:
        session.get(url, verify=cafile, timeout=60)
        for _ in range(20):
            with contextlib.suppress(niquests.exceptions.RequestException):  # no server answers there
                session.get(url, verify=cafile, timeout=0.5)
            if has_come(quic):
                return
    raise AssertionError("no request left TLS")


@pytest.mark.parametrize("kind", [*KINDS, Adapter, AsyncAdapter])
@pytest.mark.parametrize(
    "option",
    [
        {"disable_http3": False},
        {"quic_cache_layer": {("localhost", 443): ("localhost", 443)}},
        {"tls_configuration": object()},
    ],
    ids=lambda option: next(iter(option)),
)
def test_another_tls_library_cannot_be_chosen(context: MakeContext, kind: type[Any], option: dict[str, Any]) -> None:
    """Options that lead to QUIC or to another TLS library are refused."""
    with pytest.raises(UnsafeContextError, match="does not check pins"):
        kind(context(), **option)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "verify",
    [False, "bundle", b"-----BEGIN CERTIFICATE-----", "sha256_" + "0" * 64],
    ids=["do not verify", "a bundle", "a certificate", "a fingerprint"],
)
def test_verification_cannot_be_switched_off(
    context: MakeContext, rogue_server: RecordingServer, stranger_file: str, kind: type[Any], verify: object
) -> None:
    """`verify=False`, bundles in all forms and niquests' own fingerprints are refused before any connection."""
    with pytest.raises(UnsafeContextError):
        get(
            kind(context()),
            f"https://{HOST}:{rogue_server.port}/secret",
            verify=stranger_file if verify == "bundle" else verify,
        )
    assert not rogue_server.connections


@pytest.mark.parametrize("kind", KINDS)
def test_no_certificates_are_added_to_the_context(
    pki: PKI, context: MakeContext, good_server: RecordingServer, kind: type[Any]
) -> None:
    """The system's certificates are not added, because the caller has chosen the trust anchors."""
    pinned = context()
    get(kind(pinned), f"https://{HOST}:{good_server.port}/secret")
    assert pinned.get_ca_certs(binary_form=True) == [pki.root.der, pki.rogue_root.der]


def test_a_session_that_is_used_again_after_closing_is_still_pinned(
    context: MakeContext, rogue_server: RecordingServer
) -> None:
    """Niquests then makes its adapters again, and the one for HTTPS is replaced again."""
    session = Session(context())
    session.close()
    with pytest.raises(niquests.exceptions.SSLError) as caught:
        session.get(f"https://{HOST}:{rogue_server.port}/secret")
    session.close()
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


def test_an_adapter_without_pins_cannot_be_mounted(context: MakeContext) -> None:
    """Another adapter for HTTPS would remove the pins."""

    class Other(niquests.adapters.HTTPAdapter):
        pass

    with Session(context()) as session:
        with pytest.raises(UnsafeContextError, match="Other"):
            session.mount("HTTPS://api.example.com", Other())
        session.mount("https://", Adapter(context()))


@pytest.mark.parametrize("kind", KINDS)
def test_retries_do_not_weaken_the_pins(context: MakeContext, rogue_server: RecordingServer, kind: type[Any]) -> None:
    """However often niquests tries, the server receives no byte."""
    with pytest.raises(niquests.exceptions.RequestException) as caught:
        get(kind(context(), retries=2), f"https://{HOST}:{rogue_server.port}/secret")
    assert isinstance(find(caught.value), PinMismatchError)
    assert silent(rogue_server)


def _session(call: Call) -> Session:
    session = Session(pinsmith.PinnedSSLContext(pinsmith.load(call.policy), cafile=str(call.cafile)))
    session.trust_env = False
    return session


def _adapter_of_ones_own(call: Call) -> niquests.Session:
    """Follow the documentation of niquests: pass the context to the pool, and leave HTTP/3 on."""
    context = pinsmith.PinnedSSLContext(pinsmith.load(call.policy), cafile=str(call.cafile))

    class WithContext(niquests.adapters.HTTPAdapter):
        def init_poolmanager(self, *args: Any, **options: Any) -> None:  # noqa: ANN401 - as in niquests
            super().init_poolmanager(*args, **{**options, "ssl_context": context})

    session = niquests.Session()
    session.trust_env, session.verify = False, str(call.cafile)
    session.mount("https://", WithContext())
    return session


@pytest.mark.parametrize(
    ("make", "verdict"), [(_session, "pass"), (_adapter_of_ones_own, "accepts-a-rogue")], ids=["ours", "one's own"]
)
def test_an_impostor_at_the_announced_http3_port_gets_nothing(
    make: Callable[[Call], niquests.Session], verdict: str
) -> None:
    """With a real HTTP/3 impostor, our session keeps to the pinned connection, but a context alone does not."""

    def client(call: Call) -> Ended:
        with make(call) as session:
            try:
                answer = session.get(call.url, timeout=5)
            except niquests.exceptions.RequestException as error:
                return Ended(well=False, words=repr(error))
            return Ended(answer.status_code == HTTPStatus.OK, str(answer.status_code))

    trial = try_client(client, alt_svc_bait.SCENARIO, LabPKI.of_kind("ec-p256"))
    assert trial.verdict == verdict, trial.reason


@pytest.mark.parametrize("kind", [*KINDS, Adapter, AsyncAdapter])
@pytest.mark.parametrize("make", [copy.copy, copy.deepcopy, pickle.dumps])
def test_a_copy_is_refused_with_the_reason(
    context: MakeContext, kind: type[Any], make: Callable[[Any], object]
) -> None:
    """Niquests would make new adapters without pins for a copy, so copying raises an error that says so."""
    with pytest.raises(TypeError, match="make a new one from the policy"):
        make(kind(context()))
