"""Which clients reach a host, store by store: those with the pins of the pin file, and those of each release."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date
from functools import partial
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.authorities import find
from pinsmith.certificate import Certificate
from pinsmith.certificate.link import attempt
from pinsmith.errors import UsageError
from pinsmith.paths import find_store, since, stores, survey
from pinsmith.paths.family import FAMILIES
from pinsmith.release import ReleasedHost, released_hosts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from pinsmith.paths import Path, Store, Survival
    from pinsmith.pin import Pin
    from pinsmith.policy import Policy
    from pinsmith.release import Release

ReachOutcome = Literal["accepts", "depends", "not-enforced", "locked-out", "untrusted", "unknown"]

_DATED: Final = frozenset(family.id for family in FAMILIES if family.has_newest)


@dataclass(frozen=True, slots=True)
class Pinner:
    """
    Clients with the same pins for a host.

    Attributes:
        release: Their release; None for the next one, which gets the pins of the pin file.
        entry: What they enforce.
    """

    release: Release | None
    entry: ReleasedHost

    @property
    def who(self) -> str:
        """Their name in sentences."""
        if not self.entry.pins:
            return "clients without pins"
        return self.release.who if self.release is not None else "the pin file"


@dataclass(frozen=True, slots=True)
class PathMatch:
    """
    A path that clients accept or may accept.

    Attributes:
        path: The path.
        keys: The names of the pinned keys on it, leaf first; empty if there is none.
    """

    path: Path
    keys: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The owners of its keys, leaf first: authorities as people know them, others by their subject."""
        subjects = {of.pin: attempt(partial(getattr, of, "subject")) for of in self.path.certificates}
        subjects.setdefault(self.path.anchor.pin, self.path.anchor.subject)
        return tuple(known.name if (known := find(pin)) else subjects.get(pin) or str(pin) for pin in self.path.pins)


@dataclass(frozen=True, slots=True)
class Reach:
    """
    What happens to clients with one trust store.

    Attributes:
        store: Their trust store.
        outcome:
            ``accepts``: every path contains a pinned key. ``depends``: only some paths do, and clients choose
            differently. ``locked-out``: no path does. ``untrusted``: no path leads to a root, so clients refuse the
            host whatever they pin. ``not-enforced``: the chain is trusted, and the pins are not in force. ``unknown``:
            the tables cannot tell.
        why: Why it is untrusted or unknown, or why pins are not enforced; mostly empty otherwise.
        matches: The paths, the shortest first.
        possible:
            Paths over published certificates that the server did not send, the shortest first. Clients that have or
            fetch those may choose them, and all clients could if the server sent them. The outcome does not depend on
            them.
        is_stale: Whether clients may have a list that is much newer than the newest known one.
    """

    store: Store
    outcome: ReachOutcome
    why: tuple[str, ...]
    matches: tuple[PathMatch, ...]
    possible: tuple[PathMatch, ...] = ()
    is_stale: bool = False


def usual_stores(*, from_day: date | None = None) -> tuple[Store, ...]:
    """
    Return the trust stores that matter today: each version of a system, and the newest list of other publishers.

    Args:
        from_day: Leave out versions whose list is older, UTC; None for all.
    """
    found: dict[str, Store] = {}
    for store in stores():
        family = next(family.id for family in FAMILIES if store.id.startswith(f"{family.id}-"))
        found[family if family in _DATED else store.id] = find_store(family) if family in _DATED else store
    return tuple(store for store in found.values() if from_day is None or (store.day and store.day >= from_day))


def choose_stores(ids: Sequence[str], later_than: str | None, *, usual: bool) -> tuple[Store, ...]:
    """
    Return the trust stores that a user asks about, each once.

    Args:
        ids: Their ids, such as ``android-9``.

        later_than:
            An id, which adds this store and all later ones of its publisher; or a day, which adds the usual stores
            whose lists are not older.

        usual: Add all usual stores.

    Raises:
        UnknownStoreError: If an id is not that of a store.
        UsageError: If no list is as new as the day.
    """
    found = [find_store(text) for text in ids]
    if later_than is not None:
        try:
            day = date.fromisoformat(later_than)
        except ValueError:
            found += since(later_than)
        else:
            found += (later := usual_stores(from_day=day))
            if not later:
                raise UsageError(f"no trust store has a list of {day} or later", hint="name an earlier day")
    if usual:
        found += usual_stores()
    return tuple({store.id: store for store in found}.values())


