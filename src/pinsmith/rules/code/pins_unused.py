"""Pins in a constant that no code reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._example import pin
from pinsmith.rules._rule import Example, Rule, Spot

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_PIN: Final = re.compile(r"""["'`]sha256/{1,2}[A-Za-z0-9+/]{43}=["'`]""")
_DECLARATORS: Final = frozenset({"variable_declarator"})
_CONSTANTS: Final = frozenset({"array", "object", "string", "template_string"})


def _inspect(code: Code) -> Iterator[Spot]:
    if code.language.id not in ("tsx", "typescript"):
        return
    for node in code.of_kinds(_DECLARATORS):
        name, value, statement = node.field("name"), node.field("value"), node.parent()
        above = statement.parent() if statement is not None else None
        # An export stands between the statement and the file.
        if name is None or value is None or above is None or above.kind() != "program":
            continue
        # A call is not a constant: it reads the pins itself.
        if value.kind() not in _CONSTANTS or not _PIN.search(value.text()):
            continue
        if len(re.findall(rf"(?<![\w$]){re.escape(name.text())}(?![\w$])", code.bare)) == 1:
            yield Spot(position_of(name), f"no code reads {name.text()}, and it is not exported, so it pins nothing")


_CODE: Final = f"""\
const PINS = {{ "api.example.com": ["{pin("live")}", "{pin("spare")}"] }};

USE
"""
RULE = Rule(
    id="pins-unused",
    severity=Severity.MEDIUM,
    title="pins that no code reads",
    effect="The file looks as if the app pinned, and every connection is made without pins.",
    fix="give the pins to a library that pins, as the code of `pinsmith export` does, or remove them",
    example=Example(
        _CODE.replace("USE", 'fetch("https://api.example.com/");'),
        _CODE.replace("USE", "export { PINS };"),
        "api.ts",
    ),
    references=("MASWE-0028", "MASTG-TEST-0242"),
    inspect=_inspect,
    signs=("sha256/",),
)
