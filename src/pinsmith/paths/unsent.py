"""Paths over published certificates that the server did not send, which clients may have or fetch."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.paths.judge import judge
from pinsmith.paths.path import Path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from pinsmith.paths.facts import Facts
    from pinsmith.paths.store import Root, Store
    from pinsmith.pin import Pin

MAX_PATHS: Final = 32
_MAX_UNSENT: Final = 3


def possible_paths(walks: Iterable[tuple[Facts, ...]], store: Store, at: datetime) -> tuple[Path, ...]:
    """
    Return the paths that begin with certificates of the server and go on over published certificates.

    The published ones are known by their keys and days only. Nothing of them is verified, so no answer depends on them.

    Args:
        walks: Certificates that the server sent, each signed by the next one, the leaf first.

        store: The trust store.

        at: Aware.
    """
    anchors = {root.pin: root for root in store.roots}
    found: dict[tuple[Pin, ...], Path] = {}
    for path in islice(_paths(walks, anchors, store, at), MAX_PATHS):
        found.setdefault(path.pins, path)
    return tuple(sorted(found.values(), key=lambda path: len(path.pins)))


def _paths(walks: Iterable[tuple[Facts, ...]], anchors: dict[Pin, Root], store: Store, at: datetime) -> Iterator[Path]:
    for walk in walks:
        # The last certificate of the walk is replaced by another one of its key, so its own faults do not matter.
        seen = {facts.certificate.pin for facts in walk}
        for unsent in _climb(walk[-1].certificate.pin, seen, anchors, at, ()):
            root = anchors[unsent[-1]]
            faults, doubts = judge(walk[:-1] or walk, root, store, at)
            if not faults and not doubts:
                yield Path(tuple(facts.certificate for facts in walk), root, (), (), unsent[:-1], over_unsent=True)


def _climb(
    pin: Pin, seen: set[Pin], anchors: dict[Pin, Root], at: datetime, above: tuple[Pin, ...]
) -> Iterator[tuple[Pin, ...]]:
    """Yield the pins above *pin* along published certificates that are valid, up to a root of the store."""
    day = at.date()
    for issued in authorities.issued_for(pin):
        signer = issued.signer
        if signer is None or signer in seen or signer in above or issued.is_over(day):
            continue
        if issued.first_day is not None and issued.first_day > day:
            continue
        if signer in anchors:
            yield (*above, signer)
        if len(above) + 1 < _MAX_UNSENT:
            yield from _climb(signer, seen, anchors, at, (*above, signer))
