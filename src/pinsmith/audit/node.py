"""
Node: ``checkServerIdentity`` with pins or fingerprints in the same file, whose host stands elsewhere.

Source:
    https://nodejs.org/api/https.html: ``fingerprint256`` is the digest of the certificate and not of its key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._extractor import Extractor
from pinsmith.audit._lone import lone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_CHECK: Final = "checkServerIdentity"
_FINGERPRINT: Final = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31}")


def _find(code: Code) -> Iterator[Pinning]:
    yield from lone(code, _CHECK, _FINGERPRINT)


EXTRACTOR: Final = Extractor(
    id="node",
    title="Node",
    signs=(_CHECK,),
    formats={"tsx": "node-https", "typescript": "node-https"},
    find=_find,
)
