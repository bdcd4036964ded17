"""
Without CERT_REQUIRED the "verified" chain is not verified: OpenSSL builds it only from names.

So it counts only if the connection was *created* with verification on, whatever was set before or afterwards.
"""

from __future__ import annotations

import ssl
from typing import TYPE_CHECKING, Any

import pytest
import urllib3

from pinsmith.certificate import Chain
from pinsmith.errors import PinMismatchError, UnsafeContextError
from pinsmith.lab.pki.forge import forged_leaf
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Key, Policy
from pinsmith.tls._chain import verified_ders
from pinsmith.tls.context import PinnedSSLContext
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, connected, dial, gently, refused
from tests.tls.pki import HOST, PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve

C_CONTEXT: Any = ssl.SSLContext.__mro__[1]  # no property guards its descriptors


@pytest.fixture
def forger(pki: PKI, serve: Serve) -> RecordingServer:
    """Start a server with a leaf that claims to be issued by the genuine intermediate, which is sent too."""
    return serve(forged_leaf(pki.intermediate, HOST))


@pytest.fixture
def injected(pki: PKI) -> Iterator[None]:
    """Pin the genuine intermediate for the whole process."""
    inject(policy_of(pki.intermediate))
    yield
    extract()


def unverifying(pki: PKI) -> ssl.SSLContext:
    """Build the context of clients that verify nothing."""
    context = ssl.create_default_context(cadata=pki.trust)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_openssl_builds_a_chain_without_verification(pki: PKI, forger: RecordingServer) -> None:
    """The weakness itself: with CERT_NONE the forged leaf has a "verified" chain with the pinned key and the root."""
    with connected(forger, unverifying(pki)) as tls:
        pins = [line.split()[0] for line in Chain.of_der(verified_ders(tls) or []).summary()]
    assert pins[1:] == [pki.intermediate.pin, pki.root.pin]


def test_openssl_refuses_the_forged_leaf_when_it_verifies(
    context: MakeContext, pki: PKI, forger: RecordingServer
) -> None:
    """The control: with verification on, the forgery is detected."""
    with refused(forger, ssl.SSLCertVerificationError, "signature failure"):
        ask(forger, context(policy_of(pki.intermediate)))


class TestInjected:
    """Clients without verification, in a process with pins."""

    def test_a_forged_leaf_does_not_pass(self, pki: PKI, forger: RecordingServer, injected: None) -> None:
        """A chain that was not verified is not compared."""
        with refused(forger, PinMismatchError, "no verified chain"):
            ask(forger, unverifying(pki))

    def test_the_good_server_does_not_pass_either(self, pki: PKI, good_server: RecordingServer, injected: None) -> None:
        """A client that verifies nothing cannot be pinned, so it is refused."""
        with refused(good_server, PinMismatchError, "no verified chain"):
            ask(good_server, unverifying(pki))

    def test_optional_verification_is_not_enough(self, pki: PKI, good_server: RecordingServer, injected: None) -> None:
        """CERT_OPTIONAL does not guarantee a verified chain."""
        optional = unverifying(pki)
        optional.verify_mode = ssl.CERT_OPTIONAL
        with refused(good_server, PinMismatchError, "no verified chain"):
            ask(good_server, optional)

    def test_a_verifying_client_passes(
        self, plain_context: ssl.SSLContext, good_server: RecordingServer, injected: None
    ) -> None:
        """The control: a client that verifies passes."""
        assert ask(good_server, plain_context)

    def test_a_mode_set_after_creation_verifies_nothing(
        self, pki: PKI, forger: RecordingServer, injected: None
    ) -> None:
        """The connection keeps the mode with which it was created."""
        flipping = unverifying(pki)
        with (
            refused(forger, PinMismatchError, "no verified chain"),
            gently(flipping.wrap_socket(dial(forger), server_hostname=HOST, do_handshake_on_connect=False)) as tls,
        ):
            flipping.verify_mode = ssl.CERT_REQUIRED
            flipping.check_hostname = True
            tls.sendall(SECRET)


