"""Hostile bytes raise only the documented error, and never show a key other than the library's."""

from __future__ import annotations

import contextlib
import warnings
from random import Random
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import ExtendedKeyUsageOID
from hypothesis import given, settings, strategies as st

from pinsmith.certificate import Certificate, Chain, UnreadableCertificate, asn1
from pinsmith.certificate.algorithm import describe_algorithm
from pinsmith.errors import CertificateError
from tests.core import mutate, spki_sample as sample

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MUTANTS = 20  # examples per sample (there are eight samples) and property
PROPERTIES = ("subject", "issuer", "not_before", "not_after", "names", "algorithm", "is_self_issued", "x509")


def _rich() -> bytes:
    """Build a certificate with every field that could trip a reader of names."""
    return sample.certificate(
        ec.generate_private_key(ec.SECP256R1()).public_key(),
        names=[
            x509.DNSName("a.test"),
            x509.DNSName("*.a.test"),
            x509.RFC822Name("who@a.test"),
            x509.UniformResourceIdentifier("https://a.test/x"),
            x509.DirectoryName(sample.name("directory")),
            x509.RegisteredID(x509.ObjectIdentifier("1.2.3.4")),
            x509.OtherName(x509.ObjectIdentifier("1.2.3.5"), b"\x0c\x01x"),
        ],
        extensions=[
            x509.BasicConstraints(ca=False, path_length=None),
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]),
            x509.NameConstraints([x509.DNSName("a.test")], None),
        ],
    )


SAMPLES: dict[str, Callable[[], bytes]] = {
    "a rich P-256": _rich,
    "RSA 2048": lambda: sample.openssl_certificate("RSA 2048"),
    "RSASSA-PSS": lambda: sample.openssl_certificate("RSASSA-PSS with parameters"),
    "explicit curve": lambda: sample.openssl_certificate("P-256 with explicit parameters"),
    "compressed point": lambda: sample.openssl_certificate("P-256 with a compressed point"),
    "Ed25519": lambda: sample.openssl_certificate("Ed25519"),
    "Ed448": lambda: sample.openssl_certificate("Ed448"),
    "small RSA": lambda: sample.certificate(sample.rsa_public(1024)),
}


