"""The pins of a file: every kind and container, in order, each computed from the raw key."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs7,
    pkcs12,
)

from pinsmith.certificate import Certificate
from pinsmith.lab.pki.authority import Authority
from pinsmith.material import Material, read_material
from tests.core import spki_sample as sample
from tests.thinned import thinned

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.pki.key import PrivateKey

PASSWORD = "pässword".encode()
ROOT = Authority.root()
LEAF = ROOT.intermediate().issue("a.test", "*.a.test", "192.0.2.1")
CHAIN = [*LEAF.chain, ROOT.certificate]
EC_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def spki_of(key: PrivateKey) -> bytes:
    """Encode the public half of a key."""
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def private(key: PrivateKey, how: PrivateFormat = PrivateFormat.PKCS8, encoding: Encoding = Encoding.PEM) -> bytes:
    """Encode the private half of a key."""
    return key.private_bytes(encoding, how, NoEncryption())


def locked(key: PrivateKey, how: PrivateFormat = PrivateFormat.PKCS8, encoding: Encoding = Encoding.PEM) -> bytes:
    """Encode the private half of a key, encrypted with `PASSWORD`."""
    return key.private_bytes(encoding, how, BestAvailableEncryption(PASSWORD))


def request(key: PrivateKey = LEAF.key) -> x509.CertificateSigningRequest:
    """Make a certificate request for the names of `LEAF`."""
    names = x509.SubjectAlternativeName([x509.DNSName("a.test"), x509.DNSName("*.a.test")])
    builder = x509.CertificateSigningRequestBuilder(sample.name("a.test")).add_extension(names, critical=False)
    return builder.sign(
        key, hashes.SHA256() if isinstance(key, (ec.EllipticCurvePrivateKey, rsa.RSAPrivateKey)) else None
    )


def only(content: bytes, password: bytes | None = None) -> Material:
    """Read content that holds exactly one item."""
    (found,) = read_material(content, password=password)
    return found


def relabel(pem: bytes, old: str, new: str) -> bytes:
    """Give a PEM block another label."""
    return pem.replace(old.encode(), new.encode())


def trusted() -> bytes:
    """Write the certificate with its trust settings, as ``openssl x509 -trustout`` does."""
    return sample.openssl("x509", "-trustout", "-addtrust", "serverAuth", content=LEAF.pem.encode())


CERTIFICATES: dict[str, Callable[[], bytes]] = {
    "PEM": LEAF.pem.encode,
    "DER": lambda: LEAF.der,
    "PEM of old programs": lambda: relabel(LEAF.pem.encode(), "CERTIFICATE", "X509 CERTIFICATE"),
    "PEM with the trust settings of OpenSSL": trusted,
    "PEM with CRLF": lambda: LEAF.pem.replace("\n", "\r\n").encode(),
    "PEM with CR alone": lambda: LEAF.pem.replace("\n", "\r").encode(),
    "PEM with blanks around every line": lambda: LEAF.pem.replace("\n", " \n\t").encode(),
    "PEM without final line break": lambda: LEAF.pem.rstrip().encode(),
    "PEM on one long line": lambda: _on_one_line(LEAF.pem).encode(),
    "PEM with text around": lambda: sample.openssl("x509", "-text", content=LEAF.pem.encode()) + b"\nend: -----\n",
    "PEM with Latin-1 text before": lambda: "Schlüssel\n".encode("latin-1") + LEAF.pem.encode(),
    "PEM with a byte order mark": lambda: codecs.BOM_UTF8 + LEAF.pem.encode(),
    "PEM in UTF-16, as PowerShell writes": lambda: LEAF.pem.encode("utf-16"),
    "PKCS#7 in PEM": lambda: pkcs7.serialize_certificates([LEAF.certificate], Encoding.PEM),
    "PKCS#7 in DER": lambda: pkcs7.serialize_certificates([LEAF.certificate], Encoding.DER),
    "PKCS#7 under its other label": lambda: relabel(
        pkcs7.serialize_certificates([LEAF.certificate], Encoding.PEM), "PKCS7", "PKCS #7 SIGNED DATA"
    ),
    "PKCS#12 without a password": lambda: pkcs12.serialize_key_and_certificates(
        None, None, None, [LEAF.certificate], NoEncryption()
    ),
    "PKCS#12 with an empty password": lambda: sample.openssl(
        "pkcs12", "-export", "-nokeys", "-passout", "pass:", content=LEAF.pem.encode()
    ),
    "among parameters and revocation lists": lambda: b"".join(
        [
            sample.openssl("ecparam", "-name", "prime256v1"),
            b"-----BEGIN X509 CRL-----\nMAA=\n-----END X509 CRL-----\n",
            LEAF.pem.encode(),
        ]
    ),
}


def _on_one_line(pem: str) -> str:
    begin, *body, end = pem.split("\n")[:-1]
    return "\n".join([begin, "".join(body), end])


@pytest.mark.parametrize("case", CERTIFICATES)
def test_certificate(case: str) -> None:
    """A certificate in any wrapping is found, with its raw bytes, its pin and its names."""
    found = only(CERTIFICATES[case]())
    assert found.kind == "certificate"
    assert found.certificate == Certificate(LEAF.der)
    assert str(found.pin) == LEAF.pin
    assert (found.algorithm, found.subject) == ("EC P-256", "CN=a.test")
    assert found.names == ("a.test", "*.a.test", "192.0.2.1")
    assert found.possession_proven is None
    assert found.remarks == (("OpenSSL trust settings ignored",) if "OpenSSL" in case else ())


# tests/core/test_spki.py compares the slice of every type with that of OpenSSL.
@pytest.mark.parametrize("name", thinned(sample.OPENSSL_KEYS, {"RSASSA-PSS with parameters", "P-256", "Ed25519"}))
def test_raw_key_of_every_type_in_every_container(name: str) -> None:
    """The pin comes from the raw bytes, whichever library unpacked the container."""
    der = sample.openssl_certificate(name)
    certificate = x509.load_der_x509_certificate(der)
    spki = sample.openssl_spki(der)
    bundle = pkcs7.serialize_certificates([certificate], Encoding.DER)
    store = pkcs12.serialize_key_and_certificates(None, None, None, [certificate], NoEncryption())
    for content in (der, bundle, store, sample.openssl_request(name)):
        assert only(content).spki == spki


def test_order_is_kept() -> None:
    """A file of several blocks of any kinds is read from top to bottom."""
    blocks = [
        private(EC_KEY),
        request().public_bytes(Encoding.PEM),
        *(certificate.public_bytes(Encoding.PEM) for certificate in CHAIN),
        RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    ]
    for order in (blocks, blocks[::-1]):
        expected = [only(block).pin for block in order]
        assert [item.pin for item in read_material(b"\ntext\n".join(order))] == expected


def test_bundles_keep_every_certificate() -> None:
    """PKCS#7 and PKCS#12 give each certificate once; PKCS#12 gives its own first and the private key last."""
    pins = [str(Certificate(certificate.public_bytes(Encoding.DER)).pin) for certificate in CHAIN]
    bundle = read_material(pkcs7.serialize_certificates(CHAIN, Encoding.DER))
    assert sorted(str(item.pin) for item in bundle) == sorted(pins)
    store = pkcs12.serialize_key_and_certificates(
        b"name", LEAF.key, LEAF.certificate, CHAIN[1:], BestAvailableEncryption(PASSWORD)
    )
    found = read_material(store, password=PASSWORD)
    assert [item.kind for item in found] == ["certificate"] * 3 + ["private-key"]
    assert [str(item.pin) for item in found] == [*pins, pins[0]]


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
def test_request_proves_possession(encoding: Encoding) -> None:
    """A request has the pin and the names of the later certificate, and proves that its maker holds the key."""
    found = only(request().public_bytes(encoding))
    assert (found.kind, str(found.pin), found.possession_proven) == ("certificate-request", LEAF.pin, True)
    assert (found.subject, found.names, found.remarks) == ("CN=a.test", ("a.test", "*.a.test"), ())
    assert found.certificate is None


