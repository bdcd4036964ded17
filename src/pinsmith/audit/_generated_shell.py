"""The entries in the shell code that pinsmith generated."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from pinsmith.audit._extractor import Pinning
from pinsmith.audit._value import Known, position_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.audit._code import Code

_HOST: Final = re.compile(r"^'([^']+)'(?: \| \*\.'([^']+)')?\)", re.MULTILINE)
_PIN: Final = re.compile(r'^\s*pins="\$pins;(sha256//[^"]+)"$', re.MULTILINE)
_EXPIRES: Final = re.compile(r'^\s*if \[ "\$\(date \+%s\)" -ge (\d+) \]; then pins=; fi$', re.MULTILINE)
_EXEMPT: Final = re.compile(r"^\s*# exempt$", re.MULTILINE)


def entries(code: Code) -> Iterator[Pinning]:
    """Yield the cases of the function that the template contains."""
    for node in code.find_kinds(frozenset({"case_item"})):
        span = node.range()
        text, at = code.text[span.start.index : span.end.index], position_of(node)  # with comments
        host, until = _HOST.match(text), _EXPIRES.search(text)
        pins = tuple(Known(pin, at) for pin in _PIN.findall(text))
        is_exempt = not pins and _EXEMPT.search(text) is not None
        if host and (pins or is_exempt):
            yield Pinning(
                (Known(host[1], at),),
                pins,
                at,
                include_subdomains=host[2] == host[1],
                expires=datetime.fromtimestamp(int(until[1]), UTC).date() if until else None,
                exempt=is_exempt,
            )
