"""Show the faults of snippets that no lab can run, with the tools that they name and the parsers of pinsmith."""

from __future__ import annotations

import base64
import hashlib
import shutil
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pinsmith import decide
from pinsmith.certificate import Certificate, Chain
from pinsmith.errors import FormatError, KnownBadPinError
from pinsmith.formats import android_nsc, outsystems, policy_of
from pinsmith.lab.pki.lab_pki import LabPKI
from pinsmith.pin import parse_spelling, require_credible
from pinsmith.verdict import NotPinned
from tests.prove.subject import Tool

OPENSSL = Tool("OpenSSL", "openssl", "openssl", r"(?<=^OpenSSL )[\w.]+", ("version",))
_NOTHING = base64.b64encode(hashlib.sha256(b"").digest()).decode()


def rsa_command_on_an_ec_key() -> str:
    """Run the pipeline of openssl commands with a certificate that has an EC key, as most have today."""
    pki = LabPKI.of_kind("ec-p256")
    with tempfile.TemporaryDirectory() as name:
        file = Path(name) / "leaf.pem"
        file.write_text(pki.genuine().pem, encoding="ascii")
        pipeline = (
            f"openssl x509 -in {file} -pubkey -noout | openssl rsa -pubin -outform der"
            " | openssl dgst -sha256 -binary | openssl enc -base64"
        )
        shell = shutil.which("sh")
        assert shell is not None
        OPENSSL.find()
        done = subprocess.run([shell, "-c", pipeline], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert done.stdout.strip() == _NOTHING
    try:
        require_credible(parse_spelling(_NOTHING).pin)
    except KnownBadPinError as error:
        return (
            f"For an EC key it ends with exit code 0 and prints `{_NOTHING}`, the hash of nothing, which is the same "
            f"for every host. pinsmith refuses this pin: {error}."
        )
    raise AssertionError("pinsmith accepted the hash of nothing as a pin")


def raw_key_is_not_what_is_pinned() -> str:
    """Hash the bytes that Apple's SecKeyCopyExternalRepresentation returns for every kind of key that it supports."""
    curves: tuple[ec.EllipticCurve, ...] = (ec.SECP256R1(), ec.SECP384R1(), ec.SECP521R1())
    ellipses: list[ec.EllipticCurvePublicKey] = [ec.generate_private_key(curve).public_key() for curve in curves]
    modulus = rsa.generate_private_key(65537, 2048).public_key()
    raw = [key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint) for key in ellipses]
    raw.append(modulus.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    keys: tuple[ec.EllipticCurvePublicKey | rsa.RSAPublicKey, ...] = (*ellipses, modulus)
    spki = [key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo) for key in keys]
    same = [
        one
        for one, other in zip(raw, spki, strict=True)
        if hashlib.sha256(one).digest() == hashlib.sha256(other).digest()
    ]
    assert not same
    assert all(other.endswith(one) for one, other in zip(raw, spki, strict=True))
    return (
        "Not run, because Apple's frameworks are not available here. That function returns an X9.63 point or PKCS #1, "
        "which is the SubjectPublicKeyInfo without its beginning. So the hashes differ for RSA 2048, P-256, P-384 and "
        "P-521 keys. With correct pins, the app refuses its own server."
    )


def certificate_is_not_what_is_pinned() -> str:
    """Hash a whole certificate, and look for the hash among pins."""
    pki = LabPKI.of_kind("ec-p256")
    first, renewed = pki.genuine(), pki.genuine(*pki.names)
    assert first.pin == renewed.pin == pki.pin
    digests = {base64.b64encode(hashlib.sha256(identity.der).digest()).decode() for identity in (first, renewed)}
    assert len(digests) == 2
    assert pki.pin.removeprefix("sha256/") not in digests
    return (
        "Not run here. The hash of a certificate is not a pin of its key, and changes "
        "with every renewal. `badCertificateCallback` is called only for certificates that the platform refuses. So a "
        "rogue with a trusted certificate does not cause a call, and the pins are not compared."
    )


def pins_that_have_ended() -> str:
    """Read a configuration whose expiry day has passed, and decide about a rogue."""
    pki = LabPKI.of_kind("ec-p256")
    content = (
        '<network-security-config><domain-config><domain includeSubdomains="true">api.example.com</domain>'
        f'<pin-set expiration="2025-12-31"><pin digest="SHA-256">{pki.pin.removeprefix("sha256/")}</pin>'
        "</pin-set></domain-config></network-security-config>"
    ).encode()
    assert android_nsc.FORMAT.read is not None
    policy, _ = policy_of(android_nsc.FORMAT.read(content, "network_security_config.xml"), file="x")
    rogue = Chain((Certificate(pki.impostor().der),))
    verdict = decide(policy, "api.example.com", rogue, now=datetime(2026, 1, 1, tzinfo=UTC))
    assert isinstance(verdict, NotPinned)
    return (
        "From 2025-12-31 on, Android enforces none of its pins, without a warning. With the same file, pinsmith "
        f"decides about a rogue on the next day: not pinned, {verdict.reason}. `pinsmith check` warns before such a "
        "day."
    )


def file_that_android_cannot_read() -> str:
    """Read the pieces as the guide prints them: without a root, a domain-config and a host."""
    content = (
        b'<?xml version="1.0" encoding="utf-8"?>\n<domain includeSubdomains="true"></domain>\n'
        b'<pin digest="SHA-256">C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=</pin>\n'
    )
    return f"Android stops the app at its start. pinsmith refuses the file: `{_refusal(android_nsc, content)}`."


def list_that_the_plugin_does_not_take() -> str:
    """Read the array of the guide with any text as the second hash, as the guide advises."""
    hosts = '"host": "www.example.com", "hashes": ["sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M=", "dummy"]'
    refusal = _refusal(outsystems, f"[{{{hosts}}}]".encode())
    return f"A text that is not a hash crashes the app on Android. pinsmith refuses the file: `{refusal}`."


def placeholders() -> str:
    """Parse the pins that the snippet prints."""
    refused = []
    for letter in "AB":
        try:
            require_credible(parse_spelling(f"sha256/{letter * 43}=").pin)
        except (KnownBadPinError, ValueError) as error:
            refused.append(str(error))
    assert len(refused) == 2
    return f"The code is correct for one host. The pins are placeholders, which pinsmith refuses: {refused[0]}."


def _refusal(module: object, content: bytes) -> str:
    of = module.FORMAT  # type: ignore[attr-defined]
    try:
        policy_of(of.read(content, "file"), file="file")
    except FormatError as error:
        return str(error).replace("`", "'")
    raise AssertionError(f"{of.id} accepted the file")
