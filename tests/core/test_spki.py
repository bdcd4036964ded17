"""For every key type, the slice that a pin hashes equals the key that OpenSSL prints."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.utils import CryptographyDeprecationWarning

from pinsmith.certificate import Certificate, asn1
from pinsmith.errors import CertificateError
from tests.core import spki_sample as sample

if TYPE_CHECKING:
    from collections.abc import Callable

WORDS = {
    "RSA 2048": "RSA 2048",
    "RSASSA-PSS without parameters": "RSA-PSS 2048",
    "RSASSA-PSS with parameters": "RSA-PSS 2048",
    "P-256": "EC P-256",
    "P-384": "EC P-384",
    "P-521": "EC P-521",
    "secp256k1": "EC secp256k1",
    "P-256 with explicit parameters": "EC P-256",
    "P-256 with a compressed point": "EC P-256",
    "P-256 with explicit parameters and a compressed point": "EC P-256",
    "Ed25519": "Ed25519",
    "Ed448": "Ed448",
}


@pytest.mark.parametrize("name", sample.OPENSSL_KEYS)
def test_slice_equals_openssl(name: str) -> None:
    """For every key, the slice is what ``openssl x509 -pubkey | openssl pkey -pubin`` writes."""
    der = sample.openssl_certificate(name)
    assert asn1.spki_of_certificate(der) == sample.openssl_spki(der)


@pytest.mark.parametrize("name", sample.OPENSSL_KEYS)
def test_slice_of_a_request_equals_that_of_the_certificate(name: str) -> None:
    """A request and a certificate of one key have the same pin."""
    certificate, request = sample.openssl_certificate(name), sample.openssl_request(name)
    assert asn1.spki_of_request(request) == asn1.spki_of_certificate(certificate)


@pytest.mark.parametrize("name", sample.OPENSSL_KEYS)
def test_algorithm_in_words(name: str) -> None:
    """Algorithm and size are shown with the names that people know."""
    assert Certificate(sample.openssl_certificate(name)).algorithm == WORDS[name]


@pytest.mark.parametrize(
    "name",
    [
        "RSASSA-PSS without parameters",
        "P-256 with a compressed point",
        "P-256 with explicit parameters",
    ],
)
def test_encoding_anew_would_give_another_pin(name: str) -> None:
    """The slice is raw because a library that loads the key and writes it again writes other bytes."""
    der = sample.openssl_certificate(name)
    key = x509.load_der_x509_certificate(der).public_key()
    again = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert again != asn1.spki_of_certificate(der)


@pytest.mark.parametrize(
    ("bits", "exponent"),
    [(1024, 65537), (2048, 65537), (3072, 65537), (4096, 65537), (8192, 65537), (2048, 3)],
)
def test_slice_of_rsa_equals_openssl(bits: int, exponent: int) -> None:
    """The slice of an RSA key of any size and exponent equals OpenSSL's, and the size is shown."""
    certificate = Certificate(sample.certificate(sample.rsa_public(bits, exponent)))
    assert certificate.spki == sample.openssl_spki(certificate.der)
    assert certificate.algorithm == f"RSA {bits}"


def test_every_public_authority() -> None:
    """For the authorities of the web, the slice is what the library's own parser finds at that place."""
    with warnings.catch_warnings():
        # Some old authorities have serial numbers that the library warns about.
        warnings.simplefilter("ignore", CryptographyDeprecationWarning)
        bundle = x509.load_pem_x509_certificates(Path(certifi.where()).read_bytes())
    assert len(bundle) > 100
    for certificate in bundle:
        spki = Certificate(certificate.public_bytes(Encoding.DER)).spki
        key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        assert spki == key
        assert certificate.tbs_certificate_bytes.count(spki) == 1


def _good() -> bytes:
    names = [x509.DNSName("sample.test")]
    return sample.certificate(ec.generate_private_key(ec.SECP256R1()).public_key(), names=names)


def _rebuild(change: Callable[[list[bytes]], None]) -> bytes:
    """Take a valid certificate apart at the top of its body, change the elements, and wrap them again."""
    der = _good()
    at, end = asn1.read_header(der, 0, len(der), 0x30, "")
    body, body_end = asn1.read_header(der, at, end, 0x30, "")
    elements: list[bytes] = []
    while body < body_end:
        _, stop = asn1.read_header(der, body, body_end, der[body], "")
        elements.append(der[body:stop])
        body = stop
    change(elements)
    return sample.der(0x30, sample.der(0x30, *elements), der[body_end:end])


def _set(index: int, value: bytes) -> Callable[[list[bytes]], None]:
    def change(elements: list[bytes]) -> None:
        elements[index] = value

    return change


