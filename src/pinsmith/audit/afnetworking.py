"""
AFNetworking: ``[AFSecurityPolicy policyWithPinningMode:AFSSLPinningModePublicKey]``.

It compares the certificates in the bundle of the app, or their keys, and never digests; for all hosts of a manager.

Source:
    https://github.com/AFNetworking/AFNetworking/blob/master/AFNetworking/AFSecurityPolicy.m
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._scope import named
from pinsmith.audit._value import position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code

_MODES: Final = {"AFSSLPinningModeCertificate": "certificates", "AFSSLPinningModePublicKey": "keys of certificates"}
_CHECKS: Final = {"allowInvalidCertificates": True, "validatesDomainName": False}
_WORDS: Final = {True: "YES", False: "NO"}


def _find(code: Code) -> Iterator[Pinning]:
    pinned = False
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        mode = arguments[0].text() if arguments else ""
        if name.startswith("policyWithPinningMode") and mode in _MODES:
            pinned = True
            text = f"hosts are pinned by {_MODES[mode]} in the bundle of the app, which this file does not give"
            yield _remark("pins-elsewhere", text, call)
    for name, value, at in _settings(code) if pinned else ():
        if name in _CHECKS and code.flag(value) is _CHECKS[name]:
            text = f"{name} is {_WORDS[_CHECKS[name]]}, so AFNetworking does not check all of the certificate"
            yield _remark("chain-unchecked", text, at)


def _settings(code: Code) -> Iterator[tuple[str, SgNode, SgNode]]:
    """Yield the members that are set, by a sign or by a message."""
    for node in code.find_kinds(code.language.declarations):
        yield named(node)[0].text(), named(node)[-1], node
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        if name.startswith("set") and len(arguments) == 1:
            yield name[3:4].lower() + name[4:], arguments[0], call


def _remark(rule: str, text: str, at: SgNode) -> Pinning:
    return Pinning((), (), position_of(at), remarks=(Remark(rule, text, position_of(at)),))


EXTRACTOR: Final = Extractor(
    id="afnetworking",
    title="AFNetworking",
    signs=("AFSecurityPolicy",),
    formats={"objc": "urlsession-swift"},
    find=_find,
)
