"""Swift, Objective-C and Dart: pins without a host, in a file that checks the certificates of servers itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import alamofire, host_map
from pinsmith.audit._extractor import Extractor
from pinsmith.audit._lone import NOTHING, lone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_PIN: Final = re.compile(r"[A-Za-z0-9+/]{43}=")
_LIBRARIES: Final = ("TSKPinnedDomains", "allowedSHAFingerprints")  # which compare pins themselves
_LANGUAGES: Final = ("dart", "objc", "swift")


def _find(code: Code) -> Iterator[Pinning]:
    given = next(host_map.mapped(code), None) or any(pinning.pins for pinning in alamofire.EXTRACTOR.find(code))
    if not given and not any(library in code.text for library in _LIBRARIES):
        yield from lone(code, "the file", NOTHING)


EXTRACTOR: Final = Extractor(
    id="own-check",
    title="a check of the app",
    signs=("SecTrust", "serverTrust", "badCertificateCallback", "validateCertificate", "X509Certificate"),
    needs=_PIN,
    formats={language: host_map.EXTRACTOR.formats[language] for language in _LANGUAGES},
    variants=tuple(variant for variant in host_map.EXTRACTOR.variants if variant[1] in _LANGUAGES),
    find=_find,
)
