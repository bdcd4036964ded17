"""Private keys are recognised in every encoding, and what is public is kept."""

from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from pinsmith.lab.pki.authority import Authority
from pinsmith.mcp.secret import REMOVED, private_keys, without_secrets

KEYS: dict[str, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey] = {
    "RSA 2048": rsa.generate_private_key(65537, 2048),
    "EC P-256": ec.generate_private_key(ec.SECP256R1()),
    "EC P-384": ec.generate_private_key(ec.SECP384R1()),
    "EC P-521": ec.generate_private_key(ec.SECP521R1()),
    "Ed25519": ed25519.Ed25519PrivateKey.generate(),
}
FORMATS = {"PKCS#8": PrivateFormat.PKCS8, "traditional": PrivateFormat.TraditionalOpenSSL}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("form", FORMATS)
def test_a_private_key_is_removed(kind: str, form: str) -> None:
    """A key in PEM, in base64 or in hexadecimal digits is removed, also if the end of it is missing."""
    if (kind, form) == ("Ed25519", "traditional"):
        return  # there is no such format
    pem = KEYS[kind].private_bytes(Encoding.PEM, FORMATS[form], NoEncryption()).decode()
    der = KEYS[kind].private_bytes(Encoding.DER, FORMATS[form], NoEncryption())
    text = base64.b64encode(der).decode()
    for written in (pem.strip(), repr(pem.strip())[1:-1], text, text[:60], der.hex(), der.hex().upper()):
        assert without_secrets(f"'{written}' is not a pin") == f"'{REMOVED}' is not a pin"
    assert without_secrets(f"'{pem[:100]}' is not a pin") == f"'{REMOVED}"


def test_a_part_of_a_known_key_is_removed() -> None:
    """Lines from the middle of a key are removed if the file that was read contains the whole key."""
    pem = KEYS["RSA 2048"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    known = private_keys(b"\xef\xbb\xbfkey: |\n  " + pem.replace(b"\n", b"\n  "))
    line = pem.decode().splitlines()[5]
    assert without_secrets(f"{line[10:30]!r} is not a pin", known) == f"'{REMOVED}' is not a pin"
    assert without_secrets(f"{line[10:30]!r} is not a pin") == f"{line[10:30]!r} is not a pin"


def test_an_encrypted_key_is_removed_too() -> None:
    """A password may be weak, so an encrypted key in PEM is removed like any other."""
    pem = KEYS["EC P-256"].private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
    assert without_secrets(pem.strip()) == REMOVED


def test_what_is_public_is_kept() -> None:
    """Certificates, requests, public keys and pins stay as they are, beside a known key."""
    root = Authority.root(key="rsa-2048")
    identity = root.issue("api.example.com")
    known = private_keys(identity.private_pem())
    spki = base64.b64encode(identity.csr().public_bytes(Encoding.DER)).decode()
    text = f"{root.pem}{identity.pem}{spki} {identity.pin} the certificate of api.example.com is not recognised"
    assert without_secrets(text) == text
    assert without_secrets(f"{identity.pin} is the only authority-certificate", known) == (
        f"{identity.pin} is the only authority-certificate"
    )