class TestFlip:
    """The mode of the pinned context itself, set without its property."""

    def test_off_before_creation(self, pki: PKI, context: MakeContext, forger: RecordingServer) -> None:
        """A context that was switched off by force refuses every server."""
        pinned = context(policy_of(pki.intermediate))
        switch_off(pinned)
        with refused(forger, PinMismatchError, "no verified chain"):
            ask(forger, pinned)

    @pytest.mark.parametrize("kind", ["socket", "object"])
    def test_off_at_creation_and_on_afterwards(
        self, pki: PKI, context: MakeContext, forger: RecordingServer, kind: str
    ) -> None:
        """The mode at the creation of the connection counts."""
        pinned = context(policy_of(pki.intermediate))
        switch_off(pinned)
        with refused(forger, PinMismatchError, "no verified chain"):
            if kind == "object":
                with Memory(forger, pinned) as memory:
                    switch_on(pinned)
                    memory.run("write", SECRET)
            else:
                with gently(
                    pinned.wrap_socket(dial(forger), server_hostname=HOST, do_handshake_on_connect=False)
                ) as tls:
                    switch_on(pinned)
                    tls.sendall(SECRET)

    def test_off_after_the_first_check(
        self, pki: PKI, context: MakeContext, forger: RecordingServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A check after the creation notices another thread that switched verification off just before."""
        pinned = context(policy_of(pki.intermediate))
        look = PinnedSSLContext._before_creation

        def look_and_flip(self: PinnedSSLContext, *args: Any) -> Any:  # noqa: ANN401
            result = look(self, *args)
            switch_off(self)
            return result

        monkeypatch.setattr(PinnedSSLContext, "_before_creation", look_and_flip)
        with refused(forger, PinMismatchError, "no verified chain"):
            ask(forger, pinned)

    def test_on_before_the_second_check(
        self, pki: PKI, context: MakeContext, forger: RecordingServer, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A check before the creation notices that verification was off, even if another thread then switches it on."""
        pinned = context(policy_of(pki.intermediate))
        flip_before_second_look(monkeypatch)
        switch_off(pinned)
        with refused(forger, PinMismatchError, "no verified chain"):
            ask(forger, pinned)

    def test_with_the_host_name_check_off_only_the_leaf_counts(
        self, pki: PKI, context: MakeContext, serve: Serve
    ) -> None:
        """If the name was not checked, a pin of an authority does not count, but a pin of the leaf does."""
        server = serve(pki.other)
        pinned = context(policy_of(pki.intermediate))
        C_CONTEXT.check_hostname.__set__(pinned, False)  # noqa: FBT003
        with refused(server, PinMismatchError, "the client checks no names"):
            ask(server, pinned)
        pinned.policy = policy_of(pki.other)
        assert ask(server, pinned)

    def test_the_host_name_check_on_after_creation(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """The setting at the creation of the connection counts, as with the mode."""
        server = serve(pki.other)
        pinned = context(policy_of(pki.intermediate))
        C_CONTEXT.check_hostname.__set__(pinned, False)  # noqa: FBT003
        with (
            refused(server, PinMismatchError, "the client checks no names"),
            gently(pinned.wrap_socket(dial(server), server_hostname=HOST, do_handshake_on_connect=False)) as tls,
        ):
            pinned.check_hostname = True
            tls.sendall(SECRET)

    def test_the_host_name_check_on_before_the_second_check(
        self, pki: PKI, context: MakeContext, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first check has noticed that the check of the host name was off."""
        server = serve(pki.other)
        pinned = context(policy_of(pki.intermediate))
        flip_before_second_look(monkeypatch)
        C_CONTEXT.check_hostname.__set__(pinned, False)  # noqa: FBT003
        with refused(server, PinMismatchError, "the client checks no names"):
            ask(server, pinned)


@pytest.mark.parametrize("option", [{"cert_reqs": "CERT_NONE"}, {"assert_hostname": False}])
def test_a_library_that_switches_checks_off_is_refused(
    context: MakeContext, good_server: RecordingServer, option: dict[str, Any]
) -> None:
    """Urllib3 sets its own options on the context of each connection; unsafe ones raise before the handshake."""
    pinned = context()
    with (
        refused(good_server, (UnsafeContextError, urllib3.exceptions.SSLError)),
        urllib3.PoolManager(ssl_context=pinned, retries=False, **option) as pool,
    ):
        pool.request("GET", f"https://{HOST}:{good_server.port}/")
    assert pinned.verify_mode is ssl.CERT_REQUIRED
    assert pinned.check_hostname


class TestPinsOnly:
    """Hosts whose chain is not verified, so that only the leaf may match."""

    @pytest.fixture
    def pins_only(self, pki: PKI) -> Policy:
        """Return a policy that pins the genuine intermediate's key as if it were a leaf's."""
        return Policy((HostPins(HOST, (Key("int", Pin.parse(pki.intermediate.pin), "unknown"),), trust="pins-only"),))

    def test_a_forged_leaf_does_not_pass(
        self, context: MakeContext, forger: RecordingServer, pins_only: Policy
    ) -> None:
        """The chain to the pinned key is not verified, so it does not count."""
        with refused(forger, PinMismatchError, "no pinned key"):
            ask(forger, context(pins_only))

    def test_appended_certificates_do_not_pass(
        self, pki: PKI, context: MakeContext, serve: Serve, pins_only: Policy
    ) -> None:
        """Certificates that anybody can append do not count."""
        server = serve(pki.rogue, presented=pki.stuffed)
        with refused(server, PinMismatchError, "no pinned key"):
            ask(server, context(pins_only))


def flip_before_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Act as another thread that switches everything on after the connection was created."""
    look = PinnedSSLContext._after_creation

    def flip_and_look(self: PinnedSSLContext, owner: object) -> None:
        switch_on(self)
        look(self, owner)

    monkeypatch.setattr(PinnedSSLContext, "_after_creation", flip_and_look)


def switch_off(context: ssl.SSLContext) -> None:
    """Set CERT_NONE without any property."""
    C_CONTEXT.check_hostname.__set__(context, False)  # noqa: FBT003
    C_CONTEXT.verify_mode.__set__(context, ssl.CERT_NONE)


def switch_on(context: ssl.SSLContext) -> None:
    """Set CERT_REQUIRED without any property."""
    C_CONTEXT.verify_mode.__set__(context, ssl.CERT_REQUIRED)
    C_CONTEXT.check_hostname.__set__(context, True)  # noqa: FBT003
