"""
Go: digests that ``VerifyConnection`` or ``VerifyPeerCertificate`` compares.

Source:
    https://pkg.go.dev/crypto/tls#Config: ``ServerName`` is the host that crypto/tls verifies. ``InsecureSkipVerify``
    turns off the checks of the chain and of the host name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._compared import Digests, are_pins, compared
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._value import position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_CHECKS: Final = ("VerifyConnection", "VerifyPeerCertificate")
SIGNS: Final = (*_CHECKS, "PeerCertificates", "VerifiedChains")
"""The words of code that compares."""
_OF_KEY: Final = frozenset({"MarshalPKIXPublicKey", "RawSubjectPublicKeyInfo"})
_HASHES: Final = frozenset({"Sum256", "Write"})
_WHOLE: Final = re.compile(r".*\.Raw|\w*[rR]aw(?:Certs?)?(?:\[\w+\])?", re.DOTALL)
_MAX_ARGUMENT: Final = 200  # characters
GRPC: Final = ("google.golang.org/grpc", "go", "grpc-go")


def _find(code: Code) -> Iterator[Pinning]:
    words = {node.text() for node in code.find_kinds(frozenset({"field_identifier", "identifier"}))}
    if words.isdisjoint(SIGNS):
        return  # they stand in a comment or in a text
    digests = Digests(not words.isdisjoint(_OF_KEY), any(map(_is_whole, _hashed(code))))
    found = list(compared(code, digests, list(_configured(code, digests))))
    yield from found
    if found:
        yield from _unchecked(code)


def _configured(code: Code, digests: Digests) -> Iterator[Pinning]:
    """Yield the configurations that name a host and compare pins in a function of their own."""
    for node in code.maps():
        held = {pair.name: pair.value for pair in code.pairs(node) or ()}
        checks = [code.resolve(held[name]) for name in _CHECKS if name in held]
        pins = [value for check in checks if check.kind() == "func_literal" for value in _used(code, check, digests)]
        if "ServerName" in held and pins:
            host = held["ServerName"]
            yield Pinning(tuple(code.values(host)), tuple(pins), position_of(host))


def _used(code: Code, function: SgNode, digests: Digests) -> Iterator[Value]:
    """Yield the pins that a function names."""
    seen = set()
    for kind in (*sorted(code.language.texts), "identifier"):
        for node in function.find_all(kind=kind):
            values = code.values(node)
            if are_pins(values, digests):
                yield from (value for value in values if value not in seen)
                seen.update(values)


def _hashed(code: Code) -> Iterator[SgNode]:
    """Yield what the file hashes."""
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name in _HASHES:
            yield from arguments[:1]


def _is_whole(argument: SgNode) -> bool:
    """Say whether an expression is a whole certificate."""
    span = argument.range()
    is_short = span.end.index - span.start.index < _MAX_ARGUMENT
    return is_short and _WHOLE.fullmatch(argument.text()) is not None


def _unchecked(code: Code) -> Iterator[Pinning]:
    for node in code.maps():
        for pair in code.pairs(node) or ():
            if pair.name == "InsecureSkipVerify" and code.flag(pair.value) is True:
                text = "InsecureSkipVerify turns off the checks of the chain and of the host name"
                yield Pinning((), (), pair.at, remarks=(Remark("chain-unchecked", text, pair.at),))


EXTRACTOR: Final = Extractor(
    id="go-tls",
    title="Go",
    signs=SIGNS,
    formats={"go": "go"},
    variants=(GRPC,),
    find=_find,
)
