"""Pins in code that belong to no key, wherever they stand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit import position_of
from pinsmith.errors import KnownBadPinError
from pinsmith.finding import Severity
from pinsmith.pin import parse_spelling, require_credible
from pinsmith.rules._rule import Example, Rule, Spot
from pinsmith.rules.code._intent import VALUE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit import Code

_PIN: Final = re.compile(r"""["'`]((?:sha256/{1,2})?[A-Za-z0-9+/]{43}=)["'`]""")


def _inspect(code: Code) -> Iterator[Spot]:
    for node in code.of_kinds(code.language.texts):
        found = _PIN.fullmatch(node.text().lstrip("@"))
        if found is not None:
            try:
                require_credible(parse_spelling(found[1]).pin)
            except KnownBadPinError as error:
                yield Spot(position_of(node), str(error))


_CODE: Final = """\
import java.util.Set;

class Keys {
    static final Set<String> PINNED = Set.of(TEXT);
}
"""
RULE = Rule(
    id="placeholder-in-code",
    severity=Severity.HIGH,
    title="a pin in code that belongs to no key",
    effect="It never matches. As the only pin it locks all users out, and as the backup it is none.",
    fix="use the pin of a real key, as `pinsmith fetch` and `pinsmith show` print it",
    example=Example(_CODE.replace("TEXT", f'"{"A" * 43}="'), _CODE.replace("TEXT", "read()"), "Keys.java"),
    references=("MASWE-0028",),
    inspect=_inspect,
    signs=('="', "='", "=`"),
    needs=VALUE,
)
