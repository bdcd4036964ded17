"""
Kotlin and Java: hosts and pins in a file with a trust manager, or that reads the certificates of a connection.

Source:
    https://docs.oracle.com/en/java/javase/21/docs/api/java.base/javax/net/ssl/X509ExtendedTrustManager.html;
    https://docs.oracle.com/en/java/javase/21/docs/api/java.base/java/security/Key.html#getEncoded(): that of a public
    key is its SubjectPublicKeyInfo.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import _table, okhttp
from pinsmith.audit._entries import entries
from pinsmith.audit._extractor import Extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_PIN: Final = re.compile(r"[A-Za-z0-9+/]{43}=|[0-9A-Fa-f]{64}|(?:[0-9A-Fa-f]{2}:){31}")
_LIBRARIES: Final = ("CertificatePinner", "SpkiPinningClientTlsStrategy")  # which compare pins themselves
_OF_KEY: Final = re.compile(r"[pP]ublicKey|[sS][pP][kK][iI]")
_OF_CERTIFICATE: Final = re.compile(r"\.getEncoded\(\)|\.encoded\b")


def _find(code: Code) -> Iterator[Pinning]:
    if any(library in code.text for library in _LIBRARIES):
        return
    hashes = _OF_CERTIFICATE.search(code.bare) is not None and not _OF_KEY.search(code.bare)
    rows = ((entry.key, entry.value) for entry in entries(code))
    found = list(_table.pinned(code, rows, of_certificates=hashes))
    yield from found
    yield from _table.alone(code, found, "the file", of_certificates=hashes)


EXTRACTOR: Final = Extractor(
    id="trust-manager",
    title="a trust manager",
    signs=(
        "checkServerTrusted",
        "getPeerCertificates",
        "peerCertificates",
        "getServerCertificates",
        "HostnameVerifier",
    ),
    needs=_PIN,
    formats={"java": "jsse-java", "kotlin": "okhttp-kotlin"},
    variants=(
        *(("CertificatePinner", language, f"okhttp-{language}") for language in ("java", "kotlin")),
        *okhttp.VARIANTS,
    ),
    find=_find,
)
