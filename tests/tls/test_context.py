"""`PinnedSSLContext` on a plain socket: which servers pass, which are refused, and which settings it keeps."""

from __future__ import annotations

import ssl
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import HostNotPinnedError, NoServerNameError, PinMismatchError, UnsafeContextError
from pinsmith.pin import Pin
from pinsmith.policy import HostPins, Policy, TrustAnchor
from pinsmith.tls.context import PinnedSSLContext
from tests.tls.attack import SECRET, ask, connected, dial, refused, silent
from tests.tls.pki import HOST, OTHER_HOST, PKI, entry_of, policy_of

if TYPE_CHECKING:
    from pinsmith.lab.servers.server import RecordingServer
    from tests.tls.conftest import MakeContext, Serve


def test_plain_tls_sends_the_secret_to_the_rogue_server(
    plain_context: ssl.SSLContext, rogue_server: RecordingServer
) -> None:
    """The control of all refusals here: without pins, the rogue server is trusted and receives the secret."""
    assert ask(rogue_server, plain_context).startswith(b"HTTP/1.1 200")
    rogue_server.settled()
    assert rogue_server.received == SECRET


def test_the_rogue_server_is_refused_before_one_byte(context: MakeContext, rogue_server: RecordingServer) -> None:
    """A chain to a trusted root without a pinned key raises a failed verification, and the server receives nothing."""
    with refused(rogue_server, PinMismatchError) as caught:
        ask(rogue_server, context())
    assert isinstance(caught.value, ssl.SSLCertVerificationError)


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("pinned", ["leaf", "backup", "intermediate", "root"])
def test_each_kind_of_pin_lets_the_good_server_pass(
    pki: PKI, context: MakeContext, serve: Serve, pinned: str, tls: str
) -> None:
    """Leaf, backup, intermediate and root pins are matched against the verified chain."""
    server = serve(pki.backup if pinned == "backup" else pki.leaf, tls=tls)
    assert ask(server, context(policy_of(getattr(pki, pinned)))).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("pinned", ["leaf", "backup", "intermediate", "root"])
def test_each_kind_of_pin_refuses_the_rogue_server(
    pki: PKI, context: MakeContext, serve: Serve, pinned: str, tls: str
) -> None:
    """The same pins refuse a chain without any of these keys."""
    server = serve(pki.rogue, tls=tls)
    with refused(server, PinMismatchError):
        ask(server, context(policy_of(getattr(pki, pinned))))


def test_a_key_of_the_same_authority_is_not_the_pinned_key(pki: PKI, context: MakeContext, serve: Serve) -> None:
    """A leaf pin refuses another certificate of the genuine authority for the same name."""
    server = serve(pki.sibling)
    with refused(server, PinMismatchError):
        ask(server, context())


@pytest.mark.parametrize("presented", ["wrong_name", "untrusted", "expired", "self_signed"])
def test_pins_replace_no_other_check(pki: PKI, context: MakeContext, serve: Serve, presented: str) -> None:
    """OpenSSL refuses the pinned key in a certificate that is for another name, untrusted, expired or self-signed."""
    server = serve(getattr(pki, presented))
    with refused(server, ssl.SSLCertVerificationError) as caught:
        ask(server, context())
    assert not isinstance(caught.value, PinMismatchError)


def test_a_certificate_of_another_customer_of_a_pinned_authority_is_refused(
    pki: PKI, context: MakeContext, serve: Serve
) -> None:
    """A pin of an authority does not replace the check of the host name."""
    server = serve(pki.other)
    with refused(server, ssl.SSLCertVerificationError, match="Hostname mismatch"):
        ask(server, context(policy_of(pki.intermediate)))


