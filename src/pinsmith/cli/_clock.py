"""The only module of the command line that reads the clock; the library takes the time as an argument."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_moved: Final[list[datetime]] = []


def now() -> datetime:
    """Return the time, UTC."""
    return _moved[-1] if _moved else datetime.now(UTC)


@contextmanager
def moved_to(moment: datetime) -> Iterator[None]:
    """Let commands that run in this process believe that it is *moment*. TLS keeps the real time. The demo uses it."""
    _moved.append(moment)
    try:
        yield
    finally:
        _moved.pop()
