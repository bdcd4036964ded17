"""Whether code means to pin."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pinsmith.audit import Code

# Words are searched much faster than patterns, and most files have none. Patterns that all begin with letters are
# searched faster than others.
_WORDS: Final = ("inne", "inni", "INN", "pins", "pki", "PKI", "sha256/", "PUBKEY_HASH", "ingerprint")
_MEANS: Final = re.compile(
    r"pinn(?:ed|er|ing)|Pinn(?:ed|er|ing)|PINN(?:ED|ER|ING)|pins(?<!\w....)\b|sha256/|PUBKEY_HASH|fingerprint|Fingerprint"
    r"|s(?:pki|PKI)(?<![a-z]....)|S(?:pki|PKI)(?<![a-z]....)"
)
VALUE: Final = re.compile(r"""=["'`](?<=[A-Za-z0-9+/]{43}=["'`])""")
"""The end of a pin in quotes. Its rare beginning makes the search fast."""
_VALUE: Final = re.compile(r"""=["'](?<=["'][A-Za-z0-9+/]{43}=["'])""")


@lru_cache(maxsize=1)  # many rules ask for the same file
def means_to_pin(code: Code) -> bool:
    """Say whether a file speaks of pins outside its comments."""
    return speaks_of_pins(code.bare)


def speaks_of_pins(text: str) -> bool:
    """Say whether a text contains names or values of pins."""
    is_named = any(word in text for word in _WORDS) and _MEANS.search(text) is not None
    return is_named or _VALUE.search(text) is not None
