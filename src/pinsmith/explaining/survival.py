"""The trust stores in which a chain can contain an authority's key."""

from __future__ import annotations

import functools
import itertools
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.authorities import find, issued_for
from pinsmith.paths import find_store, stores
from pinsmith.paths.family import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from pinsmith.authorities import Authority
    from pinsmith.paths import Store
    from pinsmith.paths.family import Family
    from pinsmith.pin import Pin

Standing = Literal["listed", "through", "not-listed", "unknown"]

MEANINGS: Final[dict[Standing, str]] = {
    "through": "the store trusts a root above the key, and the server must send the certificates in between",
    "not-listed": "the list has neither the key nor a root that is known to be above it",
    "unknown": "this does not mean no",
}

# Versions that people have, and whose lists the tables lack: docs/decisions/0013-known-authorities.md
_MISSING: Final = {
    "android": (("7", "before"), ("10", "11")),
    "java": (("18 and later", "after"),),
    "oracle-java": (("14 and later", "after"),),
}
# From one list to the next, those of Windows differ by up to a quarter, so a root that one lacks may still be trusted.
_SHOWS_NO_ABSENCE: Final = frozenset({"windows"})
_OLD: Final = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class VersionStanding:
    """
    What one version of a trust store means for a pin.

    Attributes:
        version: The version, or the day from which on the list of a store without versions is like this.
        day: The day of the list, UTC; None if there is no list.
        standing:
            ``listed``: the store contains the key. ``through``: it contains a root above it, so a chain contains the
            key if the server sends the certificates in between. ``not-listed``: the list contains neither the key nor a
            root that is known to be above it. ``unknown``: the tables cannot tell.
        through: The roots above the key that the store contains; empty unless the standing is ``through``.
        why: Why the standing is unknown; empty if it is known.
    """

    version: str
    day: date | None
    standing: Standing
    through: tuple[Authority, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        if self.through:
            return f"through {' or '.join(root.name for root in self.through)}"
        return self.standing.replace("-", " ") + (f", {self.why}" if self.why else "")


@dataclass(frozen=True, slots=True)
class Survival:
    """
    What the lists of one publisher mean for a pin.

    Attributes:
        store: The id of the family of stores, such as ``android``.
        title: Its name.
        is_dated: Whether each list holds until the next one, so that `versions` holds the changes only.
        versions: Oldest first.
        newest: The day of the newest list, UTC.
        is_old: Whether clients may have a list today that is much newer.
    """

    store: str
    title: str
    is_dated: bool
    versions: tuple[VersionStanding, ...]
    newest: date
    is_old: bool


@dataclass(frozen=True, slots=True)
class Above:
    """
    The authorities above a key.

    Attributes:
        roots: Those that may be in a trust store.
        is_whole: Whether the tables know the signer of every known certificate on the way.
    """

    roots: tuple[Authority, ...]
    is_whole: bool


def alike(store: Survival) -> list[tuple[str, VersionStanding]]:
    """Group the versions with the same standing, in the order of the first of each, such as ``8 to 9, 11 to 13``."""
    groups: dict[tuple[object, ...], tuple[list[str], VersionStanding]] = {}
    for kind, versions in itertools.groupby(store.versions, key=_kind):
        same = list(versions)
        first, last = same[0].version, same[-1].version
        span = f"from {first}" if store.is_dated else first if first == last else f"{first} to {last}"
        groups.setdefault(kind, ([], same[0]))[0].append(span)
    return [(", ".join(spans), standing) for spans, standing in groups.values()]


def _kind(found: VersionStanding) -> tuple[object, ...]:
    return found.standing, found.through, found.why


def above(pin: Pin, *, today: date) -> Above:
    """
    Find the roots above the key with *pin*, through certificates that have not ended before *today*, UTC.

    The signers are known by name only, because the tables hold no certificates. A key that no table has, and an
    intermediate of which no certificate is known, have a way up that is not whole.
    """
    roots: dict[Pin, Authority] = {}
    is_whole = True
    seen, waiting = {pin}, [pin]
    while waiting:
        current = waiting.pop(0)
        known, issued = find(current), issued_for(current)
        is_whole &= known is not None and (known.role == "root" or bool(issued))
        for certificate in issued:
            if certificate.is_over(today):
                continue
            if certificate.signer is None:
                is_whole = False
            elif certificate.signer not in seen:
                seen.add(certificate.signer)
                waiting.append(certificate.signer)
                if (signer := find(certificate.signer)) is not None and signer.role == "root":
                    roots[signer.pin] = signer
    return Above(tuple(roots.values()), is_whole)


def survival(pin: Pin, *, today: date) -> tuple[Survival, ...]:
    """
    Say for each trust store and version whether a chain there can contain the key with *pin*.

    A list shows neither for what, nor until when, its store trusts a root.

    Args:
        pin: The pin.

        today: In UTC.

    Returns:
        By publisher, in the order of `FAMILIES`. Every publisher with a list is there, whether it has ever contained
        the key or not.
    """
    way = above(pin, today=today)
    lists = ((family, [store for store in stores() if store.id.startswith(f"{family.id}-")]) for family in FAMILIES)
    return tuple(_survival(family, found, pin, way, today) for family, found in lists if found)


def _survival(family: Family, lists: list[Store], pin: Pin, way: Above, today: date) -> Survival:
    newest = max(store.day for store in lists if store.day is not None)
    standings = [_standing(family, store, pin, way) for store in lists]
    current = find_store(family.id) if family.has_newest else lists[-1]
    return Survival(
        store=family.id,
        title=family.title,
        is_dated=family.has_newest,
        versions=tuple(_changes(standings) if family.has_newest else _with_missing(standings, family.id)),
        newest=newest,
        is_old=current.is_stale(today) or newest < today - _OLD,
    )


def _standing(family: Family, store: Store, pin: Pin, way: Above) -> VersionStanding:
    version = store.id.removeprefix(f"{family.id}-")
    standing, through, why = _of_list(family, store, pin, way)
    if store.updated is not None and standing != "unknown":
        other, _, _ = _of_list(family, store.updated, pin, way)
        if other != standing:
            standing, through = "unknown", ()
            why = f"the store may have been updated to that of {store.updated}, which differs"
    return VersionStanding(version, store.day, standing, through, why)


def _of_list(family: Family, store: Store, pin: Pin, way: Above) -> tuple[Standing, tuple[Authority, ...], str]:
    listed = _pins()[store.id]
    if pin in listed:
        return "listed", (), ""
    if through := tuple(root for root in way.roots if root.pin in listed):
        return "through", through, ""
    if not way.is_whole:
        return "unknown", (), "not every authority above the key is known"
    if store.unknown:
        return "unknown", (), "the list contains certificates whose keys are not known"
    if family.id in _SHOWS_NO_ABSENCE:
        return "unknown", (), "the list lacks the key, but lists of this publisher do not show removals"
    return "not-listed", (), ""


@functools.cache
def _pins() -> dict[str, frozenset[Pin]]:
    """Return the pins of each store by its id, because stores take long to hash."""
    return {store.id: frozenset(root.pin for root in store.roots) for store in stores()}


def _changes(standings: list[VersionStanding]) -> Iterator[VersionStanding]:
    """Keep the first list, and each list whose standing differs from the one before."""
    for _, same in itertools.groupby(standings, key=_kind):
        yield next(same)


def _with_missing(standings: list[VersionStanding], family: str) -> Iterator[VersionStanding]:
    missing = {
        place: VersionStanding(version, None, "unknown", why="there is no list")
        for version, place in _MISSING.get(family, ())
    }
    if first := missing.get("before"):
        yield first
    for standing in standings:
        if gap := missing.get(standing.version):
            yield gap
        yield standing
    if last := missing.get("after"):
        yield last
