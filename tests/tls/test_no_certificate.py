"""Cipher suites without certificates: anonymous ones and pre-shared keys, which plain TLS accepts as verified."""

from __future__ import annotations

import ssl
import sys
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError, UnsafeContextError
from pinsmith.lab.servers.connection import SecureSocket
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, connected, refused
from tests.tls.pki import HOST, OTHER_HOST, PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

ANONYMOUS = "aNULL:@SECLEVEL=0"
PRE_SHARED = b"a key that both know"


@pytest.fixture
def injected(pki: PKI) -> Iterator[None]:
    """Pin localhost for the whole process."""
    inject(pki.policy())
    yield
    extract()


@pytest.fixture
def anonymous(pki: PKI, serve: Serve) -> RecordingServer:
    """Make a server accept suites without authentication."""
    return serve(pki.rogue, tls="1.2", context_hook=lambda context: context.set_ciphers(ANONYMOUS))


def anonymise(context: ssl.SSLContext) -> ssl.SSLContext:
    """Make a client offer only suites without authentication."""
    context.set_ciphers(ANONYMOUS)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    return context


def test_plain_tls_accepts_an_anonymous_server(plain_context: ssl.SSLContext, anonymous: RecordingServer) -> None:
    """The weakness itself: CERT_REQUIRED and check_hostname do not require a certificate."""
    with connected(anonymous, anonymise(plain_context)) as tls:
        assert tls.getpeercert(binary_form=True) is None
        tls.sendall(SECRET)
    anonymous.settled()
    assert anonymous.received == SECRET


def test_a_pinned_connection_refuses_it(context: MakeContext, anonymous: RecordingServer) -> None:
    """Without a chain there is no match, on sockets and memory BIOs."""
    pinned = anonymise(context())
    with refused(anonymous, PinMismatchError, "no verified chain"):
        ask(anonymous, pinned)
    with refused(anonymous, PinMismatchError, "no verified chain"), Memory(anonymous, pinned) as memory:
        memory.run("write", SECRET)


def test_a_pins_only_connection_refuses_it(pki: PKI, context: MakeContext, anonymous: RecordingServer) -> None:
    """Without a leaf there is no match."""
    with refused(anonymous, PinMismatchError):
        ask(anonymous, anonymise(context(pki.policy(trust="pins-only"))))


def test_a_process_with_pins_refuses_it(
    plain_context: ssl.SSLContext, anonymous: RecordingServer, injected: None
) -> None:
    """An injected policy refuses it too."""
    with refused(anonymous, PinMismatchError, "no verified chain"):
        ask(anonymous, anonymise(plain_context))


def test_an_unpinned_host_may_be_anonymous(pki: PKI, context: MakeContext, anonymous: RecordingServer) -> None:
    """The control: a host that the policy does not cover is not checked."""
    assert ask(anonymous, anonymise(context(policy_of(pki.leaf, host=OTHER_HOST))))


if sys.version_info >= (3, 13):

    def know(_: str | None) -> tuple[str, bytes]:
        """Give a client the pre-shared key."""
        return "client", PRE_SHARED

    @pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
    def sharing(request: pytest.FixtureRequest, pki: PKI, serve: Serve) -> RecordingServer:
        """Start a server with the pre-shared key and no certificate, which TLS 1.3 would prefer to the key."""
        server = serve(pki.rogue)
        bare = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        bare.sslsocket_class = SecureSocket  # type: ignore[assignment]
        bare.maximum_version = ssl.TLSVersion[request.param]
        bare.set_psk_server_callback(lambda _: PRE_SHARED)
        bare.set_ciphers("PSK")
        server._default = bare
        return server

    def by_force(context: ssl.SSLContext) -> ssl.SSLContext:
        """Set the client's callback without calling any override."""
        context.set_ciphers("PSK")
        ssl.SSLContext.set_psk_client_callback(context, know)
        return context

    class TestPreSharedKey:
        """Callbacks for pre-shared keys exist since Python 3.13."""

        def test_plain_tls_accepts_it(self, plain_context: ssl.SSLContext, sharing: RecordingServer) -> None:
            """The weakness itself: the handshake succeeds without a certificate."""
            with connected(sharing, by_force(plain_context)) as tls:
                assert tls.getpeercert(binary_form=True) is None
                tls.sendall(SECRET)
            sharing.settled()
            assert sharing.received == SECRET

        def test_a_pinned_context_refuses_a_callback(self, context: MakeContext) -> None:
            """Setting a callback raises an error at once."""
            with pytest.raises(UnsafeContextError, match="no certificate to pin"):
                context().set_psk_client_callback(know)

        def test_removing_the_callback_is_allowed(self, context: MakeContext) -> None:
            """Setting it to None is allowed, because a context has no callback anyway."""
            context().set_psk_client_callback(None)

        def test_a_pinned_connection_refuses_it(self, context: MakeContext, sharing: RecordingServer) -> None:
            """A callback that was set by force leaves no chain, so the connection is refused."""
            with refused(sharing, PinMismatchError, "no verified chain"):
                ask(sharing, by_force(context()))

        def test_a_process_with_pins_refuses_it(
            self, plain_context: ssl.SSLContext, sharing: RecordingServer, injected: None
        ) -> None:
            """An injected policy refuses it too."""
            with refused(sharing, PinMismatchError, "no verified chain"):
                ask(sharing, by_force(plain_context), HOST)
