"""Guards: the conditions of a move of a rotation, with their evidence and the way to satisfy them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, get_args

if TYPE_CHECKING:
    from collections.abc import Iterable

GuardName = Literal[
    "next-key",
    "choice",
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
        overridden: Whether somebody has named it, to go on without it.
    """

    name: GuardName
    holds: bool | None
    why: str
    fix: str = ""
    hurt: tuple[str, ...] = ()
    overridden: bool = False

    @property
    def blocks(self) -> bool:
        """Whether the move may not be made."""
        return self.holds is not True and not self.overridden


def holds(name: GuardName, why: str) -> Guard:
    """Make a guard that holds."""
    return Guard(name, True, why)  # noqa: FBT003 - the name of this function says it


def fails(name: GuardName, why: str, fix: str, hurt: tuple[str, ...] = ()) -> Guard:
    """Make a guard that does not hold."""
    return Guard(name, False, why, fix, hurt)  # noqa: FBT003 - the name of this function says it


def unknown(name: GuardName, why: str, fix: str) -> Guard:
    """Make a guard of which nobody knows whether it holds."""
    return Guard(name, None, why, fix)


def listed(names: Iterable[str]) -> str:
    """Join names to a list for people."""
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
