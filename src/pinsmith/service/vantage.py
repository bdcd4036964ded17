"""The name of the place from which a service asks hosts: it stands in alerts, pages, metrics and the database."""

from __future__ import annotations

import re
from typing import Final

HINT: Final = "use up to 32 letters, digits, spaces, dots, hyphens and underscores, such as fra1"
_NAME: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9 ._-]{0,30}[A-Za-z0-9])?")


def is_name(vantage: str) -> bool:
    """Say whether *vantage* may be the name of a place."""
    return _NAME.fullmatch(vantage) is not None
