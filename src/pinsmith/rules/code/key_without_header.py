"""
Digests of keys without the header that makes a SubjectPublicKeyInfo of them.

Source:
    https://nodejs.org/api/tls.html#certificate-object: ``pubkey`` of an EC key is the point of the curve.
    https://learn.microsoft.com/dotnet/api/system.security.cryptography.x509certificates.x509certificate.getpublickey
    https://developer.apple.com/documentation/security/seckeycopyexternalrepresentation(_:_:): PKCS #1 for RSA, and the
    point of the curve for EC.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_NODE: Final = re.compile(r"\b\w*[cC]ert\w*\s*\.\s*pubkey\b")
# How code gets a key without its header, by language.
_RAW: Final = {
    "csharp": re.compile(r"\.GetPublicKey(?:String)?\("),
    "objc": re.compile(r"\bSecKeyCopyExternalRepresentation\b"),
    "swift": re.compile(r"\bSecKeyCopyExternalRepresentation\b"),
    "tsx": _NODE,
    "typescript": _NODE,
}
_DIGEST: Final = re.compile(r"sha-?256|CC_SHA", re.IGNORECASE)
_HEADER: Final = re.compile(r"\b0x30\s*,|[aA][sS][nN]1|[hH]eader|MFkwEw|MIIBI|SubjectPublicKeyInfo|spkiPrefix")


def _inspect(code: Code) -> Iterator[Spot]:
    pattern, bare = _RAW.get(code.language.id), code.bare
    if pattern is None or not _DIGEST.search(bare) or not means_to_pin(code):
        return
    # In Node, an RSA key has its header, and other keys have none.
    if code.language.id in ("csharp", "objc", "swift") and _HEADER.search(bare):
        return
    for match in pattern.finditer(bare):
        yield Spot(
            code.position(match.start()),
            "this may be a key without its header, so its digest is not the one of pinsmith, openssl and OkHttp",
        )


_CODE: Final = """\
func isPinned(_ key: SecKey) -> Bool {
    guard let data = SecKeyCopyExternalRepresentation(key, nil) as Data? else { return false }
    return pinnedKeys.contains(Data(SHA256.hash(data: DATA)).base64EncodedString())
}
"""
RULE = Rule(
    id="key-without-header",
    severity=Severity.HIGH,
    title="a digest of a key without its header",
    effect="Pins of the public key never match, so the app refuses its own server.",
    fix="put the header of its type and size before it, as the output urlsession-swift of `pinsmith export` does",
    example=Example(_CODE.replace("DATA", "data"), _CODE.replace("DATA", "header(of: key) + data"), "Pinning.swift"),
    references=("MASWE-0028",),
    inspect=_inspect,
    about_pins=True,
    signs=("SecKeyCopyExternalRepresentation", ".pubkey", "GetPublicKey"),
)
