"""A switch in the code that turns pinning off."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import named, position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._setting import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ast_grep_py import SgNode

    from pinsmith.audit import Code

_ON: Final = re.compile(
    r"(?:(?:\w*_)?[pP]inning|\w*[a-z]Pinning|\w*(?<!S)PINNING)(?:_?(?:[iI][sS]_?)?(?:enabled|active|on|enforced|Enabled|Active|On"
    r"|Enforced|ENABLED|ACTIVE|ON|ENFORCED))?"
)
_WORD: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")
_BYPASSES: Final = frozenset(
    {"bypass", "bypassed", "disable", "disabled", "ignore", "off", "skip", "skipped", "without"}
)
_PINS: Final = frozenset({"pin", "pinned", "pins"})
_TLS: Final = frozenset({"cert", "certificate", "certs", "key", "keys", "spki", "ssl", "tls"})
_FALSE: Final = ("false", "False", "NO")
_TRUE: Final = ("true", "True", "YES")
_DEBUG: Final = re.compile(r"\bDEBUG\b|kDebugMode|__DEV__|[dD]ebug")
# Statements of languages that declare names in their own way.
_STATEMENTS: Final = {
    "go": frozenset({"assignment_statement", "const_spec", "short_var_declaration", "var_spec"}),
    "python": frozenset({"assignment"}),
}
_NEAR: Final = 120  # characters before, in which a condition for debug builds stands


def _inspect(code: Code) -> Iterator[Spot]:
    language = code.language
    others = _STATEMENTS.get(language.id, frozenset())
    for node in code.of_kinds(language.declarations | language.assignments | others):
        parts = named(node)
        is_declared = node.kind() in language.declarations
        name = _name(next((part for part in parts if not is_declared or part.kind() in language.targets), node))
        value = parts[-1].text() if parts else ""
        is_bypass = _is_bypass(name)
        is_off = value in (_TRUE if is_bypass else _FALSE) and (is_bypass or _ON.fullmatch(name))
        begin = node.range().start.index
        if is_off and not _DEBUG.search(code.bare[max(0, begin - _NEAR) : begin]):
            yield Spot(position_of(node), f"{name} is {value}, so pinning is off in every build")


def _is_bypass(name: str) -> bool:
    """Say whether a name says that there is no pinning. Maps and notes have pins too."""
    words = {word.lower() for word in _WORD.findall(name)}
    is_about = "pinning" in words or "sslpinning" in words or bool(words & _PINS and words & _TLS)
    return is_about and bool(words & _BYPASSES)


def _name(node: SgNode) -> str:
    """Return the last name of what is declared or assigned, without its type."""
    return last_name(re.split(r"\s*:\s", node.text())[0])


_CODE: Final = """\
const val PINNING_ENABLED = VALUE
val client = if (PINNING_ENABLED) pinned(plain) else plain
"""
RULE = Rule(
    id="pinning-switched-off",
    severity=Severity.HIGH,
    title="pinning that a constant turns off",
    effect="The app looks as if it pinned, and accepts every certificate that the system trusts.",
    fix="remove the switch; builds for tests can have their own configuration",
    example=Example(_CODE.replace("VALUE", "false"), _CODE.replace("VALUE", "true"), "Client.kt"),
    references=("MASWE-0028",),
    inspect=_inspect,
    signs=("pinning", "Pin", "PIN"),
    voids=True,
)
