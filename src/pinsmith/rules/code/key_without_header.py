"""
Digests of keys on Apple's systems without the header that makes a SubjectPublicKeyInfo of them.

Source:
    https://developer.apple.com/documentation/security/seckeycopyexternalrepresentation(_:_:): PKCS #1 for RSA, and the
    point of the curve for EC.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._trust import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_RAW: Final = re.compile(r"\bSecKeyCopyExternalRepresentation\b")
_DIGEST: Final = re.compile(r"SHA256|sha256|CC_SHA")
_HEADER: Final = re.compile(
    r"\b0x30\s*,|[aA][sS][nN]1|[hH]eader|MF[kk]wEw|MIIBI|SubjectPublicKeyInfo|spki(?:Prefix|Header)"
)


def _inspect(code: Code) -> Iterator[Spot]:
    bare = code.bare
    if not _DIGEST.search(bare) or _HEADER.search(bare) or not means_to_pin(code):
        return
    for match in _RAW.finditer(bare):
        yield Spot(
            code.position(match.start()),
            "this is the key without its header, so its digest is not the one of pinsmith, openssl and OkHttp",
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
    signs=("SecKeyCopyExternalRepresentation",),
)
