"""
.NET: callbacks that check certificates, with pins or fingerprints in the same file whose host stands elsewhere.

Source:
    https://learn.microsoft.com/dotnet/api/system.security.cryptography.x509certificates.publickey: only
    ``ExportSubjectPublicKeyInfo`` gives the bytes that a pin is the digest of. ``GetPublicKey`` leaves the algorithm
    out, and ``GetCertHash`` and ``Thumbprint`` are digests of the certificate.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import host_map
from pinsmith.audit._extractor import Extractor
from pinsmith.audit._lone import NOTHING, lone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

# A digest, or a key of RSA or of an elliptic curve.
_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[: -]?){19,31}[0-9A-Fa-f]{2}|(?:30|04)[0-9A-Fa-f]{128,}")


def _find(code: Code) -> Iterator[Pinning]:
    yield from lone(code, "a callback", _HEX if host_map.other_digests(code) else NOTHING)


EXTRACTOR: Final = Extractor(
    id="dotnet",
    title=".NET",
    signs=("CertificateCustomValidation", "CertificateValidationCallback"),
    formats={"csharp": "dotnet"},
    find=_find,
)
