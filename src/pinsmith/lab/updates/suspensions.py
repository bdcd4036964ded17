"""Suspensions of the test vectors, and one that the tools of pinsmith would not write."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec

from pinsmith.updates.suspension import Suspension

if TYPE_CHECKING:
    from datetime import datetime

_REASON = "a test vector of pinsmith"


def suspension_of(host: str, now: datetime, *, days: int = 20) -> Suspension:
    """Return a suspension that begins at *now*."""
    return Suspension(host, now, now + timedelta(days=days), _REASON)


def suspensions_json(host: str, now: datetime, *, days: int) -> bytes:
    """Write a document with one suspension, which may be longer than any that can be used."""
    suspension = {"host": host, "since": now, "until": now + timedelta(days=days), "reason": _REASON}
    return msgspec.json.format(msgspec.json.encode({"suspensions": [suspension], "version": 1})) + b"\n"
