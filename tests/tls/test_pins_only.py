"""Hosts with ``trust = "pins-only"``: no authority vouches for the leaf, but its key is pinned."""

from __future__ import annotations

import ssl
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import PinMismatchError
from pinsmith.lab.pki.identity import Identity
from pinsmith.policy import HostPins, Policy
from pinsmith.tls._chain import presented_ders
from pinsmith.tls.inject import extract, inject
from tests.tls.attack import SECRET, Memory, ask, connected, dial, gently, refused
from tests.tls.pki import HOST, OTHER_HOST, PKI, entry_of, policy_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve


@pytest.fixture
def policy(pki: PKI) -> Policy:
    """Return a policy that trusts only the leaf's key."""
    return pki.policy(trust="pins-only")


@pytest.mark.parametrize("presented", ["self_signed", "untrusted", "expired", "leaf"])
def test_the_pinned_key_passes_in_any_certificate(
    pki: PKI, context: MakeContext, serve: Serve, policy: Policy, presented: str
) -> None:
    """The certificate may be self-signed, untrusted or expired, because the key is what is trusted."""
    server = serve(getattr(pki, presented))
    assert ask(server, context(policy))
    with Memory(server, context(policy)) as memory:
        memory.run("write", SECRET)
        assert memory.run("read", 100)


@pytest.mark.parametrize("presented", ["self_signed", "untrusted"])
def test_without_pins_only_the_same_servers_are_refused(
    pki: PKI, context: MakeContext, serve: Serve, presented: str
) -> None:
    """The control: without ``trust = "pins-only"`` a server needs an authority."""
    with refused(server := serve(getattr(pki, presented)), ssl.SSLCertVerificationError):
        ask(server, context())


@pytest.mark.parametrize("presented", ["rogue", "sibling", "stuffed", "self-signed twin"])
def test_another_key_is_refused(pki: PKI, context: MakeContext, serve: Serve, policy: Policy, presented: str) -> None:
    """Another key is refused, although its chain is valid and whatever else is presented."""
    identity = pki.rogue if presented == "stuffed" else getattr(pki, presented, Identity.self_signed(HOST))
    server = serve(identity, presented=pki.stuffed if presented == "stuffed" else None)
    with refused(server, PinMismatchError, "no pinned key"):
        ask(server, context(policy))
    with refused(server, PinMismatchError, "no pinned key"), Memory(server, context(policy)) as memory:
        memory.run("write", SECRET)


