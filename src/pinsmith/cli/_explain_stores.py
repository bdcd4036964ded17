"""Prints in which trust stores a key survives. Unknown is a word of its own, and never shown as no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from pinsmith.cli._output import Mark
from pinsmith.explaining.survival import MEANINGS, alike

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.cli._output import Line, Tone
    from pinsmith.explaining.survival import Standing, Survival, VersionStanding

_TONES: Final[dict[Standing, Tone]] = {"listed": "good", "through": "good", "not-listed": "bad", "unknown": "warn"}


def store_lines(stores: Sequence[Survival]) -> Iterator[Line]:
    """Describe each trust store: a line for each standing, and the day of its newest list."""
    for store in stores:
        yield from (_line(store, spans, standing) for spans, standing in alike(store))
        if store.is_old:
            yield ["  ", Mark(f"newest list: {store.newest}; later ones are unknown", "warn")]
        else:
            yield ["  ", Mark(f"newest list: {store.newest}", "faint")]
    found = {version.standing for store in stores for version in store.versions}
    yield from (
        [Mark(f"{standing.replace('-', ' ')}: {text}", "faint")]
        for standing, text in MEANINGS.items()
        if standing in found
    )


def doubts(stores: Sequence[Survival]) -> Iterator[list[str | Mark]]:
    """Describe only where the key is not listed, or where that is unknown; of days, only the newest list."""
    for store in stores:
        last = str(store.versions[-1])
        for spans, standing in alike(store):
            if standing.standing != "listed" and (not store.is_dated or str(standing) == last):
                yield _line(store, spans, standing)


def _line(store: Survival, spans: str, standing: VersionStanding) -> list[str | Mark]:
    return [f"{store.title} {spans}: ", Mark(str(standing), _TONES[standing.standing])]
