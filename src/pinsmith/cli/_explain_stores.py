"""Prints in which trust stores a key survives. Unknown is a word of its own, and never shown as no."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Final

from pinsmith.cli._output import Mark

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.cli._output import Line, Tone
    from pinsmith.explaining.survival import Standing, Survival, VersionStanding

_Kind = tuple["Standing", tuple[str, ...], str]
_TONES: Final[dict[Standing, Tone]] = {"listed": "good", "through": "good", "not-listed": "bad", "unknown": "warn"}
_WORDS: Final[dict[Standing, str]] = {"listed": "listed", "not-listed": "not listed", "unknown": "unknown"}
_LEGEND: Final[dict[Standing, str]] = {
    "through": "through: the store trusts a root above the key, and the server must send the certificates in between",
    "not-listed": "not listed: the list has neither the key nor a root that is known to be above it",
    "unknown": "unknown: this does not mean no",
}


def store_lines(stores: Sequence[Survival]) -> Iterator[Line]:
    """Describe each trust store: a line for each standing, and the day of its newest list."""
    for store in stores:
        for kind, spans in _groups(store).items():
            yield [f"{store.title} {', '.join(spans)}: ", _words(kind)]
        if store.is_old:
            yield ["  ", Mark(f"newest list: {store.newest}; later ones are unknown", "warn")]
        else:
            yield ["  ", Mark(f"newest list: {store.newest}", "faint")]
    standings = {version.standing for store in stores for version in store.versions}
    yield from ([Mark(text, "faint")] for standing, text in _LEGEND.items() if standing in standings)


def doubts(stores: Sequence[Survival]) -> Iterator[list[str | Mark]]:
    """Describe only where the key is not listed, or where that is unknown; of days, only the newest list."""
    for store in stores:
        last = _kind(store.versions[-1])
        for kind, spans in _groups(store).items():
            if kind[0] != "listed" and (not store.is_dated or kind == last):
                yield [f"{store.title} {', '.join(spans)}: ", _words(kind)]


def _groups(store: Survival) -> dict[_Kind, list[str]]:
    groups: dict[_Kind, list[str]] = {}
    for kind, versions in itertools.groupby(store.versions, key=_kind):
        groups.setdefault(kind, []).append(_span(list(versions), is_dated=store.is_dated))
    return groups


def _kind(found: VersionStanding) -> _Kind:
    return found.standing, tuple(root.name for root in found.through), found.why


def _words(kind: _Kind) -> Mark:
    standing, through, why = kind
    text = f"through {' or '.join(through)}" if through else _WORDS[standing]
    return Mark(f"{text}, {why}" if why else text, _TONES[standing])


def _span(versions: list[VersionStanding], *, is_dated: bool) -> str:
    first, last = versions[0].version, versions[-1].version
    if is_dated:
        return f"from {first}"
    return first if first == last else f"{first} to {last}"
