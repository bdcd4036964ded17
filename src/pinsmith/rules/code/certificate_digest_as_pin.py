"""Digests of whole certificates that are compared with pins."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_NODE: Final = re.compile(r"\.fingerprint256\b|\.update\(\s*\w+\.raw\s*\)")
_JVM: Final = re.compile(
    r"digest\(\s*\w*[cC]ert\w*(?:\[\w+\])?\s*\.\s*(?:getEncoded\(\)|encoded)|update\(\s*\w*[cC]ert\w*(?:\[\w+\])?\s*\.\s*"
    r"(?:getEncoded\(\)|encoded)"
)
# How code makes a digest of a certificate, by language.
_WHOLE: Final = {
    "cpp": re.compile(r"\bX509_digest\(|\.digest\(\s*QCryptographicHash::Sha256\s*\)"),
    "csharp": re.compile(r"\.GetCertHash(?:String)?\(|\.Thumbprint\b"),
    "dart": re.compile(r"sha256\s*\.convert\(\s*\w*[cC]ert\w*!?\.der\b|sha256\s*\.convert\(\s*(?:cert)?[dD]er\b"),
    "go": re.compile(r"sha256\.Sum256\(\s*\w+(?:\[\w+\])?\.Raw\s*\)"),
    "java": _JVM,
    "kotlin": _JVM,
    "objc": re.compile(r"\bSecCertificateCopyData\b"),
    "php": re.compile(r"\bpeer_fingerprint\b|\bopenssl_x509_fingerprint\("),
    "python": re.compile(
        r"sha256\(\s*(?:\w+\.)*getpeercert\((?:binary_form\s*=\s*)?True\)|sha256\(\s*\w*(?:cert|der)\w*\s*\)"
        r"|(?<![.\w])assert_fingerprint=(?!=|None\b|(?:\w+\.)*assert_fingerprint\b)"
        r"""|["']assert_fingerprint["']\s*:"""
        r"|\baiohttp\.Fingerprint\(|\.fingerprint\(\s*(?:hashes\.)?SHA256"
    ),
    "ruby": re.compile(r"hexdigest\(\s*\w*cert\w*\.to_der\s*\)|digest\(\s*\w*cert\w*\.to_der\s*\)"),
    "rust": re.compile(
        r"Sha256::digest\(\s*&?\w*(?:end_entity|cert\w*)(?:\.as_ref\(\)|\.to_vec\(\))?\s*\)"
        r"|\bdigest\(\s*&\w*SHA256\s*,\s*&?\w*(?:end_entity|cert\w*)(?:\.as_ref\(\))?\s*\)"
    ),
    "swift": re.compile(r"\bSecCertificateCopyData\b|(?<!class )\bPinnedCertificatesTrustEvaluator\("),
    "tsx": _NODE,
    "typescript": _NODE,
}
# Code that also reads the key, or the fields of a certificate, needs the certificate for that.
_APPLE: Final = re.compile(r"Sec(?:Certificate|Trust)CopyKey|subjectPublicKeyInfo|spki|\b0xA0\b", re.IGNORECASE)
_KEY: Final = {"objc": _APPLE, "swift": _APPLE}


def _inspect(code: Code) -> Iterator[Spot]:
    pattern, key = _WHOLE.get(code.language.id), _KEY.get(code.language.id)
    if pattern is None or not means_to_pin(code):
        return
    reads_key = key is not None and key.search(code.bare) is not None
    for match in pattern.finditer(code.bare):
        if not reads_key or "Evaluator" in match[0]:
            yield Spot(
                code.position(match.start()),
                "this compares the whole certificate and not its key, so every renewal locks the users out",
            )


_CODE: Final = """\
const pinned = new Set(knownPins);
const check = (host, cert) =>
    tls.checkServerIdentity(host, cert) ?? (pinned.has(DIGEST) ? undefined : new Error("not pinned"));
"""
RULE = Rule(
    id="certificate-digest-as-pin",
    severity=Severity.MEDIUM,
    title="digests of certificates instead of keys",
    effect="A renewal changes the certificate even if the key stays, and then no client can connect.",
    fix="compare the SHA-256 of the SubjectPublicKeyInfo, as the code of `pinsmith export` does",
    example=Example(
        _CODE.replace("DIGEST", "cert.fingerprint256"), _CODE.replace("DIGEST", "digest(publicKeyOf(cert))"), "check.js"
    ),
    references=("MASWE-0028",),
    inspect=_inspect,
    about_pins=True,
    signs=(
        "fingerprint",
        "Fingerprint",
        ".raw",
        "encoded",
        "Encoded",
        "CertHash",
        "Thumbprint",
        ".der",
        "der",
        ".Raw",
        "SecCertificateCopyData",
        "PinnedCertificatesTrustEvaluator",
        "getpeercert",
        "X509_digest",
        "Sha256",
        "SHA256",
    ),
)
