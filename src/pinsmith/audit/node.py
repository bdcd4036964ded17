"""
Node: ``checkServerIdentity`` with pins or fingerprints in the same file, whose host stands elsewhere.

Source:
    https://nodejs.org/api/https.html: ``fingerprint256`` is the digest of the certificate and not of its key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import host_map
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._value import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.syntax.position import Position

_CHECK: Final = "checkServerIdentity"
_PIN: Final = re.compile(r"(?:sha256/+)?[A-Za-z0-9+/]{43}=")
_FINGERPRINT: Final = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}")


def _find(code: Code) -> Iterator[Pinning]:
    lone, certificates = [], []
    mapped = {value.at for pinning in host_map.EXTRACTOR.find(code) for value in pinning.pins}
    for node in code.find_kinds(code.language.texts):
        for value in code.values(node):
            if isinstance(value, Known) and _FINGERPRINT.fullmatch(value.text):
                certificates.append(value.at)
            elif isinstance(value, Known) and _PIN.fullmatch(value.text) and value.at not in mapped:
                lone.append(value.at)
    if certificates:
        yield _remark(
            "pins-not-kept",
            "the fingerprint belongs to a certificate, and a policy holds pins of keys; it is left out",
            certificates,
        )
    if lone:
        yield _remark(
            "value-elsewhere",
            f"{_CHECK} compares pins here, but this file does not give their host; they are left out",
            lone,
        )


def _remark(rule: str, message: str, places: list[Position]) -> Pinning:
    return Pinning((), (), places[0], remarks=(Remark(rule, message, places[0]),))


EXTRACTOR: Final = Extractor(
    id="node",
    title="Node",
    signs=(_CHECK,),
    formats={"tsx": "node-https", "typescript": "node-https"},
    find=_find,
)
