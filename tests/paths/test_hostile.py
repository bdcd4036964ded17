"""Certificates that were damaged or made to hurt lead to an answer or to one kind of error, and in bounded time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from hypothesis import given, strategies as st

from pinsmith import authorities
from pinsmith.authorities import Compromised
from pinsmith.errors import CertificateError
from pinsmith.lab.pki import mint
from pinsmith.paths import paths, search as limits, stores, survey
from tests.paths.pki import AT, ca, leaf, pin, store

if TYPE_CHECKING:
    import pytest

CHAIN = (leaf("I"), ca("I", "J", extensions=mint.only_below("example.com")), ca("J", "A", path_length=1))
ROOTS = store(ca("A"))


@given(st.integers(0, 2), st.integers(0, 10_000), st.integers(1, 255))
def test_a_changed_byte_gives_an_answer_or_one_error(which: int, at: int, change: int) -> None:
    """No byte of any certificate can be changed without the path being lost, and nothing else happens."""
    damaged = bytearray(CHAIN[which])
    damaged[at % len(damaged)] ^= change
    sent = (*CHAIN[:which], bytes(damaged), *CHAIN[which + 1 :])
    try:
        found = paths(sent, ROOTS, at=AT)
    except CertificateError:
        assert which == 0
        return
    assert found.answer in {"no", "unknown"}


def test_a_signature_with_unused_bits_is_none() -> None:
    """
    The library ignores the count of unused bits, which is not signed; OpenSSL refuses the certificate.

    Source: crypto/asn1/a_verify.c of OpenSSL, ``ASN1_item_verify_ctx``.
    """
    even = next(der for _ in range(200) if not (der := leaf("I"))[-1] & 1)
    assert paths((even, *CHAIN[1:]), ROOTS, at=AT).answer == "yes"
    damaged = bytearray(even)
    damaged[-len(x509.load_der_x509_certificate(even).signature) - 1] = 1
    assert paths((bytes(damaged), *CHAIN[1:]), ROOTS, at=AT).answer == "no"


def test_a_tangle_in_all_stores_verifies_few_signatures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of signatures that a server can make a survey of all stores verify is limited once for all."""
    count = 0
    genuine = limits.__dict__["is_signed_by"]

    def verify(*question: object) -> bool | None:
        nonlocal count
        count += 1
        answer: bool | None = genuine(*question)
        return answer

    monkeypatch.setattr(limits, "is_signed_by", verify)
    monkeypatch.setattr(limits, "MAX_STEPS", 20)
    monkeypatch.setattr(limits, "MAX_SIGNATURES", 30)
    names = [f"CA {number}" for number in range(6)]
    tangle = [ca(name, by) for name in names for by in names if name != by]
    found = survey((leaf(names[0]), *tangle), [], stores(), at=AT)
    assert {survival.outcome for survival in found} == {"unknown"}
    assert 0 < count <= 30


def test_compromised_keys_mark_the_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stores may still trust a path with a compromised key, so it is found, and names the authority."""
    facts = Compromised("An authority")
    monkeypatch.setattr(authorities, "compromised", lambda of: facts if of == pin("J") else None)
    (path,) = paths(CHAIN, ROOTS, at=AT).found
    assert path.is_accepted
    assert path.compromised == (facts,)
    (other,) = paths((leaf("I"), ca("I", "A")), ROOTS, at=AT).found
    assert other.compromised == ()
