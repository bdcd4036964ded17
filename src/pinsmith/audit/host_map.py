"""
Maps of hosts and pins, ``{host: [pin, ...]}``, in files that check the certificates of servers themselves.

A list of texts is one of pins if each text that the file gives is spelled as a pin, and its key is a host.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._value import Known

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

NODE: Final = (("axios", "axios"), ("undici", "node-undici"), ("@grpc/grpc-js", "grpc-node"))
"""The libraries for Node, besides its own."""
_HOST: Final = re.compile(r"(?:[\w-]+\.)+[A-Za-z][\w-]*\.?")
_PIN: Final = re.compile(r"(?:sha256/+)?[A-Za-z0-9+/]{43}=")
_OF_CERTIFICATE: Final = {
    "swift": re.compile(r"\bSecCertificateCopyData\b"),
    "dart": re.compile(r"sha256\s*\.convert\(\s*\w+!?\.der\b"),
    "tsx": re.compile(r"\bfingerprint256\b"),
    "typescript": re.compile(r"\bfingerprint256\b"),
}
_OF_KEY: Final = re.compile(
    r"SecKeyCopyExternalRepresentation|SecCertificateCopyKey|\bpublicKey\b|\bpubkey\b|[sS][pP][kK][iI]"
)


def _find(code: Code) -> Iterator[Pinning]:
    hashes = _OF_CERTIFICATE[code.language.id].search(code.text) is not None and not _OF_KEY.search(code.text)
    for node in code.maps():
        for pair in code.pairs(node) or ():
            pins = tuple(code.values(pair.value))
            if any(map(_is_host, pair.keys)) and _are_pins(pins):
                at = pair.at
                if hashes:
                    text = (
                        "the file compares digests of certificates, and a policy holds those of keys; they are left out"
                    )
                    yield Pinning(pair.keys, (), at, remarks=(Remark("pins-not-kept", text, at),))
                else:
                    yield Pinning(pair.keys, pins, at)


def _is_host(value: Value) -> bool:
    return isinstance(value, Known) and _HOST.fullmatch(value.text) is not None


def _are_pins(values: tuple[Value, ...]) -> bool:
    known = [value.text for value in values if isinstance(value, Known)]
    return bool(known) and all(_PIN.fullmatch(text) for text in known)


EXTRACTOR: Final = Extractor(
    id="host-map",
    title="a map of hosts",
    signs=("SecTrust", "serverTrust", "checkServerIdentity", "X509Certificate", "badCertificateCallback"),
    formats={"dart": "dart-io", "swift": "urlsession-swift", "tsx": "node-https", "typescript": "node-https"},
    variants=(
        *((f'from "{library}"', language, target) for library, target in NODE for language in ("tsx", "typescript")),
        ("import Alamofire", "swift", "alamofire-swift"),
        ("import TrustKit", "swift", "trustkit-swift"),
    ),
    find=_find,
)
