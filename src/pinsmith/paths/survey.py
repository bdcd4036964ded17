"""Which clients reach a host whose pins they enforce, store by store."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from pinsmith.paths.answer import answer
from pinsmith.paths.search import Sent

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from pinsmith.paths.path import Path, Paths
    from pinsmith.paths.store import Store
    from pinsmith.pin import Pin

Outcome = Literal["accepts", "depends", "locked-out", "untrusted", "unknown"]


@dataclass(frozen=True, slots=True)
class Match:
    """A path that clients accept or may accept, and the pins that it contains, leaf first."""

    path: Path
    pins: tuple[Pin, ...]


@dataclass(frozen=True, slots=True)
class Survival:
    """
    What happens to the clients of one store that enforce some pins.

    Attributes:
        paths: The paths of the store.
        matches: The paths that clients accept or may accept, with the pins on each, the shortest first.
        outcome:
            ``accepts`` if every path contains a pin; ``depends`` if only some do, because clients choose differently
            or have different lists; ``locked-out`` if none does; ``untrusted`` if no path leads to a root;
            ``unknown`` if nobody knows.
    """

    paths: Paths
    matches: tuple[Match, ...]
    outcome: Outcome

    @property
    def store(self) -> Store:
        """The trust store."""
        return self.paths.store


def survey(
    sent: Sequence[bytes], pins: Iterable[Pin], stores: Iterable[Store], *, at: datetime
) -> tuple[Survival, ...]:
    """
    Say what happens to the clients of each store if a server sends *sent* and they enforce *pins*.

    The host name is not compared; see `pinsmith.paths.paths` for what else is not considered.

    Args:
        sent: DER, the leaf first, the others in any order.

        pins: Each of them is enough.

        stores: From `pinsmith.paths.find_store`.

        at: Aware.

    Raises:
        CertificateError: If there is no certificate, or the first one cannot be read.

        ValueError: If *at* is naive.
    """
    if at.tzinfo is None:
        raise ValueError("'at' must be aware")
    wanted = frozenset(pins)
    read = Sent(sent)
    return tuple(_survival(read, wanted, store, at) for store in stores)


def _survival(sent: Sent, pins: frozenset[Pin], store: Store, at: datetime) -> Survival:
    found = _of_list(answer(sent, store, at), pins)
    if store.updated is None or found.outcome == "unknown":
        return found
    other = _of_list(answer(sent, store.updated, at), pins).outcome
    if other == found.outcome:
        return found
    # Some clients have the later list, and others do not.
    is_known = {other, found.outcome} <= {"accepts", "depends", "locked-out"}
    return replace(found, outcome="depends" if is_known else "unknown")


def _of_list(paths: Paths, pins: frozenset[Pin]) -> Survival:
    possible = [path for path in paths.found if not path.faults]
    matches = tuple(Match(path, tuple(pin for pin in path.pins if pin in pins)) for path in possible)
    return Survival(paths, matches, _outcome(paths, matches))


def _outcome(paths: Paths, matches: Sequence[Match]) -> Outcome:
    if paths.answer != "yes":
        return "untrusted" if paths.answer == "no" else "unknown"
    fitting = [match for match in matches if match.pins]
    if fitting and len(fitting) < len(matches):
        return "depends"
    if not paths.is_complete:
        return "unknown"
    return "accepts" if fitting else "locked-out"
