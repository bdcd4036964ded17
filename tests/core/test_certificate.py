"""Certificates and chains as values, and in the form that people read."""

from __future__ import annotations

import copy
import datetime as dt
import hashlib
import ipaddress
import pickle
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from pinsmith.certificate import Certificate, Chain, UnreadableCertificate, printable
from pinsmith.errors import CertificateError, PinMismatchError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from tests.core import spki_sample as sample
from tests.core.named_chain import chain


def make(**fields: Any) -> Certificate:  # noqa: ANN401 - arguments of spki_sample.certificate
    """Make a certificate with a fresh P-256 key."""
    return Certificate(sample.certificate(ec.generate_private_key(ec.SECP256R1()).public_key(), **fields))


def test_a_certificate_in_words() -> None:
    """A certificate shows the names, dates, key and hash that it was made with, and its dates are in UTC."""
    end = dt.datetime(2031, 5, 6, 7, 8, 9, tzinfo=dt.UTC)
    names = [x509.IPAddress(ipaddress.ip_address("2001:db8::1")), x509.DNSName("b.test"), x509.DNSName("a.test")]
    certificate = make(names=names, not_after=end)
    assert (certificate.subject, certificate.issuer) == ("CN=sample.test", "CN=Sample Root")
    assert certificate.names == ("b.test", "a.test", "2001:db8::1")
    assert certificate.not_after == end
    assert certificate.not_before.tzinfo == dt.UTC
    assert certificate.algorithm == "EC P-256"
    assert certificate.sha256 == hashlib.sha256(certificate.der).hexdigest()
    assert certificate.pin.digest == hashlib.sha256(certificate.spki).digest()
    assert certificate.pem == certificate.x509.public_bytes(Encoding.PEM).decode()
    assert not certificate.is_self_issued
    assert certificate.summary() == f"{certificate.pin}  CN=sample.test"


def test_a_certificate_without_names() -> None:
    """A certificate without subject and alternative names has empty ones, and that is not an error."""
    certificate = make(subject="")
    assert certificate.subject == ""
    assert certificate.names == ()
    assert certificate.summary() == f"{certificate.pin}  (no subject)"


@pytest.mark.parametrize("hostile", ["a\nb", "a\x1b[2Jb", "a\u202eb", "a\u2028b", "a\rb", "a\x7fb"])
def test_names_cannot_forge_lines_or_drive_a_terminal(hostile: str) -> None:
    """Control and direction characters in names are shown as hexadecimal pairs, as RFC 4514 allows."""
    certificate = make(subject=hostile, issuer=hostile)
    for text in (certificate.subject, certificate.issuer, certificate.summary()):
        assert text.isprintable()
        assert "\\" in text
    error = PinMismatchError("a.test", Chain((certificate,)), ())
    assert all(line.isprintable() for line in error.details)


def test_printable_leaves_other_scripts_alone() -> None:
    """Negative control of the test above: letters of any script are readable and are kept."""
    assert printable("CN=Bücher 書 (GmbH)") == "CN=Bücher 書 (GmbH)"
    assert printable("a\nb\ud800") == "a\\0Ab\\ED\\A0\\80"


def test_a_hostile_alternative_name() -> None:
    """An alternative name with a line feed is shown on one line."""
    certificate = make(names=[x509.DNSName("a.test\nb.test")])
    assert certificate.names == ("a.test\\0Ab.test",)


def test_certificates_are_values() -> None:
    """Certificates with equal bytes are equal, hash alike and survive pickling and copying."""
    certificate = make()
    assert certificate.subject  # after this, the certificate holds an object of the library, which cannot be pickled
    for again in (pickle.loads(pickle.dumps(certificate)), copy.deepcopy(certificate), Certificate(certificate.der)):  # noqa: S301
        assert again == certificate
        assert hash(again) == hash(certificate)
        assert (again.pin, again.spki, again.subject) == (certificate.pin, certificate.spki, certificate.subject)
    assert make() != certificate


def test_a_chain_keeps_an_unreadable_certificate_in_its_place() -> None:
    """Bytes that are not a certificate keep their place, are reported as such, and hide no certificate."""
    mixed = chain("site leaf", "junk", "site root")
    leaf, junk, root = mixed
    assert isinstance(leaf, Certificate)
    assert isinstance(junk, UnreadableCertificate)
    assert isinstance(root, Certificate)
    assert junk.reason in mixed.summary()[1]
    assert [mixed.role(depth) for depth in range(len(mixed))] == ["leaf", "intermediate", "root"]
    assert pickle.loads(pickle.dumps(mixed)) == mixed  # noqa: S301 - our own bytes


def test_a_chain_without_readable_leaf_has_none() -> None:
    """If the first certificate cannot be read, the chain has no leaf; the next certificate does not become the leaf."""
    assert chain("junk", "site leaf").leaf is None
    assert Chain(()).leaf is None
    assert chain("site leaf").leaf is not None


def test_roles() -> None:
    """The first certificate is the leaf even if self-signed; of those above it, only a self-issued one is a root."""
    assert Chain.of_der([Identity.self_signed("a.test").der]).role(0) == "leaf"
    whole = chain()
    assert [whole.role(depth) for depth in range(3)] == ["leaf", "intermediate", "root"]
    one, other = Authority.root("One"), Authority.root("Other")
    crossed = one.cross_sign(other)
    assert Chain.of_der([other.issue("a.test").der, crossed.der, one.der]).role(1) == "intermediate"


def test_a_name_that_cannot_be_read_does_not_hide_the_pin() -> None:
    """A certificate with a broken subject still has its pin, and its summary shows the fault."""
    good = make(subject="sample.test").der
    broken = Certificate(good.replace(b"\x0c\x0bsample.test", b"\x0c\x0bsample.\xff\xffst"))
    assert broken.pin == Certificate(good).pin
    with pytest.raises(CertificateError, match="cannot be read"):
        _ = broken.subject
    assert broken.summary() == f"{broken.pin}  (unreadable name)"
    assert Chain((broken, broken)).role(1) == "intermediate"


def test_an_unknown_version_is_one_error_for_every_reader() -> None:
    """A certificate of version 7 has a pin; reading anything else of it raises the documented error."""
    strange = Certificate(make().der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x06", 1))
    for name in ("x509", "subject", "issuer", "names", "not_before", "not_after", "is_self_issued"):
        with pytest.raises(CertificateError, match="cannot be read"):
            getattr(strange, name)
    assert strange.algorithm == "EC P-256"