def pinners_of(host: str, policy: Policy, releases: Iterable[Release]) -> list[Pinner]:
    """Return the pin file and those of *releases* that pin *host*, which is canonical, or a parent that covers it."""
    entry = policy.find(host)
    found = [Pinner(None, ours) for ours in released_hosts(policy) if entry is not None and ours.host == entry.host]
    found += [Pinner(release, covered) for release in releases if (covered := release.find(host)) is not None]
    return [pinner for pinner in found if pinner.entry.pins]


def without_pins(host: str) -> Pinner:
    """Return clients that pin nothing, to ask only whether they trust *host*."""
    return Pinner(None, ReleasedHost(host, {}))


def reach(pinner: Pinner, sent: Sequence[bytes], among: Iterable[Store], *, at: datetime) -> tuple[Reach, ...]:
    """
    Say what happens to the clients of *pinner* with each trust store if a server sends *sent*.

    Neither the host name nor revocation is considered, see `pinsmith.paths.paths`.

    Args:
        pinner: The clients.

        sent: DER, the leaf first, the others in any order.

        among: The trust stores, from `usual_stores` or `pinsmith.paths.find_store`.

        at: Aware.

    Raises:
        CertificateError: If there is no certificate, or the first one cannot be read.
        ValueError: If *at* is naive.
    """
    pins = pinner.entry.pins.values()
    found = survey(sent, pins, among, at=at)
    leaf = Certificate(sent[0]).pin
    return tuple(_reach(pinner.entry, survival, leaf, at) for survival in found)


def _reach(entry: ReleasedHost, survival: Survival, leaf: Pin, at: datetime) -> Reach:
    names = {pin: name for name, pin in reversed(list(entry.pins.items()))}
    matches = tuple(PathMatch(match.path, tuple(_keys(entry, match.path, names))) for match in survival.matches)
    possible = tuple(PathMatch(path, tuple(_keys(entry, path, names))) for path in survival.paths.possible)
    outcome, why = _outcome(entry, survival, matches, leaf, at)
    why = tuple(text.replace(str(survival.store), "this store") for text in why)
    return Reach(survival.store, outcome, why, matches, possible, is_stale=survival.paths.is_stale)


def alike(reaches: Iterable[Reach]) -> Iterator[tuple[str, list[Reach]]]:
    """Group neighbours of one publisher to which the same happens, and name each group, such as ``Android 8 to 13``."""
    for _, group in itertools.groupby(reaches, key=_kind):
        same = list(group)
        title = str(same[0].store)
        yield (f"{title} to {_version(same[-1].store)}" if len(same) > 1 else title), same


def _kind(found: Reach) -> tuple[object, ...]:
    title = str(found.store)
    paths = tuple((match.names, match.keys, match.path.doubts) for match in (*found.matches, *found.possible))
    return title.removesuffix(_version(found.store)), found.outcome, found.why, found.is_stale, paths


def _version(store: Store) -> str:
    return str(store).rpartition(" ")[2]


def _keys(entry: ReleasedHost, path: Path, names: dict[Pin, str]) -> Iterator[str]:
    """Yield the pinned keys of a path that count: none if it ends in none of the trust anchors of *entry*."""
    if entry.anchors and path.anchor.pin not in entry.anchors:
        return
    for pin in path.pins[:1] if entry.trust == "pins-only" else path.pins:
        if pin in names:
            yield names[pin]


def _outcome(
    entry: ReleasedHost, survival: Survival, matches: Sequence[PathMatch], leaf: Pin, at: datetime
) -> tuple[ReachOutcome, tuple[str, ...]]:
    if entry.trust == "pins-only" and not _not_in_force(entry, at):
        return ("accepts" if leaf in entry.pins.values() else "locked-out"), ()
    later = "there may be more paths"  # a search that was cut says nothing for certain
    if survival.store.updated is not None:
        later = f"clients may have the list of {survival.store.updated}, with which the answer differs"
    if survival.outcome in {"untrusted", "unknown"}:
        return ("untrusted" if survival.outcome == "untrusted" else "unknown"), survival.paths.why or (later,)
    if why := _not_in_force(entry, at):
        return "not-enforced", (why,)
    fitting = [match for match in matches if match.keys]
    if fitting and len(fitting) < len(matches):
        return "depends", ()
    if survival.outcome == "depends" and not entry.anchors:
        return "depends", (later,)
    return ("accepts" if fitting else "locked-out"), ()


def _not_in_force(entry: ReleasedHost, at: datetime) -> str:
    if not entry.pins:
        return "nothing is pinned"
    if entry.mode != "enforce":
        return f"the mode of the entry is {entry.mode}"
    if entry.expires is not None and at.astimezone(UTC).date() >= entry.expires:
        return f"the pins expired on {entry.expires}"
    return ""
