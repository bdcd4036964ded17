"""
Settings that code takes from services that change apps from afar, and whether it checks a signature of them.

A check is a call, not a word. It counts if it stands around the call that asks, in the same function, or in a function
that has to do with it: one uses the other or what it stored, or a third one uses both.
"""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from pinsmith.audit import called, labelled
from pinsmith.rules.code._function import FUNCTIONS, name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_REMOTE: Final = re.compile(
    r"[rR]emote_?[cC]onfig|[fF]eature_?[fF]lags?|LaunchDarkly|LDClient|[uU]nleash|[cC]onfig_?[cC]at|[sS]tatsig|[oO]ptimizely"
)
"""What code calls services that change settings of apps."""
SIGNS: Final = (
    *(f"{first}{last}" for first in ("emote", "emote_") for last in ("Config", "config")),
    *(f"{first}{last}" for first in ("eature", "eature_") for last in ("Flag", "flag")),
    *(f"{first}{last}" for first in ("onfig", "onfig_") for last in ("Cat", "cat")),
    *("LaunchDarkly", "LDClient", "nleash", "tatsig", "ptimizely"),
)
"""Words of which each match of `_REMOTE` contains one."""
_OBJECT: Final = re.compile(
    r"[\[(!\s]*(?:(?:this|self|await|try)\b[.\s?!]*|->)*\$?(?P<name>\w+)(?:[?!]*\.|->|::|\(\)|\[|\s)"
)
_SIGNATURE: Final = re.compile(
    r"[sS]ignature|SIGNATURE|(?<![uUnN])[sS]igned(?![A-Z_]?[iI]n|[A-Z_]?[uU])|\b[sS]ig\b|_sign_|[eE]d25519|ECDSA|[eE]cdsa"
    r"|J[wW][sStT]|jw[st]|\bTUF\b"
)
_CHECKS: Final = re.compile(r"verif|valid|check|require|ensure|authentic", re.IGNORECASE)
# Other checks have such names, too.
_OTHERS: Final = re.compile(r"host|peer|cert|ssl|tls|mode|callback|server|mail|user|password|verifier", re.IGNORECASE)
_WRAPS: Final = re.compile(r"[vV]erif(?!ier)|[sS]ignature|(?<![uUnN])[sS]igned")
_STORED: Final = re.compile(r"(?P<name>\w+)\s*(?::[^=\n]+?)?\s*:?=\s*[^=\n]*\Z")
_DECLARED: Final = re.compile(r"(?P<name>\w+)\s*(?::[^=\n{]+?)?\s*(?:=|\{|\bget\b|\bby\b)")
_CONTAINERS: Final = frozenset(
    {"body_statement", "class_body", "declaration_list", "enum_class_body", "interface_body"}
)
_MOST: Final = 50  # settings, and checks, in a file that a person wrote
_BEFORE, _AFTER = 300, 200  # characters around a call in which a signature is named


class _Unit(NamedTuple):
    """A function, or a statement outside of all functions: its place, its names, and its text."""

    begin: int
    names: frozenset[str]
    text: str

    def uses(self, other: _Unit) -> bool:
        return any(re.search(rf"\b{re.escape(name)}\b", self.text) for name in other.names)


def asked(code: Code, wanted: re.Pattern[str]) -> Iterator[SgNode]:
    """Yield the calls that get a *wanted* setting, in quotes, from the network, and check no signature of it."""
    if not _REMOTE.search(code.bare):
        return
    left = _MOST
    for call in code.of_kinds(code.language.calls):
        name, arguments = called(call, code.language)
        is_wanted = name and any(wanted.fullmatch(value.text()) for value in labelled(arguments).values())
        left -= bool(is_wanted)
        if left < 0:
            break
        if is_wanted and _is_remote(call, code) and not _is_checked(call, code):
            yield call


def _is_remote(call: SgNode, code: Code) -> bool:
    """Say whether a call asks such a service, by its own words, by those of its object, or by its function's."""
    if _REMOTE.search(call.text()):
        return True
    receiver = _OBJECT.match(call.text())
    if receiver is None:
        return _REMOTE.search(_unit(call, code).text) is not None
    lines = (line for line in code.bare.split("\n") if _REMOTE.search(line))
    return any(re.search(rf"\b{receiver['name']}\b", line) for line in lines)


def _is_checked(call: SgNode, code: Code) -> bool:
    if _WRAPS.search(call.text().partition("(")[0]):
        return True
    inside = itertools.takewhile(lambda node: node.kind() not in FUNCTIONS, call.ancestors())
    names = (called(around, code.language)[0] for around in inside if around.kind() in code.language.calls)
    if any(map(_WRAPS.search, names)):
        return True
    here = _unit(call, code)
    checks, functions = _units(code)
    return any(
        check.begin == here.begin
        or check.uses(here)
        or here.uses(check)
        or any(function.uses(check) and function.uses(here) for function in functions)
        for check in checks
    )


@lru_cache(maxsize=1)
def _units(code: Code) -> tuple[list[_Unit], list[_Unit]]:
    """Return the functions and statements that check a signature, and all functions: the first ones of many."""
    checks = (_unit(check, code) for check in code.of_kinds(code.language.calls) if _is_check(check, code))
    found = {check.begin: check for check in itertools.islice(checks, _MOST)}
    functions = itertools.islice(code.of_kinds(FUNCTIONS), 10 * _MOST) if found else ()
    return [*found.values()], [_unit(function, code) for function in functions]


def _is_check(call: SgNode, code: Code) -> bool:
    name, at = called(call, code.language)[0], call.range()
    if not _CHECKS.search(name) or _OTHERS.search(name):
        return False
    begin, end = at.start.index, at.end.index
    return _SIGNATURE.search(code.bare[max(0, begin - _BEFORE) : min(end, begin + _AFTER)]) is not None


def _unit(node: SgNode, code: Code) -> _Unit:
    """Return the function around a node, or the statement around it that is in no function."""
    around = [node, *node.ancestors()]
    function = next((one for one in around if one.kind() in FUNCTIONS), None)
    outside = itertools.takewhile(lambda one: one.kind() not in _CONTAINERS and one.parent() is not None, around)
    unit = function or [node, *outside][-1]
    name, at = name_of(unit) if function else None, node.range().start.index
    stored = _STORED.search(code.bare[code.bare.rfind("\n", 0, at) + 1 : at])
    declared = None if function else _DECLARED.search(unit.text())
    names = {name.text() if name else "", *(found["name"] for found in (stored, declared) if found)}
    return _Unit(unit.range().start.index, frozenset(names - {""}), unit.text())