@pytest.fixture(autouse=True)
def _quiet_library() -> Iterator[None]:
    """Silence the library, which warns about oddities of certificates that it still reads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _survives(der: bytes) -> bool:
    """Read every part of *der* that can be read; any error except the documented one ends the test."""
    try:
        certificate = Certificate(der)
    except CertificateError:
        assert isinstance(Chain.of_der([der]).certificates[0], UnreadableCertificate)
        return False
    certificate.summary()
    for name in PROPERTIES:
        try:
            getattr(certificate, name)
        except CertificateError:
            continue
    return True


def _agrees(der: bytes, spki: bytes) -> bool:
    """Compare with the key that the library finds, if it finds one."""
    try:
        certificate = x509.load_der_x509_certificate(der)
        key = certificate.public_key()
        body = certificate.tbs_certificate_bytes
    except Exception:  # noqa: BLE001 - it refuses the mutant in its own way; then there is nothing to compare
        return False
    assert body in der
    assert spki in body
    if isinstance(key, (rsa.RSAPublicKey, ec.EllipticCurvePublicKey)):
        # The library normalises the encoding, so the numbers of the keys are compared.
        assert _number(key) in spki
    else:
        assert key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) == spki
    return True


def _number(key: rsa.RSAPublicKey | ec.EllipticCurvePublicKey) -> bytes:
    number = key.public_numbers().n if isinstance(key, rsa.RSAPublicKey) else key.public_numbers().x
    return number.to_bytes((number.bit_length() + 7) // 8, "big")


@pytest.mark.parametrize("name", SAMPLES)
def test_mutants_break_nothing(name: str) -> None:
    """Damaged certificates break no reader, and where the library reads one, the keys agree."""
    random = Random(f"pinsmith {name}")  # noqa: S311 - repeatable on purpose
    der = SAMPLES[name]()
    assert _survives(der)
    assert _agrees(der, Certificate(der).spki)
    accepted = compared = 0
    count = MUTANTS * settings().max_examples
    for _ in range(count):
        mutant = mutate.mutate(der, random)
        if _survives(mutant):
            accepted += 1
            compared += _agrees(mutant, Certificate(mutant).spki)
    # Both outcomes must occur, because otherwise the run shows nothing.
    assert count // 100 < accepted < count
    assert compared > count // 100


@given(st.binary(max_size=300))
def test_arbitrary_bytes_break_nothing(content: bytes) -> None:
    """Bytes that are not a certificate raise only the documented error."""
    _survives(content)
    for read in (asn1.spki_of_request, asn1.require_spki, asn1.algorithm_oid, describe_algorithm):
        try:
            read(content)
        except CertificateError:
            continue


@given(at=st.integers(0, 700), removed=st.integers(0, 8), inserted=st.binary(max_size=8))
def test_any_edit_breaks_nothing(at: int, removed: int, inserted: bytes) -> None:
    """A certificate with any few bytes replaced raises only the documented error, and never shows another key."""
    der = bytearray(sample.openssl_certificate("P-256"))
    der[at : at + removed] = inserted
    if _survives(bytes(der)):
        _agrees(bytes(der), Certificate(bytes(der)).spki)


@given(algorithm=st.binary(max_size=80), parameters=st.binary(max_size=20), bits=st.binary(max_size=80))
def test_any_public_key_is_described_or_refused(algorithm: bytes, parameters: bytes, bits: bytes) -> None:
    """A key of any identifier, parameters and bits is described, or raises the documented error."""
    spki = sample.der(0x30, sample.der(0x30, sample.der(0x06, algorithm), parameters), sample.der(0x03, bits))
    with contextlib.suppress(CertificateError):
        assert describe_algorithm(spki)


IDENTIFIERS = {
    "nothing": b"",
    "an unfinished arc": b"\x2b\x65\xf0",
    "Ed25519 and an unfinished arc": b"\x2b\x65\x70\x80",
    "an arc with a leading zero digit": b"\x2b\x80\x65\x70",
    "an arc of three thousand digits": b"\x2b" + b"\xff" * 3000 + b"\x7f",
}


@pytest.mark.parametrize("case", IDENTIFIERS)
def test_a_broken_algorithm_identifier_is_refused(case: str) -> None:
    """A malformed identifier is refused; it is not printed or taken for one that begins alike."""
    algorithm = sample.der(0x30, sample.der(0x06, IDENTIFIERS[case]))
    with pytest.raises(CertificateError):
        describe_algorithm(sample.der(0x30, algorithm, sample.der(0x03, b"\0" * 33)))


def test_an_unknown_algorithm_is_its_number() -> None:
    """Negative control of the test above: an algorithm without a name is shown as a dotted object identifier."""
    spki = sample.der(0x30, sample.der(0x30, sample.der(0x06, b"\x2b\x65\x01")), sample.der(0x03, b"\0x"))
    assert describe_algorithm(spki) == "1.3.101.1"
    wide = sample.der(0x30, sample.der(0x30, sample.der(0x06, b"\x88\x37\x01")), sample.der(0x03, b"\0x"))
    assert describe_algorithm(wide) == "2.999.1"


@pytest.mark.parametrize("depth", [10, 1000, 100_000])
def test_nested_lengths_cost_little(depth: int) -> None:
    """Reading does not recurse, however deeply sequences are nested."""
    content = b"\x05\x00"
    parts = []
    size = len(content)
    for _ in range(depth):
        header = sample.der(0x30, b"")[:1] + _length(size)
        parts.append(header)
        size += len(header)
    assert not _survives(b"".join(reversed(parts)) + content)


def _length(size: int) -> bytes:
    if size < 0x80:
        return bytes((size,))
    encoded = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((0x80 | len(encoded),)) + encoded


@pytest.mark.parametrize(
    "header",
    [b"\x30\x84\xff\xff\xff\xff", b"\x30\x84\x7f\xff\xff\xff", b"\x30\xff" + b"\xff" * 127, b"\x30\x80"],
)
def test_promised_gigabytes_are_not_reserved(header: bytes) -> None:
    """A length of four gigabytes in a file of a few bytes is refused, and no memory is reserved for it."""
    assert not _survives(header + sample.openssl_certificate("P-256"))