class TestName:
    """The host name is still compared, unless ``check-host-name = false``."""

    def test_the_pinned_key_under_another_name_is_refused(
        self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy
    ) -> None:
        """A key of two hosts does not make one of them acceptable for the other."""
        with refused(server := serve(pki.wrong_name), PinMismatchError, "another name"):
            ask(server, context(policy))

    def test_it_passes_where_the_check_is_off(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """With ``check-host-name = false`` only the key decides."""
        server = serve(pki.wrong_name)
        assert ask(server, context(pki.policy(trust="pins-only", check_host_name=False)))

    def test_without_the_name_check_no_other_key_passes(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """The key is still compared."""
        with refused(rogue_server, PinMismatchError):
            ask(rogue_server, context(pki.policy(trust="pins-only", check_host_name=False)))


class TestOtherHosts:
    """A pins-only entry has no effect on hosts without one."""

    @pytest.fixture
    def mixed(self, pki: PKI) -> Policy:
        """Return a policy that trusts only the leaf's key for another host, and requires an authority for localhost."""
        return Policy((entry_of(pki.leaf, host=OTHER_HOST, trust="pins-only"), entry_of(pki.leaf)))

    def test_a_verified_entry_is_still_verified(
        self, pki: PKI, context: MakeContext, serve: Serve, mixed: Policy
    ) -> None:
        """The pinned key without an authority is refused for localhost."""
        with refused(server := serve(pki.self_signed), ssl.SSLCertVerificationError, "self-signed"):
            ask(server, context(mixed))

    def test_an_unpinned_host_is_still_verified(
        self, pki: PKI, context: MakeContext, serve: Serve, mixed: Policy
    ) -> None:
        """A host without an entry still needs an authority."""
        with refused(server := serve(pki.self_signed), ssl.SSLCertVerificationError, "self-signed"):
            ask(server, context(mixed), "api.example.com")

    @pytest.mark.parametrize("options", [{"mode": "off"}, {"expires": date(2020, 1, 1)}])
    def test_an_entry_that_is_not_in_force_is_verified(
        self, pki: PKI, context: MakeContext, serve: Serve, options: dict[str, object]
    ) -> None:
        """If a pins-only entry is off or expired, the host needs an authority again."""
        with refused(server := serve(pki.self_signed), ssl.SSLCertVerificationError, "self-signed"):
            ask(server, context(pki.policy(trust="pins-only", **options)))


class TestBetween:
    """Changes between the creation of a connection without verification and its handshake."""

    @pytest.mark.parametrize(
        "later",
        [
            lambda _: Policy(),
            lambda pki: pki.policy(),
            lambda pki: pki.policy(mode="report-only"),
            lambda _: Policy((HostPins(HOST, mode="off"),)),
            lambda pki: policy_of(pki.sibling, trust="pins-only"),
            lambda pki: pki.policy(trust="pins-only", expires=date(2020, 1, 1)),
        ],
        ids=["no entry", "verified", "report-only", "off", "other key", "expired"],
    )
    def test_the_policy(self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy, later: object) -> None:
        """A connection without verification passes only if it matches under the new policy."""
        server = serve(pki.self_signed)
        pinned = context(policy)
        with (
            refused(server, PinMismatchError),
            gently(pinned.wrap_socket(dial(server), server_hostname=HOST, do_handshake_on_connect=False)) as tls,
        ):
            pinned.policy = later(pki)  # type: ignore[operator]
            tls.sendall(SECRET)

    def test_midnight(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """If the pins expire meanwhile, nothing vouches for the server any more."""
        server = serve(pki.self_signed)
        now = [datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC)]
        pinned = context(pki.policy(trust="pins-only", expires=date(2030, 1, 1)), clock=lambda: now[0])
        with (
            refused(server, PinMismatchError, "no verified chain"),
            gently(pinned.wrap_socket(dial(server), server_hostname=HOST, do_handshake_on_connect=False)) as tls,
        ):
            now[0] += timedelta(seconds=1)
            tls.sendall(SECRET)

    def test_the_policy_becomes_pins_only(self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy) -> None:
        """A connection that was created with verification is still verified."""
        server = serve(pki.self_signed)
        pinned = context()
        with (
            refused(server, ssl.SSLCertVerificationError, "self-signed"),
            gently(pinned.wrap_socket(dial(server), server_hostname=HOST, do_handshake_on_connect=False)) as tls,
        ):
            pinned.policy = policy
            tls.sendall(SECRET)


class TestSettings:
    """Settings of the context apply to pins-only connections too."""

    def test_protocols(self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy) -> None:
        """ALPN is negotiated."""
        server = serve(pki.self_signed, alpn=("h2", "http/1.1"))
        pinned = context(policy)
        pinned.set_alpn_protocols(["h2"])
        with connected(server, pinned) as tls:
            assert tls.selected_alpn_protocol() == "h2"

    def test_a_client_certificate(self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy) -> None:
        """The client presents its certificate."""
        server = serve(pki.self_signed, client_ca=pki.stranger)
        client = pki.stranger.issue("client.example.com")
        pinned = context(policy)
        client.load_into(pinned)
        assert ask(server, pinned)
        seen = server.settled()[0].client_certificate
        assert seen == client.certificate

    @pytest.mark.parametrize("limit", ["minimum_version", "maximum_version"])
    def test_versions(self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy, limit: str) -> None:
        """A version that is not allowed is not used."""
        server = serve(pki.self_signed, tls="1.2" if limit == "minimum_version" else "1.3")
        pinned = context(policy)
        version = ssl.TLSVersion.TLSv1_3 if limit == "minimum_version" else ssl.TLSVersion.TLSv1_2
        setattr(pinned, limit, version)
        with refused(server, ssl.SSLError):
            ask(server, pinned)

    def test_ciphers_and_options(self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy) -> None:
        """Cipher suites and options apply."""
        server = serve(pki.self_signed, tls="1.2")
        pinned = context(policy)
        pinned.set_ciphers("ECDHE-ECDSA-CHACHA20-POLY1305")
        pinned.options |= ssl.OP_NO_TICKET
        with connected(server, pinned) as tls:
            assert (tls.cipher() or ("",))[0] == "ECDHE-ECDSA-CHACHA20-POLY1305"
            assert tls.context.options & ssl.OP_NO_TICKET

    def test_setters_of_a_newer_python(self) -> None:
        """Settings that ``ssl`` gains, as in 3.15, apply to both contexts, except those for trust and for servers."""
        program = """
import ssl
seen = {}
def setter(name):
    def set_it(self, *args, **kwargs):
        seen.setdefault(name, []).append((type(self).__name__, args, kwargs))
    return set_it
NEW = ("set_groups", "set_ciphersuites", "set_client_sigalgs", "set_server_sigalgs")
for name in (*NEW, "set_psk_server_callback", "set_servername_callback", "set_default_verify_paths"):
    setattr(ssl.SSLContext, name, setter(name))
from pinsmith import PinnedSSLContext, Policy
pinned = PinnedSSLContext(Policy())
seen.clear()
for name in list(vars(ssl.SSLContext)):
    if name.startswith("set_") and getattr(ssl.SSLContext, name).__name__ == "set_it":
        getattr(pinned, name)("P-256", x=1)
assert {name: [each[0] for each in calls] for name, calls in seen.items()} == {
    **{name: ["PinnedSSLContext", "PinsOnlyContext"] for name in NEW},
    **{name: ["PinnedSSLContext"] for name in seen if name not in NEW},
}, seen
assert all(call[1:] == (("P-256",), {"x": 1}) for calls in seen.values() for call in calls)
"""
        subprocess.run([sys.executable, "-c", program], check=True)

    def test_libraries_may_set_the_usual_values(
        self, pki: PKI, context: MakeContext, serve: Serve, policy: Policy
    ) -> None:
        """To the caller the context verifies, and CERT_REQUIRED may be set on it."""
        pinned = context(policy)
        pinned.verify_mode = ssl.CERT_REQUIRED
        assert pinned.verify_mode is ssl.CERT_REQUIRED
        assert ask(serve(pki.self_signed), pinned)


class TestInjected:
    """Pins-only hosts in a process with pins, where the client's own context decides whether authorities are needed."""

    @pytest.fixture
    def unverifying(self, pki: PKI, policy: Policy) -> Iterator[ssl.SSLContext]:
        """Inject the policy, and return a context that verifies nothing."""
        inject(policy)
        context = ssl.create_default_context(cadata=pki.trust)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        yield context
        extract()

    def test_the_pinned_key_passes(self, pki: PKI, serve: Serve, unverifying: ssl.SSLContext) -> None:
        """A client without verification may connect to the pinned leaf."""
        assert ask(serve(pki.self_signed), unverifying)

    @pytest.mark.parametrize("presented", ["rogue", "sibling", "wrong_name"])
    def test_another_key_or_name_does_not(
        self, pki: PKI, serve: Serve, unverifying: ssl.SSLContext, presented: str
    ) -> None:
        """A client without verification may not connect to any other server."""
        with refused(server := serve(getattr(pki, presented)), PinMismatchError):
            ask(server, unverifying)

    def test_only_the_presented_leaf_counts(self, pki: PKI, serve: Serve, unverifying: ssl.SSLContext) -> None:
        """Appended genuine certificates are presented, but do not match."""
        with connected(serve(pki.leaf), unverifying) as tls:
            assert len(presented_ders(tls)) == 2
        with refused(server := serve(pki.rogue, presented=pki.stuffed), PinMismatchError):
            ask(server, unverifying)
