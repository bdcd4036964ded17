"""Drawn tangles of cross-signs: OpenSSL and the verifier of `cryptography` find a path exactly if pinsmith does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.x509 import verification
from hypothesis import given, strategies as st
from OpenSSL import crypto

from pinsmith.certificate import Certificate
from pinsmith.paths import paths
from tests.paths.pki import AT, HOST, store
from tests.paths.tangle import FAULTS, NAMES, ROOT_FAULTS, Link, tangle_of, without_detours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.paths import Path

_links = st.builds(Link, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(FAULTS))
_tangles = st.tuples(
    st.sampled_from(NAMES),
    st.lists(_links.filter(lambda link: link.name != link.by), max_size=8, unique=True),
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(ROOT_FAULTS)), min_size=1, max_size=3),
)


def _openssl(ders: Sequence[bytes], roots: Sequence[bytes]) -> tuple[str, ...] | None:
    """Return the pins of the chain that OpenSSL verifies; None if it verifies none."""
    parsed = [crypto.X509.from_cryptography(x509.load_der_x509_certificate(der)) for der in ders]
    trusted = crypto.X509Store()
    for der in roots:
        trusted.add_cert(crypto.X509.from_cryptography(x509.load_der_x509_certificate(der)))
    trusted.set_time(AT)
    try:
        chain = crypto.X509StoreContext(trusted, parsed[0], parsed[1:]).get_verified_chain()
    except crypto.X509StoreContextError:
        return None
    return tuple(_pin(certificate.to_cryptography()) for certificate in chain)


def _cryptography(ders: Sequence[bytes], roots: Sequence[bytes]) -> tuple[str, ...] | None:
    """Return the pins of the chain that `cryptography` verifies; None if it verifies none."""
    parsed = [x509.load_der_x509_certificate(der) for der in ders]
    trusted = verification.Store([x509.load_der_x509_certificate(der) for der in roots])
    builder = verification.PolicyBuilder().store(trusted).time(AT)
    try:
        chain = builder.build_server_verifier(x509.DNSName(HOST)).verify(parsed[0], parsed[1:])
    except verification.VerificationError:
        return None
    return tuple(map(_pin, chain))


def _pin(certificate: x509.Certificate) -> str:
    from cryptography.hazmat.primitives.serialization import Encoding

    return str(Certificate(certificate.public_bytes(Encoding.DER)).pin)


def _pins(path: Path) -> tuple[str, ...]:
    return tuple(map(str, path.pins))


@given(_tangles)
def test_all_verifiers_agree_on_tangles(tangle: tuple[str, list[Link], list[tuple[str, str]]]) -> None:
    """A path is found exactly if `cryptography` finds one, and each path alone satisfies it and OpenSSL."""
    drawn = tangle_of(*tangle)
    sent, roots = drawn.sent, drawn.roots
    found = paths(sent, store(*roots), at=AT)
    accepted = {_pins(path) for path in found.accepted}
    assert found.is_complete
    assert (found.answer == "yes") == bool(accepted)

    theirs = _cryptography(sent, roots)
    assert (theirs is not None) == bool(accepted)
    assert theirs is None or without_detours(theirs) in accepted
    other = _openssl(sent, roots)
    assert other is None or without_detours(other) in accepted

    by_sha256 = {Certificate(der).sha256: der for der in roots}
    for path in found.found:
        alone = [certificate.der for certificate in path.certificates], [by_sha256[path.anchor.sha256]]
        expected = _pins(path) if path.is_accepted else None
        assert _openssl(*alone) == _cryptography(*alone) == expected