def test_request_under_its_old_label() -> None:
    """A request with the label NEW CERTIFICATE REQUEST is read, because some programs still write it."""
    pem = relabel(request().public_bytes(Encoding.PEM), "CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST")
    assert only(pem).possession_proven is True


def test_request_of_a_key_somebody_else_holds() -> None:
    """A request whose signature is wrong is marked as unproven, because its key may belong to anybody."""
    der = request().public_bytes(Encoding.DER)
    own, other = spki_of(LEAF.key), spki_of(EC_KEY)
    found = only(der.replace(own, other))
    assert found.spki == other
    assert found.possession_proven is False
    assert found.remarks == ("its signature is wrong, so it does not prove that its creator has the private key",)


def test_request_of_a_key_nobody_can_check() -> None:
    """A request of an unknown algorithm keeps its pin, and its proof is unknown rather than failed."""
    spki = spki_of(LEAF.key)
    identifier = spki[4 : 4 + 2 + spki[5]]
    der = request().public_bytes(Encoding.DER).replace(identifier, identifier[:-1] + b"\x7f", 1)
    found = only(der)
    assert found.possession_proven is None
    assert found.remarks[0].startswith("its signature could not be checked: ")


PUBLIC_KEYS: dict[str, tuple[Callable[[], bytes], PrivateKey]] = {
    "PEM": (lambda: EC_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), EC_KEY),
    "DER": (lambda: spki_of(EC_KEY), EC_KEY),
    "RSA": (lambda: spki_of(RSA_KEY), RSA_KEY),
    "RSA in PKCS#1, PEM": (lambda: RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.PKCS1), RSA_KEY),
    "RSA in PKCS#1, DER": (lambda: RSA_KEY.public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1), RSA_KEY),
}


