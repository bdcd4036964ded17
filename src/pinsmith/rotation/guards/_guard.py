"""Guards: the conditions of a move of a rotation, with their evidence and the way to satisfy them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from datetime import datetime

GuardName = Literal[
    "next-key",
    "choice",
    "same-key",
    "authority",
    "possession",
    "custody",
    "expiry",
    "releases",
    "ttl",
    "certificate",
    "accepted",
    "way-back",
    "renewal",
    "served",
    "drained",
    "backup",
]
GUARDS: Final[tuple[GuardName, ...]] = get_args(GuardName)

FIRM: Final[frozenset[GuardName]] = frozenset({"next-key", "choice", "certificate"})
"""The guards that nobody can override: without them, there is nothing to change to."""


@dataclass(frozen=True, slots=True)
class Guard:
    """
    One condition.

    Attributes:
        name: In kebab-case.
        holds: None if it is not known, which does not suffice.
        why: The evidence, or what is missing, as a clause.
        fix: How to satisfy it; empty if it holds.
        hurt: Whom it hurts to go on without it, such as ``android 3.9 (2.1% of users)``.
        since: When it holds if people only wait; None if waiting does not suffice, or that is not known.
        until: The last moment at which it holds; None if it does not end, or that is not known.
        overridden: Whether somebody has named it, to go on without it.
    """

    name: GuardName
    holds: bool | None
    why: str
    fix: str = ""
    hurt: tuple[str, ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    overridden: bool = False

    @property
    def blocks(self) -> bool:
        """Whether the move may not be made."""
        return self.holds is not True and not self.overridden


def holds(name: GuardName, why: str, *, until: datetime | None = None) -> Guard:
    """Make a guard that holds."""
    return Guard(name, holds=True, why=why, until=until)


def fails(
    name: GuardName,
    why: str,
    fix: str,
    *,
    hurt: tuple[str, ...] = (),
    since: datetime | None = None,
    until: datetime | None = None,
) -> Guard:
    """Make a guard that does not hold."""
    return Guard(name, holds=False, why=why, fix=fix, hurt=hurt, since=since, until=until)


def unknown(name: GuardName, why: str, fix: str, *, until: datetime | None = None) -> Guard:
    """Make a guard of which nobody knows whether it holds."""
    return Guard(name, holds=None, why=why, fix=fix, until=until)


def unasked(name: GuardName, host: str, why: str, *, until: datetime | None = None) -> Guard:
    """Make a guard that only a connection to the canonical *host* can answer."""
    return unknown(name, why, f"`pinsmith rotate next {host}` connects to the host and asks", until=until)


def without_key(name: GuardName) -> Guard:
    """Make a guard that cannot be asked, because there is no next key."""
    return unknown(name, "there is no next key", "make the next key")
