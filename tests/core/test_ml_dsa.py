"""Keys of ML-DSA, which cryptography knows since version 47, have the pin of their SubjectPublicKeyInfo too."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from pinsmith.certificate import Certificate
from pinsmith.material import read_material
from tests.core import spki_sample as sample

Private = mldsa.MLDSA44PrivateKey | mldsa.MLDSA65PrivateKey | mldsa.MLDSA87PrivateKey
KEYS: dict[str, tuple[type[Private], str]] = {
    "ML-DSA-44": (mldsa.MLDSA44PrivateKey, "2.16.840.1.101.3.4.3.17"),
    "ML-DSA-65": (mldsa.MLDSA65PrivateKey, "2.16.840.1.101.3.4.3.18"),
    "ML-DSA-87": (mldsa.MLDSA87PrivateKey, "2.16.840.1.101.3.4.3.19"),
}


@pytest.mark.parametrize("name", KEYS)
def test_slice_of_a_certificate(name: str) -> None:
    """The slice is the SubjectPublicKeyInfo of the certificate, and the algorithm has its name."""
    kind, oid = KEYS[name]
    public = kind.generate().public_key()
    arcs = [int(arc) for arc in oid.split(".")]
    identifier = bytes([arcs[0] * 40 + arcs[1], 0x86, 0x48, *arcs[3:]])
    assert arcs[2] == 840  # which the two bytes above spell
    expected = sample.der(
        0x30,
        sample.der(0x30, sample.der(0x06, identifier)),
        sample.der(0x03, b"\0", public.public_bytes_raw()),
    )
    certificate = Certificate(sample.certificate(public))
    assert certificate.spki == expected
    assert certificate.algorithm == name


@pytest.mark.parametrize("name", KEYS)
def test_keys_in_files(name: str) -> None:
    """Both halves of a key, as files, have the pin of the public half."""
    key = KEYS[name][0].generate()
    spki = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    for content, kind in ((spki, "public-key"), (private, "private-key")):
        (found,) = read_material(content)
        assert (found.kind, found.spki, found.remarks) == (kind, spki, ())
