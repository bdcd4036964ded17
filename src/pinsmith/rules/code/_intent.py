"""Whether code means to pin."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.audit import Code

_MEANS: Final = re.compile(
    r"[pP]inn(?:ed|er|ing)|PINN(?:ED|ER|ING)|\bpins\b|(?:^|[^a-z])[sS](?:pki|PKI)|sha256/|PUBKEY_HASH|[fF]ingerprint"
    r"""|["'][A-Za-z0-9+/]{43}=["']|pinnedpubkey"""
)


@lru_cache(maxsize=1)  # many rules ask for the same file
def means_to_pin(code: Code) -> bool:
    """Say whether a file speaks of pins outside its comments."""
    return speaks_of_pins(code.bare)


def speaks_of_pins(text: str) -> bool:
    """Say whether a text contains names or values of pins."""
    return _MEANS.search(text) is not None
