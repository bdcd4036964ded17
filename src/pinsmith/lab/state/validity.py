"""When the authorities of a state directory end, and what to do then. Nothing is renewed without being asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.errors import LabError

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

Origin = Literal["kept", "made", "renewed"]
"""Whether a start found its keys, made them, or issued the authorities again for the same keys."""

_SOON: Final = timedelta(days=5)
_RENEW: Final = "start it once with `--renew`: keys and pins stay, and devices need the new certificates"


def require_valid(path: Path, ends: datetime, now: datetime) -> None:
    """
    Raise if the authorities have expired.

    Raises:
        LabError: If *now* is not before *ends*.
    """
    if now >= ends:
        raise LabError(
            f"the authorities in {path} expired on {ends:%Y-%m-%d}, so clients refuse every server", hint=_RENEW
        )


def require_renewable(path: Path, *, renew: bool) -> None:
    """
    Raise if a file should be renewed that does not exist.

    Raises:
        LabError: If *renew* is set.
    """
    if renew:
        raise LabError(
            f"{path} does not exist, so there is nothing to renew", hint="leave out --renew to make new keys"
        )


def warning_of(path: Path, ends: datetime, now: datetime) -> str | None:
    """Return a warning if the authorities end soon; None otherwise."""
    if ends - now > _SOON:
        return None
    return f"the authorities in {path} expire on {ends:%Y-%m-%d %H:%M} UTC; {_RENEW}"
