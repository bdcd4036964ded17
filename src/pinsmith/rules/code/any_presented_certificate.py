"""
Pins that are compared with all certificates that the server sent, and not with those of the verified chain.

Source:
    https://pkg.go.dev/crypto/tls#ConnectionState: PeerCertificates are those that the peer sent.
    https://docs.openssl.org/3.5/man3/SSL_get_peer_cert_chain/: the chain is not verified;
    SSL_get0_verified_chain returns the one that is.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._function import functions
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code
    from pinsmith.syntax.position import Position

_NODE: Final = re.compile(r"\.issuerCertificate\b")
_JVM: Final = re.compile(
    r"\bfor\s*\([^;{]*(?:\bsession\.(?:getPeerCertificates\(\)|peerCertificates)|getServerCertificates\(\)|\.serverCertificates)"
    r"\s*\)"
)
# How code reaches all certificates that a server sent, by language.
_SENT: Final = {
    "cpp": re.compile(
        r"\bSSL_get_peer_cert_chain\(|\bpeerCertificateChain\(\)(?!\s*\.\s*(?:first|constFirst|at\(0\)))"
    ),
    "csharp": re.compile(r"\bforeach\s*\([^)]*\.ExtraStore\b"),
    "java": _JVM,
    "kotlin": _JVM,
    "php": re.compile(r"\bcapture_peer_cert_chain\b"),
    "python": re.compile(r"\bget_(?:unverified_chain|peer_cert_chain)\(\)(?!\s*\[0\])"),
    "ruby": re.compile(r"\.peer_cert_chain\b(?!\s*(?:\[0\]|\.first))"),
    "rust": re.compile(
        r"\bfor\s+\w+\s+in\s+&?(?:\w+\.)?intermediates\b|\bintermediates\s*\.\s*iter\(\)\s*\.\s*(?:any|chain)\b"
        r"|\.chain\(\s*&?intermediates\b"
    ),
    "tsx": _NODE,
    "typescript": _NODE,
}
_VERIFIED: Final = re.compile(
    r"get0_verified_chain|get_verified_chain|ChainElements|X509StoreContext|X509TrustManagerExtensions|ChainCleaner"
    r"|\.checkServerTrusted\([^,()]+,[^,()]+,[^()]+\)|CertPathBuilder|\.Verify\(|\bcheckIssued\("
)
_LOOP: Final = re.compile(r"for\s+(?:\w+\s*,\s*)?\w+\s*:=\s*range\s+(?:\w+\.)*(?:rawCerts|PeerCertificates)\b(?!\[)")
_CHAIN: Final = re.compile(r"(\w+)\s*:\s*Array\s*<|X509Certificate\s*(?:\[\s*\]|\.\.\.)\s*(\w+)")
_COMPARES: Final = re.compile(r"[pP]ublicKey|PublicKey|[pP]in|SHA|sha256|[dD]igest")


def _inspect(code: Code) -> Iterator[Spot]:
    if means_to_pin(code) and not _VERIFIED.search(code.bare):
        for place in _places(code):
            yield Spot(place, "the server chooses these certificates, and nobody verified that they belong together")


def _places(code: Code) -> Iterator[Position]:
    pattern = _SENT.get(code.language.id)
    if pattern and (match := pattern.search(code.bare)):
        yield code.position(match.start())
    if code.language.id == "go":
        for loop in code.of_kinds(frozenset({"for_statement"})):
            text = loop.text()
            if _LOOP.match(text) and _COMPARES.search(text) and "AddCert" not in text:
                yield position_of(loop)
    if code.language.id in ("java", "kotlin"):
        for function in functions(code, "checkServerTrusted"):
            begin, text = function.range().start.index, function.text()
            named_so = _CHAIN.search(text)
            chain = (named_so[1] or named_so[2]) if named_so else "chain"
            loop_over = (
                rf"\bfor\s*\([^()]*(?:\bin\b|:)\s*{chain}\s*\)|\b{chain}\s*\.\s*(?:any|none)\b|stream\({chain}\)"
            )
            for match in re.finditer(loop_over, text):
                if _COMPARES.search(text[match.start() :]):
                    yield code.position(begin + match.start())


_CODE: Final = f"""\
package client

var pinned = map[string]bool{{"{pin("api")}": true}}

func verify(rawCerts [][]byte, chains [][]*x509.Certificate) error {{
LOOP
	return errors.New("not pinned")
}}
"""
_SENT_LOOP: Final = """\
	for _, raw := range rawCerts {
		if isPinned(pinned, raw) {
			return nil
		}
	}"""
_VERIFIED_LOOP: Final = """\
	for _, chain := range chains {
		if anyIsPinned(pinned, chain) {
			return nil
		}
	}"""
RULE = Rule(
    id="any-presented-certificate",
    severity=Severity.HIGH,
    title="pins that are compared with certificates that nobody verified",
    effect="An attacker adds the pinned certificate, which is public, to a chain of his own.",
    fix="compare the pins with the keys of the verified chain",
    example=Example(_CODE.replace("LOOP", _SENT_LOOP), _CODE.replace("LOOP", _VERIFIED_LOOP), "client.go"),
    references=("CWE-295", "MASWE-0028"),
    inspect=_inspect,
    about_pins=True,
    signs=(
        "checkServerTrusted",
        "rawCerts",
        "peer_cert_chain",
        "ExtraStore",
        "unverified_chain",
        "intermediates",
        "issuerCertificate",
        "peerCertificate",
        "PeerCertificates",
        "erverCertificates",
    ),
    voids=True,
)
