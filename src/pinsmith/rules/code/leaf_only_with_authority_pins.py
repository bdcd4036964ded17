"""Pins of authorities in code that compares them with the key of the server alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.authorities import find
from pinsmith.errors import PinsmithError
from pinsmith.finding import Severity
from pinsmith.pin import Pin
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code
    from pinsmith.authorities import Authority

_PIN: Final = re.compile(r"""["'@](?:sha256//?)?([A-Za-z0-9+/]{43}=)["']""")
_APPLE: Final = re.compile(
    r"SecTrustGetCertificateAtIndex\(\s*\w+!?\s*,\s*0\s*\)|SecTrustCopy(?:Public)?Key\(|SecTrustCopyCertificateChain\([^)]*\)"
    r"[^\n]*\.first\b"
)
_JVM: Final = re.compile(r"\b(?:chain|certs|certificates|peerCertificates)\s*(?:\[0\]|\.first\(\)|\.get\(0\))")
_NODE: Final = re.compile(r"\b\w*[cC]ert\w*\s*\.\s*(?:pubkey|raw|fingerprint256|publicKey)\b")
# How code gets the certificate of the server, by language.
_LEAF: Final = {
    "cpp": re.compile(r"\bSSL_get1?0?_peer_certificate\(|\bpeerCertificate\(\)"),
    "csharp": re.compile(r"\b[cC]ert\w*!?\.(?:PublicKey\b|GetPublicKey|GetCertHash|RawData\b)"),
    "dart": re.compile(r"\bcert(?:ificate)?!?\.der\b"),
    "go": re.compile(r"\b(?:PeerCertificates|rawCerts)\[0\]"),
    "java": _JVM,
    "kotlin": _JVM,
    "objc": _APPLE,
    "php": re.compile(r"\bpeer_certificate\b"),
    "python": re.compile(r"\bgetpeercert\((?:binary_form\s*=\s*)?True\)"),
    "ruby": re.compile(r"\.peer_cert\b(?!_chain)"),
    "rust": re.compile(r"\bend_entity\b"),
    "swift": _APPLE,
    "tsx": _NODE,
    "typescript": _NODE,
}
# Code with one of these may look at other certificates too.
_OTHERS: Final = re.compile(
    r"issuerCertificate|\bfor\b|\bforeach\b|\brange\b|\bwhile\b|[vV]erified_?[cC]hain|ChainElements|peer_cert_chain"
    r"|intermediates\b(?!\s*:)|SecTrustGetCertificateCount|\.(?:any|all|map|some|every|stream|forEach|each|find)\b"
    r"|CertificatePinner"
)


def _inspect(code: Code) -> Iterator[Spot]:
    pattern = _LEAF.get(code.language.id)
    found = _PIN.findall(code.bare) if pattern else []
    authorities = [authority for authority in map(_authority, found) if authority is not None]
    if pattern is None or not found or len(authorities) < len(found) or _OTHERS.search(code.bare):
        return
    match = pattern.search(code.bare)
    if match is not None:
        yield Spot(
            code.position(match.start()),
            f"only the key of the server is compared, but the pins are of authorities, such as {authorities[0].name}",
        )


def _authority(text: str) -> Authority | None:
    try:
        return find(Pin.parse(f"sha256/{text}"))
    except PinsmithError:  # such as a placeholder, which readers report
        return None


_CODE: Final = """\
private val pinned = setOf(PINS)

/** Called by the trust manager, after the verification of the chain. */
fun requirePinned(chain: Array<X509Certificate>) {
    if (digestOf(chain[0].publicKey) !in pinned) throw CertificateException("not pinned")
}
"""
_ISRG: Final = '"sha256/C5+lpZ7tcVwmwQIMcRtPbsQtWLABXhQzejna0wHFr8M="'  # ISRG Root X1
RULE = Rule(
    id="leaf-only-with-authority-pins",
    severity=Severity.HIGH,
    title="pins of authorities where code compares only the leaf",
    effect="No server has such a key, so the app refuses its own server.",
    fix="pin the key of the server and a standby key, or compare all keys of the verified chain",
    example=Example(
        _CODE.replace("PINS", _ISRG), _CODE.replace("PINS", f'"{pin("api")}", "{pin("standby")}"'), "Pins.kt"
    ),
    references=("MASWE-0028",),
    inspect=_inspect,
    signs=('="', "='"),
    needs=VALUE,
)
