"""
An error that ``checkServerIdentity`` of Node throws instead of returning it.

Source:
    https://nodejs.org/api/tls.html#tlscheckserveridentityhostname-cert: it returns the error. Node does not catch one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.finding import Severity
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._function import functions, is_function
from pinsmith.rules.code._setting import settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_CHECK: Final = "checkServerIdentity"
_THROW: Final = frozenset({"throw_statement"})


def _inspect(code: Code) -> Iterator[Spot]:
    if code.language.id not in ("tsx", "typescript"):
        return
    checks = [setting.values[-1] for setting in settings(code, _CHECK) if is_function(setting.values[-1])]
    for check in (*checks, *functions(code, _CHECK)):
        span = check.range()
        for thrown in code.of_kinds(_THROW):
            at = thrown.range()
            if span.start.index <= at.start.index and at.end.index <= span.end.index:
                yield Spot(position_of(thrown), "nobody catches this error, so it ends the whole process")


_CODE: Final = """\
const options = {
    checkServerIdentity: (host, cert) => {
        const problem = tls.checkServerIdentity(host, cert);
        if (problem) return problem;
        if (!isPinned(host, cert)) ANSWER new Error("not pinned");
    },
};
"""
RULE = Rule(
    id="thrown-in-check",
    severity=Severity.MEDIUM,
    title="an error that is thrown instead of returned",
    effect="An attacker, or a renewed certificate, ends the program that makes the request.",
    fix="return the error",
    example=Example(_CODE.replace("ANSWER", "throw"), _CODE.replace("ANSWER", "return"), "check.js"),
    references=("CWE-248",),
    inspect=_inspect,
    signs=(_CHECK,),
)
