"""
The pin of a root also matches if an intermediate is a trust anchor, at which OpenSSL ends the chain.

``ssl.create_default_context`` sets ``VERIFY_X509_PARTIAL_CHAIN`` since Python 3.13; here it is set on every Python.
The chain is completed only from the trust store, and no further than OpenSSL would go without the flag.
"""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from OpenSSL import crypto

from pinsmith.errors import PinMismatchError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.pin import Pin
from pinsmith.policy import Policy, TrustAnchor
from pinsmith.tls._chain import verified_ders
from pinsmith.tls.context import PinnedSSLContext
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, connected, refused
from tests.tls.pki import HOST, NAMES, PKI, policy_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import Serve

    Enforce = Callable[..., ssl.SSLContext]


@pytest.fixture(params=["explicit", "injected"])
def enforce(request: pytest.FixtureRequest) -> Iterator[Enforce]:
    """Return a function that enforces a policy with partial chains, by our context or for the whole process."""

    def make(policy: Policy, *anchors: Authority, **trust: Any) -> ssl.SSLContext:  # noqa: ANN401
        trust = trust or {"cadata": "".join(anchor.pem for anchor in anchors)}
        if request.param == "explicit":
            context: ssl.SSLContext = PinnedSSLContext(policy, **trust)
        else:
            inject(policy)
            context = ssl.create_default_context(**trust)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        return context

    yield make
    extract()


