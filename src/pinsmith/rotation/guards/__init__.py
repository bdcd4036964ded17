"""
The guards of each move of a rotation.

A move may be made if all its guards hold, or somebody has named those that do not. A new guard is a function in one of
the modules, and a line in each table here.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from pinsmith.rotation.guards import keys, servers, users
from pinsmith.rotation.guards._guard import FIRM, GUARDS, Guard, GuardName

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pinsmith.rotation.course import Move, Strategy
    from pinsmith.rotation.situation import Situation

__all__ = ["FIRM", "GUARDS", "Guard", "GuardName", "ask_guards", "names_of"]

_OF_MOVES: Final[dict[Move, tuple[GuardName, ...]]] = {
    "pin": ("next-key", "same-key", "choice", "authority", "possession", "custody", "expiry"),
    "certify": (
        "same-key",
        "choice",
        "possession",
        "custody",
        "expiry",
        "releases",
        "ttl",
        "certificate",
        "way-back",
        "renewal",
    ),
    "switch": ("served", "accepted"),
    "remove": ("served", "accepted", "drained", "backup"),
}
_OF_STRATEGIES: Final[dict[GuardName, Strategy]] = {
    "authority": "ca-set",
    "possession": "own-key",
    "custody": "own-key",
    "renewal": "own-key",
}
_PATIENT: Final[frozenset[GuardName]] = frozenset({"custody", "releases", "ttl", "way-back", "renewal", "drained"})
"""The guards that wait for time, users or order. They are left out in an emergency in which `rotate-now` was chosen."""

_ASK: Final[dict[GuardName, Callable[[Situation], Guard]]] = {
    "next-key": keys.next_key,
    "choice": users.choice,
    "same-key": users.same_key,
    "authority": keys.authority,
    "possession": keys.possession,
    "custody": keys.custody,
    "expiry": keys.expiry,
    "releases": users.releases,
    "ttl": users.ttl,
    "certificate": servers.certificate,
    "accepted": servers.accepted,
    "way-back": servers.way_back,
    "renewal": servers.renewal,
    "served": servers.served,
    "drained": users.drained,
    "backup": keys.backup,
}


def ask_guards(situation: Situation, move: Move) -> list[Guard]:
    """Ask the guards of *move*, in the order in which people satisfy them."""
    asked = (_ASK[name](situation) for name in names_of(situation, move))
    return [replace(guard, overridden=not guard.holds and guard.name in situation.overridden - FIRM) for guard in asked]


def names_of(situation: Situation, move: Move) -> Iterator[GuardName]:
    """Yield the names of the guards that *move* has for a host."""
    course = situation.course
    not_asked: set[GuardName] = {name for name, strategy in _OF_STRATEGIES.items() if strategy != course.strategy}
    not_asked |= _PATIENT if course.choice == "rotate-now" else set()
    not_asked |= set() if course.emergency else {"choice"}
    not_asked |= set() if course.emergency == "mass-revocation" else {"same-key"}
    not_asked |= set() if situation.has_apps else {"releases"}
    not_asked |= set() if situation.has_dns else {"ttl"}
    return (name for name in _OF_MOVES[move] if name not in not_asked)