class TestModes:
    """The effect of the entry and the policy on a chain without a pinned key."""

    def test_report_only_lets_pass(self, pki: PKI, context: MakeContext, rogue_server: RecordingServer) -> None:
        """A mismatch in report-only mode does not end the connection."""
        assert ask(rogue_server, context(pki.policy(mode="report-only")))

    def test_off_lets_pass(self, context: MakeContext, rogue_server: RecordingServer) -> None:
        """An entry that is off exempts its host, even if pins are required."""
        policy = Policy((HostPins(HOST, mode="off"),), require_pins=True)
        assert ask(rogue_server, context(policy))

    def test_expired_pins_let_pass(self, pki: PKI, context: MakeContext, rogue_server: RecordingServer) -> None:
        """Pins are not enforced from their expiry day on."""
        assert ask(rogue_server, context(pki.policy(expires=date(2020, 1, 1))))

    def test_pins_are_enforced_until_the_expiry_day(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """Pins are enforced up to the last second before 00:00 UTC of their expiry day."""
        before = datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC)
        with refused(rogue_server, PinMismatchError):
            ask(rogue_server, context(pki.policy(expires=date(2030, 1, 1)), clock=lambda: before))

    def test_a_host_without_an_entry_passes(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """Hosts without pins are not checked."""
        assert ask(rogue_server, context(policy_of(pki.leaf, host=OTHER_HOST)))

    @pytest.mark.parametrize("host", [HOST, OTHER_HOST])
    def test_require_pins_refuses_hosts_without_pins_in_force(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer, host: str
    ) -> None:
        """With require-pins, a host without an entry or with expired pins is refused, even the good one."""
        policy = policy_of(pki.leaf, host=host, expires=date(2020, 1, 1), require_pins=True)
        with refused(good_server, HostNotPinnedError):
            ask(good_server, context(policy))

    def test_require_pins_lets_a_pinned_host_pass(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """The control: require-pins does not affect a pinned host."""
        assert ask(good_server, context(Policy((entry_of(pki.leaf),), require_pins=True)))


class TestTrustAnchors:
    """Entries that also require a trust anchor."""

    def test_the_named_anchor_passes(self, pki: PKI, context: MakeContext, good_server: RecordingServer) -> None:
        """A chain with a pinned key below the required anchor passes."""
        anchor = TrustAnchor("root.pem", Pin.parse(pki.root.pin))
        assert ask(good_server, context(pki.policy(trust_anchors=(anchor,))))

    def test_another_anchor_is_refused(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """The pinned key, in a certificate below the other trusted root, is refused."""
        server = serve(pki.rogue_intermediate.issue(HOST, key=pki.leaf.key))
        assert ask(server, context())
        anchor = TrustAnchor("root.pem", Pin.parse(pki.root.pin))
        with pytest.raises(PinMismatchError, match="another trust anchor"):
            ask(server, context(pki.policy(trust_anchors=(anchor,))))
        server.settled()
        assert server.received == SECRET  # from the first connection


class TestSettings:
    """Settings of the context that can be changed, and those that cannot."""

    @pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL, 0, 1])
    def test_verification_cannot_be_switched_off(self, context: MakeContext, mode: ssl.VerifyMode) -> None:
        """Every mode except CERT_REQUIRED raises an error and changes nothing."""
        pinned = context()
        with pytest.raises(UnsafeContextError, match="stays CERT_REQUIRED"):
            pinned.verify_mode = mode
        assert pinned.verify_mode is ssl.CERT_REQUIRED

    def test_the_host_name_check_cannot_be_switched_off(self, context: MakeContext) -> None:
        """Setting it to False raises an error and changes nothing."""
        pinned = context()
        with pytest.raises(UnsafeContextError, match="stays on"):
            pinned.check_hostname = False
        assert pinned.check_hostname

    def test_clients_may_set_the_values_that_apply_anyway(
        self, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """Libraries set CERT_REQUIRED and True on every connection, which is harmless."""
        pinned = context()
        pinned.verify_mode = ssl.CERT_REQUIRED
        pinned.check_hostname = True
        assert ask(good_server, pinned)

    def test_renegotiation_cannot_be_switched_on(self, context: MakeContext) -> None:
        """OP_NO_RENEGOTIATION stays set whatever the caller writes to the options; other bits can be changed."""
        pinned = context()
        pinned.options = ssl.OP_NO_TICKET
        assert pinned.options & ssl.OP_NO_RENEGOTIATION
        assert pinned.options & ssl.OP_NO_TICKET
        pinned.options &= ~ssl.OP_NO_RENEGOTIATION
        assert pinned.options & ssl.OP_NO_RENEGOTIATION

    def test_a_policy_is_required(self, pki: PKI) -> None:
        """Any other object raises TypeError, at construction and later."""
        with pytest.raises(TypeError, match="expected a Policy, got str"):
            PinnedSSLContext("pins.toml")  # type: ignore[arg-type]
        pinned = PinnedSSLContext(pki.policy(), cadata=pki.trust)
        with pytest.raises(TypeError, match="expected a Policy, got NoneType"):
            pinned.policy = None  # type: ignore[assignment]
        assert pinned.policy == pki.policy()

    def test_a_new_policy_applies_from_the_next_handshake(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """An open connection continues, and the next one is judged by the new pins."""
        pinned = context()
        with connected(good_server, pinned) as open_before:
            pinned.policy = policy_of(pki.rogue)
            with pytest.raises(PinMismatchError):
                ask(good_server, pinned)
            open_before.sendall(SECRET)
            assert open_before.recv(4096).startswith(b"HTTP/1.1 200")
        good_server.settled()
        assert good_server.received == SECRET


@pytest.mark.parametrize("name", [None, ""])
def test_a_connection_must_name_its_server(
    context: MakeContext, good_server: RecordingServer, name: str | None
) -> None:
    """Without a name there are no pins to look up, so nothing is sent, and the socket still belongs to the caller."""
    with dial(good_server) as plain:
        with pytest.raises(NoServerNameError, match="names no server"):
            context().wrap_socket(plain, server_hostname=name)
        assert plain.fileno() >= 0
    assert silent(good_server)
