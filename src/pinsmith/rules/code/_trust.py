"""Where code turns the check of the chain or of the host's name off."""

from __future__ import annotations

import itertools
import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from pinsmith.audit import named
from pinsmith.rules.code._function import functions, is_function, name_of, only_value
from pinsmith.rules.code._setting import caller, is_local, last_name, options, settings
from pinsmith.rules.code._switch import NOTHING, OFF, ON, Switch, Unchecked
from pinsmith.rules.code._trust_looks import LOOK_SIGNS, LOOKS
from pinsmith.rules.code._trust_settings import SETTINGS
from pinsmith.rules.code._trust_tables import CALLBACKS, CONSTANTS, METHODS, PATTERNS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code
    from pinsmith.rules.code._setting import Setting

_NAMES: Final = frozenset({"identifier", "simple_identifier", "type_identifier"})
_BLANK: Final = re.compile(r"\s")  # in a value that depends on another one
_SHORT: Final = frozenset({"ssl", "verify"})  # names that most files contain
SIGNS: Final = tuple(
    sorted(
        {
            sign[1:]  # the first letter is another one after ``set``
            for table in (SETTINGS, CALLBACKS, METHODS)
            for switches in table.values()
            for switch in switches
            for sign in switch.names
            if sign not in _SHORT
        }
        | {name for names in CONSTANTS.values() for name in names}
        | {"ostnameVerifier", "SSLSession", "HttpsCertificate", "kCFStreamSSL", "FingerprintAdapter", "Fingerprint("}
        | {"HTTPSCertificate", "credentialForTrust", "assert_fingerprint"}
        | {"requests", "httpx", "niquests", "aiohttp", "Guzzle", "Http::", "Faraday", "HTTParty"}
        | LOOK_SIGNS
    )
)
"""Words; a file without any of them turns no check off."""
_BRANCHES: Final = frozenset(
    {"conditional", "conditional_expression", "elif_clause", "if", "if_expression", "if_modifier", "if_statement"}
    | {"ternary_expression", "unless", "unless_modifier"}
)
# The user of the program or a build for tests asks for it.
_CHOOSES: Final = re.compile(
    r"verif|insecure|unsafe|skip|ignore|allow|self_?signed|no_?check|debug|trust_?all|cert_?none|check_hostname|__DEV__",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)  # three rules ask for the same file
def unchecked(code: Code) -> tuple[Unchecked, ...]:
    """Return the places that turn off the check of the chain or of the host's name."""
    found = {found.at: found for look in (*_LOOKS, *LOOKS) for found in look(code)}
    chosen = [node.range() for node in code.of_kinds(_BRANCHES) if _CHOOSES.search(_condition(node))] if found else []
    spans = [(branch.start.index, branch.end.index) for branch in chosen]
    return tuple(found[at] for at in sorted(found) if not any(begin <= at < end for begin, end in spans))


def _condition(branch: SgNode) -> str:
    parts, kind = named(branch), branch.kind()
    of_python = kind == "conditional_expression" and any(child.text() == "if" for child in branch.children())
    at = -1 if "modifier" in kind else 1 if of_python else 0
    condition = branch.field("condition") or next(iter(parts[at:]), None)
    return condition.text() if condition is not None else ""  # the word ``if`` itself has none


def _by_settings(code: Code) -> Iterator[Unchecked]:
    for switch in SETTINGS.get(code.language.id, ()):
        if not any(name[1:] in code.bare for name in switch.names) or not switch.applies_to(code.bare):
            continue
        find = options if switch.names[0].startswith("CURLOPT") else settings
        for setting in itertools.chain(settings(code, *switch.names), find(code, *switch.names)):
            if _is_off(setting, switch):
                yield Unchecked(setting.at, switch.accepted)


def _is_off(setting: Setting, switch: Switch) -> bool:
    if is_local(setting.node) or caller(setting.node) == "self":  # a class that is a context itself
        return False
    if switch.within is not None and not switch.within.fullmatch(caller(setting.node)):
        return False
    if switch.values is NOTHING:
        return not setting.values
    values = setting.values if switch.values not in (OFF, ON) else setting.values[-1:]
    texts = [value.text() for value in values]
    return any(last_name(text) in switch.values for text in texts if not _BLANK.search(text))


def _by_callbacks(code: Code) -> Iterator[Unchecked]:
    for switch in CALLBACKS.get(code.language.id, ()):
        for setting in settings(code, *switch.names):
            for value in setting.values:
                given = only_value(value) if is_function(value) else None
                if given is not None and switch.allows(given):
                    yield Unchecked(setting.at, switch.accepted)


def _by_methods(code: Code) -> Iterator[Unchecked]:
    for switch in METHODS.get(code.language.id, ()):
        for function in functions(code, *switch.names):
            given = only_value(function) if switch.applies_to(function.text()) else None
            if given is not None and switch.allows(given):
                yield Unchecked((name_of(function) or function).range().start.index, switch.accepted)


def _by_constants(code: Code) -> Iterator[Unchecked]:
    constants = {name: accepted for name, accepted in _constants(code) if name in code.bare}
    for node in code.of_kinds(_NAMES) if constants else ():
        accepted = constants.get(last_name(node.text()))
        if not accepted:
            continue
        at = node.range().start.index
        line = code.bare[code.bare.rfind("\n", 0, at) + 1 : at]  # first, because a name may have many ancestors
        is_import = "import" in line and any("import" in around.kind() for around in node.ancestors())
        defines = (parent := node.parent()) is not None and parent.kind() == "function_definition"
        if not is_import and not defines:
            yield Unchecked(at, accepted)


def _constants(code: Code) -> Iterable[tuple[str, str]]:
    return CONSTANTS.get(code.language.id, {}).items()


def _by_patterns(code: Code) -> Iterator[Unchecked]:
    for pattern, accepted, unless in PATTERNS.get(code.language.id, ()):
        if unless is None or not unless.search(code.bare):
            for match in pattern.finditer(code.bare):
                yield Unchecked(match.start(), accepted)


_LOOKS: Final[tuple[Callable[[Code], Iterator[Unchecked]], ...]] = (
    _by_settings,
    _by_callbacks,
    _by_methods,
    _by_constants,
    _by_patterns,
)
