"""Names of keys, derived from names for people."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 48  # a name may have 64 characters; the rest is for suffixes that make it unique


def slug(text: str) -> str:
    """
    Convert *text* to the form of a key name: lower-case letters, digits and hyphens.

    Accents are dropped, as in ``raiz`` for ``Raíz``. Characters without an ASCII form are dropped too, so the result
    may be empty.
    """
    import unicodedata

    ascii_text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:_LONGEST].rstrip("-")
