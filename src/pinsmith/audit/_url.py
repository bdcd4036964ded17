"""The host of a URL in code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from pinsmith.audit._value import Known, position_of, unknown

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code
    from pinsmith.audit._value import Value

_URL: Final = re.compile(r"https://([^/?#:@\\]+)(?::\d+)?[/?#]")


def host_of(url: SgNode, code: Code) -> Value:
    """Return the host of a URL, even if the rest of the URL comes from elsewhere."""
    is_whole = all(isinstance(value, Known) for value in code.values(url))
    found = _URL.match(code.prefix(url) + ("/" if is_whole else ""))
    return Known(found[1], position_of(url)) if found is not None else unknown(url)
