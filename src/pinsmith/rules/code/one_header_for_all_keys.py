"""Digests of keys on Apple's systems with one header for keys of every type."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import means_to_pin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

# The first bytes of a SubjectPublicKeyInfo: a sequence, its length, and the sequence of the algorithm.
_HEADER: Final = re.compile(r"\b0x30\s*,\s*0x(?:59|76|2[aA]|81|82)\b")
_TYPES: Final = re.compile(r"kSecAttrKeyType(?:RSA|EC)|kSecAttrKeySizeInBits|SecKeyGetBlockSize|keyType|keySize")


def _inspect(code: Code) -> Iterator[Spot]:
    headers = list(_HEADER.finditer(code.bare))
    is_raw = "SecKeyCopyExternalRepresentation" in code.bare
    if is_raw and len(headers) == 1 and not _TYPES.search(code.bare) and means_to_pin(code):
        yield Spot(
            code.position(headers[0].start()),
            "this header is put before every key, so keys of another type or size never match their pins",
        )


_CODE: Final = """\
let header: [UInt8] = [0x30, 0x59, 0x30, 0x13]

func isPinned(_ key: SecKey) -> Bool {
CHECK    guard let data = SecKeyCopyExternalRepresentation(key, nil) as Data? else { return false }
    return pinnedKeys.contains(Data(SHA256.hash(data: header + data)).base64EncodedString())
}
"""
_CHECK: Final = "    guard isP256(SecKeyCopyAttributes(key)?[kSecAttrKeyType], keySize: 256) else { return false }\n"
RULE = Rule(
    id="one-header-for-all-keys",
    severity=Severity.MEDIUM,
    title="one header for keys of every type",
    effect="The day the server gets a key of another type or size, nobody can connect.",
    fix="choose the header by the type and size of the key, as the output urlsession-swift of `pinsmith export` does",
    example=Example(_CODE.replace("CHECK", ""), _CODE.replace("CHECK", _CHECK), "Pinning.swift"),
    references=("MASWE-0028",),
    inspect=_inspect,
    about_pins=True,
    signs=("SecKeyCopyExternalRepresentation",),
)