BROKEN: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "the certificate is missing"),
    "one byte": (lambda: b"\x30", "the certificate is missing"),
    "text": (lambda: b"hello, certificate", "tag 0x68, expected 0x30"),
    "a trailing byte": (lambda: _good() + b"\0", "bytes follow the certificate"),
    "the last byte cut off": (lambda: _good()[:-1], "longer than the element that contains it"),
    "two certificates": (lambda: _good() * 2, "bytes follow the certificate"),
    "an indefinite length": (lambda: b"\x30\x80" + _good()[4:] + b"\0\0", "no DER length"),
    "a length of five bytes": (lambda: b"\x30\x85\0\0\0\0\1" + b"x", "no DER length"),
    "a length longer than needed": (
        lambda: b"\x30\x83\x00" + _good()[2:],
        "not minimal",
    ),
    "a short length in the long form": (lambda: b"\x30\x81\x05" + b"x" * 5, "not minimal"),
    "a signature of another type": (
        lambda: sample.der(0x30, *[sample.der(0x30)] * 2, sample.der(0x04, b"\0")),
        "the signature has tag 0x04",
    ),
    "bytes after the signature": (
        lambda: sample.der(0x30, *[sample.der(0x30)] * 2, *[sample.der(0x03, b"\0")] * 2),
        "bytes follow the signature",
    ),
    "a serial number of another type": (
        lambda: _rebuild(_set(1, sample.der(0x04, b"\1"))),
        "the serial number has tag 0x04",
    ),
    "an issuer of another type": (
        lambda: _rebuild(_set(3, sample.der(0x31))),
        "the issuer has tag 0x31",
    ),
    "no public key": (
        lambda: _rebuild(lambda elements: elements.__delitem__(slice(6, None))),
        "the public key is missing",
    ),
    "two public keys": (
        lambda: _rebuild(lambda elements: elements.insert(6, elements[6])),
        "an unexpected element 0x30 follows",
    ),
    "extensions twice": (
        lambda: _rebuild(lambda elements: elements.append(elements[7])),
        "an unexpected element 0xa3 follows",
    ),
    "extensions before a unique identifier": (
        lambda: _rebuild(lambda elements: elements.append(sample.der(0x82, b"\0x"))),
        "an unexpected element 0x82 follows",
    ),
    "a key without algorithm": (
        lambda: _rebuild(_set(6, sample.der(0x30, sample.der(0x03, b"\0")))),
        "the key's algorithm has tag 0x03",
    ),
    "a key with something after its bits": (
        lambda: _rebuild(lambda elements: elements.__setitem__(6, sample.der(0x30, elements[6][2:], b"\5\0"))),
        "bytes follow the key's bits",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_content_that_is_not_the_der_of_a_certificate_is_refused(case: str) -> None:
    """Every deviation from DER or from the structure is refused, and the message names it."""
    build, reason = BROKEN[case]
    with pytest.raises(CertificateError, match=reason):
        asn1.spki_of_certificate(build())


def test_rebuilding_alone_breaks_nothing() -> None:
    """Negative control of the table above: a certificate that is taken apart and wrapped again is accepted."""
    assert asn1.spki_of_certificate(_rebuild(lambda _: None))


def test_unique_identifiers_are_skipped() -> None:
    """The obsolete unique identifiers between key and extensions do not change which element is read as the key."""
    der = _rebuild(lambda e: e.__setitem__(slice(7, 7), [sample.der(0x81, b"\0x"), sample.der(0x82, b"\0y")]))
    assert Certificate(der).algorithm == "EC P-256"


def test_a_version_1_certificate_is_read() -> None:
    """In a certificate without version and extensions, the key is still found."""

    def strip(elements: list[bytes]) -> None:
        del elements[7:], elements[0]

    assert Certificate(_rebuild(strip)).algorithm == "EC P-256"


def _request(*after_key: bytes) -> bytes:
    der = sample.openssl_request("P-256")
    at, end = asn1.read_header(der, 0, len(der), 0x30, "")
    body, body_end = asn1.read_header(der, at, end, 0x30, "")
    start = body
    for tag in (0x02, 0x30, 0x30):
        _, body = asn1.read_header(der, body, body_end, tag, "")
    return sample.der(0x30, sample.der(0x30, der[start:body], *after_key), der[body_end:end])


@pytest.mark.parametrize(
    "after",
    [(b"\x30\0",), (b"\xa0\0", b"\xa0\0"), (b"\xa1\0",), (b"\xa0",), (b"\xa0\x05x",)],
    ids=["a sequence", "attributes twice", "another tag", "half a header", "cut-off attributes"],
)
def test_a_request_with_something_else_after_its_key_is_refused(after: tuple[bytes, ...]) -> None:
    """Only attributes may follow the key of a request."""
    with pytest.raises(CertificateError):
        asn1.spki_of_request(_request(*after))


@pytest.mark.parametrize("after", [(), (b"\xa0\0",)], ids=["nothing", "no attributes"])
def test_a_request_may_lack_attributes(after: tuple[bytes, ...]) -> None:
    """Negative control of the test above: some programs omit the empty set of attributes."""
    assert asn1.spki_of_request(_request(*after))


@pytest.mark.parametrize("content", [b"", b"\x30", b"\x30\x00", b"\x30\x03\x02\x01\x00"])
def test_content_that_is_not_a_request_is_refused(content: bytes) -> None:
    """Neither empty content nor another structure is read as a request."""
    with pytest.raises(CertificateError):
        asn1.spki_of_request(content)


def test_a_certificate_is_not_a_request_and_the_other_way_round() -> None:
    """A certificate is never read as a request, nor a request as a certificate."""
    with pytest.raises(CertificateError):
        asn1.spki_of_request(_good())
    with pytest.raises(CertificateError):
        asn1.spki_of_certificate(sample.openssl_request("P-256"))


def test_a_bare_public_key_has_nothing_after_it() -> None:
    """A SubjectPublicKeyInfo is returned unchanged; with anything after it, it is refused."""
    spki = Certificate(_good()).spki
    assert asn1.require_spki(spki) == spki
    with pytest.raises(CertificateError, match="bytes follow the public key"):
        asn1.require_spki(spki + b"\0")
