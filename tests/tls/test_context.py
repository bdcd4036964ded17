"""`PinnedSSLContext` on a plain socket: what passes, what is refused, and which settings it keeps."""

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


def test_plain_tls_tells_the_rogue_server_everything(
    plain_context: ssl.SSLContext, rogue_server: RecordingServer
) -> None:
    """The control of all refusals here: without pins the rogue server is trusted and receives the secret."""
    assert ask(rogue_server, plain_context).startswith(b"HTTP/1.1 200")
    rogue_server.settled()
    assert rogue_server.received == SECRET


def test_the_rogue_server_is_refused_before_one_byte(context: MakeContext, rogue_server: RecordingServer) -> None:
    """A chain to a trusted root without a pinned key raises, as a failed verification, and receives nothing."""
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
    """The same pins refuse a chain that holds none of these keys."""
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
    """The pinned key in a certificate for another name, of a stranger, expired or self-signed is refused by OpenSSL."""
    server = serve(getattr(pki, presented))
    with refused(server, ssl.SSLCertVerificationError) as caught:
        ask(server, context())
    assert not isinstance(caught.value, PinMismatchError)


def test_a_certificate_of_another_customer_of_a_pinned_authority_is_refused(
    pki: PKI, context: MakeContext, serve: Serve
) -> None:
    """An authority pin does not stand for the host name."""
    server = serve(pki.other)
    with refused(server, ssl.SSLCertVerificationError, match="Hostname mismatch"):
        ask(server, context(policy_of(pki.intermediate)))


class TestModes:
    """What the entry and the policy make of a chain without a pinned key."""

    def test_report_only_lets_pass(self, pki: PKI, context: MakeContext, rogue_server: RecordingServer) -> None:
        """A mismatch in report-only mode goes on."""
        assert ask(rogue_server, context(pki.policy(mode="report-only")))

    def test_off_lets_pass(self, context: MakeContext, rogue_server: RecordingServer) -> None:
        """An entry that is off exempts its host, even where pins are required."""
        policy = Policy((HostPins(HOST, mode="off"),), require_pins=True)
        assert ask(rogue_server, context(policy))

    def test_expired_pins_let_pass(self, pki: PKI, context: MakeContext, rogue_server: RecordingServer) -> None:
        """From the expiry day on the pins are not enforced."""
        assert ask(rogue_server, context(pki.policy(expires=date(2020, 1, 1))))

    def test_pins_hold_until_the_expiry_day(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """Up to the last second before 00:00 UTC of that day they are enforced."""
        before = datetime(2029, 12, 31, 23, 59, 59, tzinfo=UTC)
        with refused(rogue_server, PinMismatchError):
            ask(rogue_server, context(pki.policy(expires=date(2030, 1, 1)), clock=lambda: before))

    def test_a_host_without_an_entry_passes(
        self, pki: PKI, context: MakeContext, rogue_server: RecordingServer
    ) -> None:
        """Hosts nobody pinned are left alone."""
        assert ask(rogue_server, context(policy_of(pki.leaf, host=OTHER_HOST)))

    @pytest.mark.parametrize("host", [HOST, OTHER_HOST])
    def test_require_pins_refuses_what_is_not_pinned(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer, host: str
    ) -> None:
        """With require-pins, a host without an entry or with expired pins is refused, the good one too."""
        policy = policy_of(pki.leaf, host=host, expires=date(2020, 1, 1), require_pins=True)
        with refused(good_server, HostNotPinnedError):
            ask(good_server, context(policy))

    def test_require_pins_lets_a_pinned_host_pass(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """The control: a pinned host is not affected."""
        assert ask(good_server, context(Policy((entry_of(pki.leaf),), require_pins=True)))


class TestTrustAnchors:
    """Entries that also name where the chain must end."""

    def test_the_named_anchor_passes(self, pki: PKI, context: MakeContext, good_server: RecordingServer) -> None:
        """A chain with a pinned key under the named anchor goes on."""
        anchor = TrustAnchor("root.pem", Pin.parse(pki.root.pin))
        assert ask(good_server, context(pki.policy(trust_anchors=(anchor,))))

    def test_another_anchor_is_refused(self, pki: PKI, context: MakeContext, serve: Serve) -> None:
        """The pinned key, certified by the other trusted root, is refused."""
        server = serve(pki.rogue_intermediate.issue(HOST, key=pki.leaf.key))
        assert ask(server, context())
        anchor = TrustAnchor("root.pem", Pin.parse(pki.root.pin))
        with pytest.raises(PinMismatchError, match="another trust anchor"):
            ask(server, context(pki.policy(trust_anchors=(anchor,))))
        server.settled()
        assert server.received == SECRET  # of the first


class TestSettings:
    """What may be changed on the context, and what may not."""

    @pytest.mark.parametrize("mode", [ssl.CERT_NONE, ssl.CERT_OPTIONAL, 0, 1])
    def test_verification_cannot_be_switched_off(self, context: MakeContext, mode: ssl.VerifyMode) -> None:
        """Any mode but CERT_REQUIRED is refused and changes nothing."""
        pinned = context()
        with pytest.raises(UnsafeContextError, match="stays CERT_REQUIRED"):
            pinned.verify_mode = mode
        assert pinned.verify_mode is ssl.CERT_REQUIRED

    def test_the_host_name_check_cannot_be_switched_off(self, context: MakeContext) -> None:
        """Writing False is refused and changes nothing."""
        pinned = context()
        with pytest.raises(UnsafeContextError, match="stays on"):
            pinned.check_hostname = False
        assert pinned.check_hostname

    def test_clients_may_write_what_is_set_already(self, context: MakeContext, good_server: RecordingServer) -> None:
        """Libraries write CERT_REQUIRED and True on every connection; that does no harm."""
        pinned = context()
        pinned.verify_mode = ssl.CERT_REQUIRED
        pinned.check_hostname = True
        assert ask(good_server, pinned)

    def test_renegotiation_cannot_be_switched_on(self, context: MakeContext) -> None:
        """OP_NO_RENEGOTIATION survives every write of options; other bits are the caller's."""
        pinned = context()
        pinned.options = ssl.OP_NO_TICKET
        assert pinned.options & ssl.OP_NO_RENEGOTIATION
        assert pinned.options & ssl.OP_NO_TICKET
        pinned.options &= ~ssl.OP_NO_RENEGOTIATION
        assert pinned.options & ssl.OP_NO_RENEGOTIATION

    def test_a_policy_is_demanded(self, pki: PKI) -> None:
        """What is no policy is refused at once, at construction and later."""
        with pytest.raises(TypeError, match="expected a Policy, got str"):
            PinnedSSLContext("pins.toml")  # type: ignore[arg-type]
        pinned = PinnedSSLContext(pki.policy(), cadata=pki.trust)
        with pytest.raises(TypeError, match="expected a Policy, got NoneType"):
            pinned.policy = None  # type: ignore[assignment]
        assert pinned.policy == pki.policy()

    def test_a_new_policy_holds_from_the_next_handshake_on(
        self, pki: PKI, context: MakeContext, good_server: RecordingServer
    ) -> None:
        """An open connection stays as it is, the next one is judged by the new pins."""
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
    """Without a name no pins can be looked up, so nothing is sent, and the socket stays the caller's."""
    with dial(good_server) as plain:
        with pytest.raises(NoServerNameError, match="names no server"):
            context().wrap_socket(plain, server_hostname=name)
        assert plain.fileno() >= 0
    assert silent(good_server)
