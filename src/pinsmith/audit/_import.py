"""Names that JavaScript imports under another name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.audit._scope import named

if TYPE_CHECKING:
    from pinsmith.audit._code import Code

_ALIASES = frozenset({"import_specifier", "pair_pattern"})  # `import {name as other}` and `const {name: other} = ...`


def local_names(code: Code, name: str) -> set[str]:
    """Return *name*, and the names that the file gives it when it imports it."""
    found = {name}
    for node in code.find_kinds(_ALIASES):
        parts = named(node)
        if len(parts) > 1 and parts[0].text() == name:
            found.add(parts[-1].text())
    return found
