"""Certificates that are not deployed yet: who would be locked out by them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

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
    """Without names, the certificate itself says which hosts will present it."""
    checks = _check(leaf.pin, _pem(leaf), root)
    assert [(check.host, check.verdict, check.message) for check in checks] == [
        (HOST, "matched", "would present live"),
        ("www.example.com", "matched", "would present live"),
    ]


def test_a_certificate_with_another_key_would_lock_clients_out(leaf: Identity, root: Authority) -> None:
    """That is what the check is there to find before the deployment."""
    (check,) = _check(OTHER, _pem(leaf), root, HOST)
    assert (check.verdict, check.reason) == ("mismatched", "no-pinned-key")


def test_a_chain_that_clients_cannot_build_is_not_verified(leaf: Identity, root: Authority) -> None:
    """A leaf alone is what servers are given by mistake."""
    (check,) = _check(leaf.pin, leaf.pem.encode("ascii"), root, HOST)
    assert (check.verdict, check.reason) == ("not-verified", "untrusted-chain")


def test_a_host_that_the_certificate_does_not_name_is_not_verified(leaf: Identity, root: Authority) -> None:
    """Clients refuse it whatever is pinned."""
    (check,) = _check(leaf.pin, _pem(leaf), root, "DB.example.com")
    assert (check.host, check.reason) == ("db.example.com", "wrong-host-name")


def test_a_certificate_for_no_pinned_host_is_refused(intermediate: Authority, root: Authority) -> None:
    """Nothing would be checked, and that must not look like a success."""
    stranger = intermediate.issue("example.net")
    with pytest.raises(MaterialError, match=r"the certificate names no pinned host; it is for example\.net"):
        _check(stranger.pin, _pem(stranger), root)


def test_a_key_is_not_a_certificate(leaf: Identity, root: Authority) -> None:
    """The error says what the file holds instead."""
    with pytest.raises(MaterialError, match="expected a certificate, got a private key"):
        _check(leaf.pin, leaf.private_pem(), root)
