"""
Alamofire: ``ServerTrustManager(evaluators: [host: evaluator])``.

Its own evaluators compare certificates and keys from the bundle of the app, and never digests, so their hosts are
notes. An evaluator of the app may be given pins.

Source:
    https://github.com/Alamofire/Alamofire/blob/master/Source/Features/ServerTrustEvaluation.swift
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import _table
from pinsmith.audit._call import called, labelled
from pinsmith.audit._extractor import Extractor, Pinning, Remark
from pinsmith.audit._scope import named
from pinsmith.audit._value import position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Pair, Value

_MANAGER: Final = "ServerTrustManager"
_PINNED: Final = {
    "PinnedCertificatesTrustEvaluator": "certificates",
    "PublicKeysTrustEvaluator": "keys of certificates",
}
_MADE: Final = "SecCertificateCreateWithData("
_MANY: Final = re.compile(r"\b(?:for|forEach|while|map|compactMap|flatMap)\b")
_CHECKS: Final = ("performDefaultValidation", "validateHost")


def _find(code: Code) -> Iterator[Pinning]:
    for call in code.find_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        evaluators = labelled(arguments).get("evaluators") if name == _MANAGER else None
        for pair in (code.pairs(evaluators) or ()) if evaluators is not None else ():
            remarks = tuple(_remarks(code, pair))
            if remarks:
                yield Pinning(pair.keys, (), position_of(pair.value), remarks=remarks)
            elif pins := _given(code, pair):
                yield Pinning(pair.keys, pins, pair.at)


def _given(code: Code, pair: Pair) -> tuple[Value, ...]:
    """Return the pins that an evaluator of the app is given."""
    _, arguments = called(code.resolve(pair.value), code.language)
    values = [code.values(argument) for argument in labelled(arguments).values()]
    return tuple(value for found in values if _table.are_pins(found) for value in found)


def _remarks(code: Code, pair: Pair) -> Iterator[Remark]:
    node = code.resolve(pair.value)
    at = position_of(pair.value)
    name, arguments = called(node, code.language)
    if name in _PINNED:
        text = f"{pair.name} is pinned by {_PINNED[name]} in the bundle of the app, which this file does not give"
        yield Remark("pins-elsewhere", text, at)
        labels = labelled(arguments)
        given = labels.get("certificates") or labels.get("keys")
        if given is not None and _is_one(code, given):
            text = f"{pair.name} is pinned by one certificate: clients are locked out when its key changes"
            yield Remark("single-certificate", text, position_of(given))
        for check in _CHECKS:
            if code.flag(labels.get(check)) is False and check in labels:
                yield Remark("chain-unchecked", f"{check} is false for {pair.name}", at)
    elif name == "DisabledTrustEvaluator":
        text = f"{name} accepts every certificate of {pair.name}"
        yield Remark("chain-unchecked", text, at)


def _is_one(code: Code, given: SgNode) -> bool:
    """Say whether a list of certificates surely has one member."""
    node = code.resolve(given)
    if node.kind() in code.language.lists:
        return len(named(node)) == 1
    text = node.text()
    return text.count(_MADE) == 1 and _MANY.search(text) is None


EXTRACTOR: Final = Extractor(
    id="alamofire",
    title="Alamofire",
    signs=(_MANAGER,),
    formats={"swift": "alamofire-swift"},
    find=_find,
)
