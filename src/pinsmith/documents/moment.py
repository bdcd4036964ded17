"""A time as a text."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


def moment_text(at: datetime) -> str:
    """Write *at*, which is aware, in UTC and to the second, as in RFC 3339: ``2026-06-15T12:00:00Z``."""
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
