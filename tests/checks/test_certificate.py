"""Checks of certificates that are not deployed yet, for clients that they would lock out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from pinsmith.checks.certificate import check_certificate_file
from pinsmith.errors import MaterialError
from pinsmith.lab.pki.identity import Identity
from pinsmith.policy import HostPins, Policy
from tests.checks.sample import HOST, key

if TYPE_CHECKING:
    from pinsmith.checks.host_check import HostCheck
    from pinsmith.lab.pki.authority import Authority

OTHER = Identity.self_signed("other.example.com").pin


@pytest.fixture(scope="module")
def leaf(intermediate: Authority) -> Identity:
    """Issue a certificate for two hosts."""
    return intermediate.issue(HOST, "www.example.com")


def _pem(identity: Identity) -> bytes:
    return identity.presented_pem().encode("ascii")


def _check(pin: str, content: bytes, root: Authority, *names: str) -> list[HostCheck]:
    keys = (key("live", pin),)
    policy = Policy((HostPins(HOST, keys), HostPins("www.example.com", keys), HostPins("db.example.com", keys)))
    return check_certificate_file(policy, content, names, [root.der], now=datetime.now(UTC))


def test_every_pinned_host_that_the_certificate_names_is_checked(leaf: Identity, root: Authority) -> None:
    """Unless hosts are passed, the names in the certificate decide which hosts are checked."""
    checks = _check(leaf.pin, _pem(leaf), root)
    assert [(check.host, check.verdict, check.message) for check in checks] == [
        (HOST, "matched", "would present live"),
        ("www.example.com", "matched", "would present live"),
    ]


def test_a_certificate_with_another_key_would_lock_clients_out(leaf: Identity, root: Authority) -> None:
    """A mismatch is reported before the certificate is deployed."""
    (check,) = _check(OTHER, _pem(leaf), root, HOST)
    assert (check.verdict, check.reason) == ("mismatched", "no-pinned-key")


def test_a_chain_that_clients_cannot_build_is_not_verified(leaf: Identity, root: Authority) -> None:
    """A leaf without its intermediate, which is often installed by mistake, is not verified."""
    (check,) = _check(leaf.pin, leaf.pem.encode("ascii"), root, HOST)
    assert (check.verdict, check.reason) == ("not-verified", "untrusted-chain")


def test_a_certificate_that_is_not_for_servers_is_not_verified(intermediate: Authority, root: Authority) -> None:
    """OpenSSL refuses it as the certificate of a server, and so do browsers."""
    for_clients = intermediate.issue(HOST, usages=[ExtendedKeyUsageOID.CLIENT_AUTH])
    (check,) = _check(for_clients.pin, _pem(for_clients), root, HOST)
    assert (check.verdict, check.reason) == ("not-verified", "untrusted-chain")
    assert check.message == f"would have no verified chain: CN={HOST} is not a certificate for servers"
    unrestricted = intermediate.issue(HOST, usages=[])
    (check,) = _check(unrestricted.pin, _pem(unrestricted), root, HOST)
    assert check.verdict == "matched"


def test_an_authority_that_may_not_sign_verifies_nothing(root: Authority, monkeypatch: pytest.MonkeyPatch) -> None:
    """OpenSSL refuses a chain with such an authority, or with one that is not for servers."""
    for_clients = root.intermediate(
        "Odd", extensions=[(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH]), True)]
    )
    identity = for_clients.issue(HOST)
    (check,) = _check(identity.pin, _pem(identity), root, HOST)
    assert check.message == "would have no verified chain: CN=Odd is not a certificate for servers"
    nothing = x509.KeyUsage(*(position == 0 for position in range(9)))
    with monkeypatch.context() as patched:
        patched.setattr("pinsmith.lab.pki.mint._key_usage", lambda **_: nothing)
        silent = root.intermediate("Odd")
    identity = silent.issue(HOST)
    (check,) = _check(identity.pin, _pem(identity), root, HOST)
    assert check.message == "would have no verified chain: CN=Odd may not sign certificates"


def test_a_host_that_the_certificate_does_not_name_is_not_verified(leaf: Identity, root: Authority) -> None:
    """Clients refuse a certificate for another host, whatever is pinned."""
    (check,) = _check(leaf.pin, _pem(leaf), root, "DB.example.com")
    assert (check.host, check.reason) == ("db.example.com", "wrong-host-name")


def test_a_certificate_for_no_pinned_host_is_refused(intermediate: Authority, root: Authority) -> None:
    """A certificate of no pinned host is refused, because a check of nothing must not look like success."""
    stranger = intermediate.issue("example.net")
    with pytest.raises(MaterialError, match=r"the certificate names no pinned host; it is for example\.net"):
        _check(stranger.pin, _pem(stranger), root)


def test_a_key_is_not_a_certificate(leaf: Identity, root: Authority) -> None:
    """The error names what the file contains instead."""
    with pytest.raises(MaterialError, match="expected a certificate, got a private key"):
        _check(leaf.pin, leaf.private_pem(), root)
