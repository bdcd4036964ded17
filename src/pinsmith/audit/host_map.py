"""
Maps of hosts and pins, ``{host: [pin, ...]}``, in files that check the certificates of servers themselves.

A list of texts is one of pins if each text that the file gives is spelled as a pin, and its key is a host. In an object
or a call with names, the host stands beside it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called, labelled
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._hosts import HOST, holds_secrets
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value
    from pinsmith.syntax.position import Position

NODE: Final = (("axios", "axios"), ("undici", "node-undici"), ("@grpc/grpc-js", "grpc-node"))
"""The libraries for Node, besides its own."""
_PIN: Final = re.compile(r"(?:sha256/+)?[A-Za-z0-9+/]{43}=")
_OF_CERTIFICATE: Final = {
    "cpp": re.compile(r"\bX509_digest\b|\bi2d_X509\b|\.digest\("),
    "csharp": re.compile(r"\bGetCertHash(?:String)?\b|\b(?:Thumbprint|RawData|GetRawCertData)\b"),
    "objc": re.compile(r"\bSecCertificateCopyData\b"),
    "swift": re.compile(r"\bSecCertificateCopyData\b"),
    "dart": re.compile(r"sha256\s*\.convert\(\s*\w+!?\.der\b"),
    "tsx": re.compile(r"\bfingerprint256\b"),
    "typescript": re.compile(r"\bfingerprint256\b"),
}
_OF_KEY: Final = re.compile(
    r"SecKeyCopyExternalRepresentation|SecCertificateCopyKey|\bpublicKey\b|\bpubkey\b|[sS][pP][kK][iI]"
    r"|SubjectPublicKeyInfo|_PUBKEY\b|\bAsnReader\b"
)
_OF_RAW_KEY: Final = re.compile(r"\b(?:GetPublicKey(?:String)?|EncodedKeyValue)\b")  # of .NET
_SUBSCRIPTS: Final = frozenset({"element_access_expression", "subscript_expression"})
_ADDS: Final = frozenset({"Add", "TryAdd", "emplace", "insert", "insert_or_assign", "try_emplace"})


def _find(code: Code) -> Iterator[Pinning]:
    text = other_digests(code)
    for hosts, pins, at in mapped(code):
        remarks = (Remark("pins-not-kept", f"{text}; they are left out", at),) if text else ()
        yield Pinning(hosts, () if text else pins, at, remarks=remarks)


def mapped(code: Code) -> Iterator[tuple[tuple[Value, ...], tuple[Value, ...], Position]]:
    """Yield the hosts, the pins and the place of each entry of a map."""
    for keys, value, at in _entries(code):
        if any(map(_is_host, keys)) and _are_pins(pins := tuple(code.values(value))):
            yield keys, pins, at
    for record in _records(code):
        values = [(node, tuple(code.values(node))) for node in record]
        hosts = [(node, found) for node, found in values if len(found) == 1 and _is_host(found[0])]
        pins_of = [found for _, found in values if _are_pins(found)]
        if len(hosts) == len(pins_of) == 1:
            yield hosts[0][1], pins_of[0], position_of(hosts[0][0])


def _records(code: Code) -> Iterator[list[SgNode]]:
    """Yield the values of each object, and the labelled arguments of each call."""
    for node in code.maps():
        yield [pair.value for pair in code.pairs(node) or () if pair.name.isidentifier()]
    for call in code.find_kinds(code.language.calls | code.language.creations):
        found = labelled(called(call, code.language)[1])
        yield [value for name, value in found.items() if not name.isdecimal()]


def other_digests(code: Code) -> str | None:
    """Say of what a file compares digests, if not of keys as a policy holds them."""
    if _OF_KEY.search(code.text):
        return None
    if _OF_CERTIFICATE[code.language.id].search(code.text):
        return "the file compares digests of certificates, and a policy holds those of keys"
    if code.language.id == "csharp" and _OF_RAW_KEY.search(code.text):
        return "the file compares keys without their algorithm, and a policy holds digests of both"
    return None


def _entries(code: Code) -> Iterator[tuple[tuple[Value, ...], SgNode, Position]]:
    """Yield the keys and the value of each entry of a map, and of each entry that code adds to a map."""
    for node in code.maps():
        for pair in () if holds_secrets(code, node) else code.pairs(node) or ():
            yield pair.keys, pair.value, pair.at
    if not code.language.tuples:
        return
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name in _ADDS and len(arguments) == 1:  # a pair
            arguments = called(arguments[0], code.language)[1]
        if name in _ADDS and len(arguments) == 2:  # noqa: PLR2004 - a key and a value
            yield tuple(code.values(arguments[0])), arguments[1], position_of(arguments[0])
    for assignment in code.find_kinds(code.language.assignments):
        target, value = named(assignment)[0], named(assignment)[-1]
        if target.kind() in _SUBSCRIPTS:
            key = named(named(target)[-1])
            if len(key) == 1:
                yield tuple(code.values(key[0])), value, position_of(key[0])


def _is_host(value: Value) -> bool:
    return isinstance(value, Known) and HOST.fullmatch(value.text) is not None


def _are_pins(values: tuple[Value, ...]) -> bool:
    known = [value.text for value in values if isinstance(value, Known)]
    return bool(known) and all(_PIN.fullmatch(text) for text in known)


EXTRACTOR: Final = Extractor(
    id="host-map",
    title="a map of hosts",
    signs=(
        "SecTrust",
        "serverTrust",
        "checkServerIdentity",
        "X509",
        "badCertificateCallback",
        "CertificateCustomValidation",
        "CertificateValidationCallback",
        "QSsl",
        "peerCertificate",
        "peer_certificate",
    ),
    formats={
        "cpp": "qt-cpp",
        "csharp": "dotnet",
        "dart": "dart-io",
        "objc": "urlsession-swift",
        "swift": "urlsession-swift",
        "tsx": "node-https",
        "typescript": "node-https",
    },
    variants=(
        *((f'from "{library}"', language, target) for library, target in NODE for language in ("tsx", "typescript")),
        ("import Alamofire", "swift", "alamofire-swift"),
        ("import TrustKit", "swift", "trustkit-swift"),
    ),
    find=_find,
)
