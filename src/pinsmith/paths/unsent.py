"""Paths over published certificates that the server did not send, which clients may have or fetch."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from pinsmith import authorities
from pinsmith.paths.judge import judge
from pinsmith.paths.path import Path
from pinsmith.paths.search import LimitError
from pinsmith.pin import Pin

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pinsmith.paths.facts import Facts
    from pinsmith.paths.search import Search
    from pinsmith.paths.store import Root, Store

MAX_PATHS: Final = 32
_MAX_UNSENT: Final = 3  # keys above the last certificate


def possible_paths(search: Search, store: Store, at: datetime) -> tuple[Path, ...]:
    """
    Return the paths that begin with certificates of the server and go on over published certificates.

    Either the last certificate of the server is replaced by a published one of its key, or its issuer was not sent and
    is found by its name. The published ones are known by their keys and days only. Nothing of them is verified, so no
    answer depends on them.

    Args:
        search: The certificates that the server sent, and which of them signed each other.

        store: The trust store.

        at: Aware.
    """
    anchors = {root.pin: root for root in store.roots}
    found: dict[tuple[Pin, ...], Path] = {}
    for path in islice(_paths(search, anchors, store, at), MAX_PATHS):
        found.setdefault(path.pins, path)
    return tuple(sorted(found.values(), key=lambda path: len(path.pins)))


def _paths(search: Search, anchors: dict[Pin, Root], store: Store, at: datetime) -> Iterator[Path]:
    for walk in search.walks:
        seen = {facts.certificate.pin for facts in walk}
        top = walk[-1]
        # The last certificate of the walk is replaced by another one of its key, so its own faults do not matter.
        ways = [(walk[:-1] or walk, above) for above in _climb(top.certificate.pin, seen, anchors, at, ())]
        if top in search.tops and not top.is_self_issued:
            unsent = [pin for pin in _issuers(search, top) if pin not in seen]
            ways += [(walk, above) for pin in unsent for above in _climb(pin, seen, anchors, at, (pin,))]
        for judged, above in ways:
            root = anchors[above[-1]]
            if judge(judged, root, store, at) == ((), ()):
                yield Path(tuple(facts.certificate for facts in walk), root, unsent=above[:-1], over_unsent=True)


def _issuers(search: Search, top: Facts) -> Iterator[Pin]:
    """Yield the pins of the authorities with the name of the issuer, apart from roots that did not sign *top*."""
    spkis = {Pin.of_spki(spki): spki for spki in authorities.root_keys(top.issuer)}
    for pin in map(Pin, authorities.digests_named(top.issuer)):
        try:
            is_possible = pin not in spkis or search.sent.is_signed(top, spkis[pin]) is not False
        except LimitError:
            is_possible = True
        if is_possible:
            yield pin


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
