"""
Qt and OpenSSL in C++: files that check the certificates of servers, with pins whose host stands elsewhere.

Source:
    https://doc.qt.io/qt-6/qsslcertificate.html: ``digest`` is that of the certificate, and not of ``publicKey``.
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

_HEX: Final = re.compile(r"(?:[0-9A-Fa-f]{2}[: -]?){19,31}[0-9A-Fa-f]{2}")


def _find(code: Code) -> Iterator[Pinning]:
    yield from lone(code, "the file", _HEX if host_map.other_digests(code) else NOTHING)


EXTRACTOR: Final = Extractor(
    id="cpp-tls",
    title="TLS in C++",
    signs=("QSsl", "peerCertificate", "peer_certificate"),
    formats={"cpp": "qt-cpp"},
    find=_find,
)