def test_openssl_ends_the_chain_at_the_intermediate(pki: PKI, good_server: RecordingServer) -> None:
    """The reason for the completion: the pinned root is trusted, but missing from the verified chain."""
    context = ssl.create_default_context(cadata=pki.root.pem + pki.intermediate.pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with connected(good_server, context) as tls:
        assert verified_ders(tls) == [pki.leaf.der, pki.intermediate.der]


def test_the_pinned_root_matches(pki: PKI, good_server: RecordingServer, enforce: Enforce) -> None:
    """The pinned root matches on sockets and on memory BIOs."""
    context = enforce(policy_of(pki.root), pki.root, pki.intermediate)
    assert ask(good_server, context)
    with Memory(good_server, context) as memory:
        memory.run("write", SECRET)
        assert memory.run("read", 100)


def test_the_trust_anchor_of_an_entry_is_found(pki: PKI, good_server: RecordingServer, enforce: Enforce) -> None:
    """An entry that requires the root as its trust anchor also matches."""
    anchor = TrustAnchor("root.pem", Pin.parse(pki.root.pin))
    assert ask(good_server, enforce(pki.policy(trust_anchors=(anchor,)), pki.root, pki.intermediate))


def test_another_trust_anchor_is_not_found(pki: PKI, good_server: RecordingServer, enforce: Enforce) -> None:
    """The control: an entry that requires another root refuses the chain, although the key of its leaf is pinned."""
    foreign = TrustAnchor("rogue.pem", Pin.parse(pki.rogue_root.pin))
    policy = pki.policy(trust_anchors=(foreign,))
    with refused(good_server, PinMismatchError, "another trust anchor"):
        ask(good_server, enforce(policy, pki.root, pki.rogue_root, pki.intermediate))


def test_a_session_of_a_completed_chain_can_be_resumed(pki: PKI, serve: Serve) -> None:
    """A connection that passed because of the completed chain can be resumed."""
    server = serve(pki.leaf, tls="1.2")
    context = PinnedSSLContext(policy_of(pki.root), cadata=pki.root.pem + pki.intermediate.pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    with connected(server, context) as tls:
        session = tls.session
    with connected(server, context, session=session) as tls:
        assert tls.session_reused
        tls.sendall(SECRET)
        assert tls.recv(100)


def test_a_directory_of_trust_anchors_is_read(pki: PKI, good_server: RecordingServer, tmp_path: Path) -> None:
    """OpenSSL loads only the intermediate, which it needs, from the directory; the root is there and is found."""
    for authority in (pki.root, pki.intermediate):
        name = crypto.X509.from_cryptography(authority.certificate).subject_name_hash()
        (tmp_path / f"{name:08x}.0").write_text(authority.pem, "ascii")
    context = PinnedSSLContext(policy_of(pki.root), capath=tmp_path)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    assert ask(good_server, context)


def test_a_directory_that_was_not_given_is_not_used(
    pki: PKI, good_server: RecordingServer, tmp_path: Path, enforce: Enforce, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the system's directory contains the root, but a context that does not use it does not trust it."""
    name = crypto.X509.from_cryptography(pki.root.certificate).subject_name_hash()
    (tmp_path / f"{name:08x}.0").write_text(pki.root.pem, "ascii")
    monkeypatch.setenv(ssl.get_default_verify_paths().openssl_capath_env, str(tmp_path))
    assert ssl.get_default_verify_paths().capath == str(tmp_path)
    with refused(good_server, PinMismatchError, "no pinned key"):
        ask(good_server, enforce(policy_of(pki.root), pki.intermediate))


class TestAttacks:
    """Chains that the completion must not accept."""

    @pytest.mark.parametrize("served", ["rogue", "leaf"])
    def test_a_chain_to_another_root(self, pki: PKI, serve: Serve, enforce: Enforce, served: str) -> None:
        """All authorities are trusted, but only a chain to the pinned one passes. The good server is the control."""
        context = enforce(policy_of(pki.root), pki.root, pki.intermediate, pki.rogue_root, pki.rogue_intermediate)
        server = serve(getattr(pki, served), presented=pki.stuffed if served == "rogue" else None)
        if served == "leaf":
            assert ask(server, context)
            return
        with refused(server, PinMismatchError, "no pinned key"):
            ask(server, context)

    def test_a_root_that_only_the_server_presents(self, pki: PKI, serve: Serve, enforce: Enforce) -> None:
        """A certificate that is not in the trust store is not used, even if it is genuine."""
        server = serve(pki.leaf, presented=(*pki.leaf.chain, pki.root.certificate))
        with refused(server, PinMismatchError, "no pinned key"):
            ask(server, enforce(policy_of(pki.root), pki.intermediate))

    def test_a_namesake_of_the_root(self, pki: PKI, good_server: RecordingServer, enforce: Enforce) -> None:
        """A trusted and pinned root with the same name, which did not sign the intermediate, does not match."""
        namesake = Authority.root("Good Root")
        with refused(good_server, PinMismatchError, "no pinned key"):
            ask(good_server, enforce(policy_of(namesake), namesake, pki.intermediate))

    def test_a_pinned_leaf_of_another_server(self, pki: PKI, serve: Serve, enforce: Enforce) -> None:
        """The completed chain must begin with the presented leaf."""
        server = serve(pki.rogue)
        with refused(server, PinMismatchError, "no pinned key"):
            ask(server, enforce(policy_of(pki.root, pki.leaf), pki.root, pki.rogue_intermediate))

    def test_a_name_that_was_not_checked(self, pki: PKI, serve: Serve, enforce: Enforce) -> None:
        """A leaf for another host is refused, whoever compares names."""
        server = serve(pki.other)
        context = enforce(policy_of(pki.root), pki.root, pki.intermediate)
        with refused(server, (PinMismatchError, ssl.SSLCertVerificationError)):
            ask(server, context)
        if not isinstance(context, PinnedSSLContext):
            context.check_hostname = False
            with refused(server, PinMismatchError):
                ask(server, context)

    def test_a_client_that_verifies_nothing(self, pki: PKI, good_server: RecordingServer) -> None:
        """Without a verified chain, there is nothing to complete."""
        inject(policy_of(pki.root))
        context = ssl.create_default_context(cadata=pki.root.pem + pki.intermediate.pem)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            with refused(good_server, PinMismatchError, "no verified chain"):
                ask(good_server, context)
        finally:
            extract()


YESTERDAY = datetime.now(UTC) - timedelta(days=1)
LIMITS: dict[str, dict[str, Any]] = {
    "none": {},
    "a path length of 0": {"path_length": 0},
    "other names": {
        "extensions": [(x509.NameConstraints([x509.DNSName("example.org")], None), True)],
    },
    "the past": {"not_before": YESTERDAY - timedelta(days=1), "not_after": YESTERDAY},
}


@pytest.mark.parametrize("limit", LIMITS)
def test_the_limits_of_a_pinned_authority_are_respected(serve: Serve, enforce: Enforce, limit: str) -> None:
    """In ``leaf > lower > upper (limited, pinned) > root`` OpenSSL stops at lower and ignores the limits of upper."""
    upper = Authority.root().intermediate("Upper", **LIMITS[limit])
    lower = upper.intermediate("Lower")
    leaf = lower.issue(*NAMES)
    server = serve(leaf)
    context = enforce(policy_of(upper), lower, upper)
    if limit == "none":
        assert ask(server, context)
        return
    with refused(server, PinMismatchError, "no pinned key"):
        ask(server, context)


def test_self_signed_servers_are_not_completed(pki: PKI, serve: Serve) -> None:
    """A chain that ends in a self-signed certificate is already complete."""
    own = Identity.self_signed(HOST)
    context = PinnedSSLContext(policy_of(pki.root), cadata=own.pem + pki.root.pem)
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    server = serve(own)
    with refused(server, PinMismatchError, "no pinned key"):
        ask(server, context)
