"""Names of keys, made out of names for people."""

from __future__ import annotations

import re
from typing import Final

_LONGEST: Final = 48  # a name may have 64 characters; some are for what tells keys apart


def slug(text: str) -> str:
    """
    Bring *text* into the form of a key's name: lower-case letters, digits and hyphens.

    Accents are dropped, as in ``raiz`` for ``Raíz``. What has no ASCII form is left out, so the result may be empty.
    """
    import unicodedata

    ascii_text = "".join(letter for letter in unicodedata.normalize("NFKD", text) if not unicodedata.combining(letter))
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")[:_LONGEST].rstrip("-")
