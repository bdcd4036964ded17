"""Texts that are hosts, and maps whose values are not pins although they are spelled so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from ast_grep_py import SgNode

    from pinsmith.audit._code import Code

# Ends of names of files, and of no host: ICANN delegates none of them.
_FILES: Final = (
    "bin|bz2|crt|css|csv|dat|deb|dll|dmg|exe|gif|gz|html?|ico|img|iso|jar|jpe?g|js|json|msi|pdf|pem|pkg|png|rpm|svg"
    "|tar|tgz|toml|ts|ttf|txt|wasm|webp|whl|woff2?|xml|xz|ya?ml|zst"
)
HOST: Final = re.compile(rf"(?:[\w-]+\.)+(?!(?i:{_FILES})\.?\Z)[A-Za-z][\w-]*\.?")
"""A host as people write it in code; the names of files are none."""
_OTHER: Final = re.compile(
    r"(?i:api_?keys?|check_?sums?|credentials?|hmacs?|integrity|nonces?|passwords?|salts?|secrets?|tokens?)(?![a-z])"
)
_MAX_LINE: Final = 200  # characters


def holds_secrets(code: Code, node: SgNode) -> bool:
    """Say whether the words before *node*, in its line, are about keys of an API, secrets or the like."""
    at = node.range().start.index
    begin = max(code.bare.rfind("\n", 0, at) + 1, at - _MAX_LINE)
    return _OTHER.search(code.bare, begin, at) is not None
