"""Pins that are compared when the request has been sent."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

# How code gets the certificate of a response, by language.
_JVM: Final = re.compile(
    r"(?:\bresponse|\.proceed\([^)]{0,200}\))\s*[?!]*\.\s*handshake(?:\(\))?\s*[?!]*\.\s*peerCertificates"
)
_NODE: Final = re.compile(r"\b(?:res|resp|response)\s*\.\s*(?:socket|connection)\s*\.\s*getPeer(?:X509)?Certificate")
# A name marks the place, where the pattern begins before it.
_LATE: Final = {
    "cpp": re.compile(r"\bCURLINFO_CERTINFO\b|\breply\s*->\s*sslConfiguration\(\)\s*\.\s*peerCertificate"),
    "csharp": re.compile(r"\.\s*ServicePoint\s*\.\s*Certificate\b"),
    "dart": re.compile(r"\b(?:response|resp|res)\s*\.\s*certificate\b"),
    "go": re.compile(r"\b(?:resp|response|res|r)\.TLS\.(?:PeerCertificates|VerifiedChains)\b"),
    "java": _JVM,
    "kotlin": _JVM,
    "php": re.compile(r"\bCURLINFO_CERTINFO\b"),
    "python": re.compile(
        r"\braw\s*\.\s*(?:_connection|connection|_original_response|_fp)\b|extensions\[.network_stream.\]"
    ),
    "ruby": re.compile(r"\.(?:request|get|post)\b(?:(?!\bdef\b)[^\0]){0,600}?(?P<at>\.peer_cert\b)"),
    "rust": re.compile(r"\bget::<(?:\w+::)*TlsInfo>\(\)"),
    "tsx": _NODE,
    "typescript": _NODE,
}

# Qt emits this signal after the handshake and before it sends the request.
_EARLY: Final = re.compile(r"QNetworkReply::encrypted|&QNetworkAccessManager::encrypted")


def _inspect(code: Code) -> Iterator[Spot]:
    pattern = _LATE.get(code.language.id)
    if pattern is not None and means_to_pin(code) and not _EARLY.search(code.bare):
        for match in pattern.finditer(code.bare):
            yield Spot(
                code.position(match.start("at" if "at" in pattern.groupindex else 0)),
                "the certificate is that of an answer, so the request was sent before",
            )


_PINS: Final = """\
export async function get(url) {
    const pinned = new Set(await knownPins());
"""
_BAD: Final = f"""\
{_PINS}\
    const response = await request(url);
    if (!pinned.has(digest(response.socket.getPeerX509Certificate()))) throw new Error("not pinned");
    return response;
}}
"""
_GOOD: Final = f"""\
{_PINS}\
    return request(url, {{ agent: pinnedAgent(pinned) }});
}}
"""
RULE = Rule(
    id="pins-checked-after-request",
    severity=Severity.HIGH,
    title="pins that are compared after the request was sent",
    effect="An attacker gets the whole request, with its password or token, before the client refuses him.",
    fix="compare the pins during the handshake, as the code of `pinsmith export` does",
    example=Example(_BAD, _GOOD, "client.js"),
    references=("CWE-295", "MASWE-0028"),
    inspect=_inspect,
    about_pins=True,
    signs=(
        "peerCertificates",
        "getPeer",
        ".certificate",
        ".TLS.",
        "CERTINFO",
        ".raw",
        "ServicePoint",
        "sslConfiguration",
        "network_stream",
        "peer_cert",
        "TlsInfo",
    ),
    voids=True,
)
