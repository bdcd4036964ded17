"""The host of a URL in code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._call import called, receiver_of
from pinsmith.audit._scope import named
from pinsmith.audit._value import Known, position_of, unknown

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_URL: Final = re.compile(r"https://([^/?#:@\\]+)(?::\d+)?[/?#]")
_MAX_PARTS: Final = 60


def host_of(url: SgNode, code: Code) -> Value:
    """Return the host of a URL, even if the rest of the URL comes from elsewhere."""
    is_whole = all(isinstance(value, Known) for value in code.values(url))
    found = _URL.match(_prefix(url, code) + ("/" if is_whole else ""))
    return Known(found[1], position_of(url)) if found is not None else unknown(url)


def _prefix(node: SgNode, code: Code) -> str:
    """Return the text that an expression begins with, as far as it is known."""
    known, parts = "", [node]
    for _ in range(_MAX_PARTS):
        part = parts.pop(0) if parts else None
        if part is None:
            break
        values = [Known(part.text(), position_of(part))] if part.kind() in code.language.raw else code.values(part)
        if len(values) == 1 and isinstance(values[0], Known):
            known += values[0].text
            continue
        part = code.resolve(part)
        if part.kind() in code.language.calls and called(part, code.language)[0] in code.language.keepers:
            parts = receiver_of(part, code.language) + parts
        elif part.kind() in code.language.texts | code.language.sums:
            parts = [inner for inner in named(part) if not inner.kind().endswith(("_start", "_end"))] + parts
        else:
            break
    return known