@pytest.mark.parametrize("case", PUBLIC_KEYS)
def test_public_key(case: str) -> None:
    """A public key has the pin of its SubjectPublicKeyInfo."""
    build, key = PUBLIC_KEYS[case]
    found = only(build())
    assert (found.kind, found.spki, found.remarks) == ("public-key", spki_of(key), ())


def test_public_key_keeps_its_encoding() -> None:
    """A public key keeps its unusual encoding and gets a remark, because certificates may encode it otherwise."""
    name = "P-256 with a compressed point"
    pem = sample.openssl("x509", "-inform", "der", "-pubkey", "-noout", content=sample.openssl_certificate(name))
    found = only(pem)
    assert found.spki == sample.openssl_spki(sample.openssl_certificate(name))
    assert "not the usual encoding" in found.remarks[0]


def test_public_key_of_an_unknown_algorithm() -> None:
    """A key of an unknown algorithm, which cannot be loaded, is still read as a key, with a remark."""
    spki = sample.der(0x30, sample.der(0x30, sample.der(0x06, b"\x2b\x65\x01")), sample.der(0x03, b"\0x"))
    found = only(spki)
    assert found.spki == spki
    assert found.remarks == ("the key itself could not be checked (1.3.101.1)",)


PRIVATE_KEYS: dict[str, tuple[Callable[[], bytes], PrivateKey]] = {
    "PKCS#8": (lambda: private(EC_KEY), EC_KEY),
    "PKCS#8 in DER": (lambda: private(RSA_KEY, encoding=Encoding.DER), RSA_KEY),
    "RSA in PKCS#1": (lambda: private(RSA_KEY, PrivateFormat.TraditionalOpenSSL), RSA_KEY),
    "RSA in PKCS#1, DER": (lambda: private(RSA_KEY, PrivateFormat.TraditionalOpenSSL, Encoding.DER), RSA_KEY),
    "EC in RFC 5915": (lambda: private(EC_KEY, PrivateFormat.TraditionalOpenSSL), EC_KEY),
    "EC in RFC 5915, DER": (lambda: private(EC_KEY, PrivateFormat.TraditionalOpenSSL, Encoding.DER), EC_KEY),
}
LOCKED_KEYS: dict[str, tuple[Callable[[], bytes], PrivateKey]] = {
    "PKCS#8": (lambda: locked(EC_KEY), EC_KEY),
    "PKCS#8 in DER": (lambda: locked(EC_KEY, encoding=Encoding.DER), EC_KEY),
    "RSA with the headers of old OpenSSL": (lambda: locked(RSA_KEY, PrivateFormat.TraditionalOpenSSL), RSA_KEY),
    "EC with the headers of old OpenSSL": (lambda: locked(EC_KEY, PrivateFormat.TraditionalOpenSSL), EC_KEY),
}


@pytest.mark.parametrize("case", PRIVATE_KEYS)
def test_private_key(case: str) -> None:
    """A private key has the pin of its public half, and an unnecessary password is ignored."""
    build, key = PRIVATE_KEYS[case]
    for password in (None, b"not needed"):
        found = only(build(), password)
        assert (found.kind, found.spki, found.certificate) == ("private-key", spki_of(key), None)


@pytest.mark.parametrize("case", LOCKED_KEYS)
def test_locked_private_key(case: str) -> None:
    """An encrypted private key opens with its password."""
    build, key = LOCKED_KEYS[case]
    found = only(build(), PASSWORD)
    assert (found.kind, found.spki) == ("private-key", spki_of(key))


def test_pkcs12_pairs_a_key_with_its_own_certificate() -> None:
    """A key in PKCS#12 has the pin of its certificate, because clients see the raw encoding there."""
    key, der = (
        sample.openssl_key("RSASSA-PSS with parameters"),
        sample.openssl_certificate("RSASSA-PSS with parameters"),
    )
    pem = sample.openssl("x509", "-inform", "der", content=der)
    store = sample.openssl("pkcs12", "-export", "-passout", "pass:x", content=key + pem)
    certificate, private_key = read_material(store, password=b"x")
    assert certificate.spki == private_key.spki == sample.openssl_spki(der)
