"""
Python: digests that a file compares with the certificate of a connection.

Source:
    https://docs.python.org/3/library/ssl.html#ssl.SSLSocket.getpeercert: in binary form it is the whole certificate.
    https://cryptography.io/en/latest/x509/reference/: ``Certificate.fingerprint`` hashes the whole certificate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._compared import Digests, compared
from pinsmith.audit._extractor import Extractor

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._extractor import Pinning

_OF_KEY: Final = frozenset({"SubjectPublicKeyInfo", "dump_publickey"})
SIGNS: Final = (
    *sorted(_OF_KEY),
    "get_peer_certificate",
    "get_unverified_chain",
    "get_verified_chain",
    "getpeercert",
    "x509",
)
"""The words of code that compares."""
_HASHES: Final = frozenset({"sha256", "update"})
_WHOLE: Final = frozenset({"PEM_cert_to_DER_cert", "dump_certificate", "getpeercert"})
QT: Final = ("PySide6", "python", "qt-pyside")
GRPC: Final = ("import grpc\n", "python", "grpc-python")


def _find(code: Code) -> Iterator[Pinning]:
    words = {node.text() for node in code.find_kinds(frozenset({"identifier"}))}
    if not words.isdisjoint(SIGNS):  # otherwise they stand in a comment or in a text
        yield from compared(code, Digests(not words.isdisjoint(_OF_KEY), _hashes_certificates(code)))


def _hashes_certificates(code: Code) -> bool:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name == "fingerprint":
            return True
        if name in _HASHES and arguments:
            hashed = code.resolve(arguments[0])
            if hashed.kind() in code.language.calls and called(hashed, code.language)[0] in _WHOLE:
                return True
    return False


EXTRACTOR: Final = Extractor(
    id="python-ssl",
    title="Python",
    signs=SIGNS,
    formats={"python": "python-standalone"},
    variants=(QT, GRPC),
    find=_find,
)
