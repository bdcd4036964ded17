"""Drawn tangles of cross-signs: OpenSSL and the verifier of `cryptography` find a path exactly if pinsmith does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from cryptography import x509
from cryptography.x509 import verification
from hypothesis import given, strategies as st
from OpenSSL import crypto

from pinsmith.certificate import Certificate
from pinsmith.lab.pki import mint
from pinsmith.paths import paths
from tests.paths.pki import AT, BEFORE, HOST, ca, leaf, store

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.paths import Path

ENDED: Final = AT - timedelta(days=1)
NAMES: Final = "ABCD"


@dataclass(frozen=True, slots=True)
class Link:
    """
    A certificate of an authority, and what is wrong with it.

    Attributes:
        name: Its subject.
        by: Its issuer.
        fault: Empty if nothing is wrong.
    """

    name: str
    by: str
    fault: str = ""


FAULTS: Final = ("", "", "", "", "ended", "forged", "other key", "not an authority", "short", "other names", "fitting")


@cache
def _der(link: Link) -> bytes:
    if link.fault == "not an authority":
        return leaf(link.by, key=link.name, common_name=link.name)
    options: dict[str, dict[str, Any]] = {
        "ended": {"not_after": ENDED},
        "forged": {"signer": "rogue"},
        "other key": {"key": f"other {link.name}"},
        "short": {"path_length": 0},
        "other names": {"extensions": mint.only_below("example.org")},
        "fitting": {"path_length": 1, "extensions": mint.only_below("example.com")},
    }
    return ca(link.name, link.by, **options.get(link.fault, {}))


_links = st.builds(Link, st.sampled_from(NAMES), st.sampled_from(NAMES), st.sampled_from(FAULTS))
_tangles = st.tuples(
    st.sampled_from(NAMES),
    st.lists(_links.filter(lambda link: link.name != link.by), max_size=8, unique=True),
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(("", "", "ended", "other key"))), min_size=1, max_size=3
    ),
)


def _root(name: str, fault: str) -> bytes:
    if fault == "ended":
        return ca(name, not_before=BEFORE, not_after=ENDED)
    return ca(name, key=f"other {name}") if fault else ca(name)


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


def _without_detours(pins: tuple[str, ...]) -> tuple[str, ...]:
    """Return the pins of a chain without those between two certificates of one key, which other verifiers may walk."""
    straight: list[str] = []
    for pin in pins:
        del straight[straight.index(pin) if pin in straight else len(straight) :]
        straight.append(pin)
    return tuple(straight)


def _pins(path: Path) -> tuple[str, ...]:
    return tuple(map(str, path.pins))


@given(_tangles)
def test_all_verifiers_agree_on_tangles(tangle: tuple[str, list[Link], list[tuple[str, str]]]) -> None:
    """A path is found exactly if `cryptography` finds one, and each path alone satisfies it and OpenSSL."""
    issuer, links, trusted = tangle
    sent = (_leaf(issuer), *map(_der, links))
    roots = [_root(name, fault) for name, fault in dict.fromkeys(trusted)]
    found = paths(sent, store(*roots), at=AT)
    accepted = {_pins(path) for path in found.accepted}
    assert found.is_complete
    assert (found.answer == "yes") == bool(accepted)

    theirs = _cryptography(sent, roots)
    assert (theirs is not None) == bool(accepted)
    assert theirs is None or _without_detours(theirs) in accepted
    other = _openssl(sent, roots)
    assert other is None or _without_detours(other) in accepted

    by_sha256 = {Certificate(der).sha256: der for der in roots}
    for path in found.found:
        alone = [certificate.der for certificate in path.certificates], [by_sha256[path.anchor.sha256]]
        expected = _pins(path) if path.is_accepted else None
        assert _openssl(*alone) == _cryptography(*alone) == expected


@cache
def _leaf(issuer: str) -> bytes:
    return leaf(issuer)
