"""The answer of a store to what a server sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.paths.path import Answer, Paths
from pinsmith.paths.search import Search
from pinsmith.paths.unsent import possible_paths

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.paths.search import Sent
    from pinsmith.paths.store import Store


def answer(sent: Sent, store: Store, at: datetime) -> Paths:
    """Answer as `pinsmith.paths.paths` does, for certificates that may be asked about again."""
    search = Search(sent, store, at)
    given, why = _of_list(search, store)
    if store.is_listed and store.updated is not None and given != "unknown":
        other, _ = _of_list(Search(sent, store.updated, at), store.updated)
        if other != given:
            given, why = "unknown", (f"the store may have been updated, and {store.updated} differs",)
    is_stale = store.is_stale(at.date())
    known = {path.pins for path in search.found if path.is_accepted}
    possible = tuple(path for path in possible_paths(search, store, at) if path.pins not in known)
    return Paths(store, tuple(search.found), given, why, not search.gaps, is_stale, possible)


def _of_list(search: Search, store: Store) -> tuple[Answer, tuple[str, ...]]:
    """Return the answer for the list of a store, and the reasons."""
    if not store.is_listed:
        return "unknown", (f"no list of the roots of {store} is known",)
    if any(path.is_accepted for path in search.found):
        return "yes", ()
    doubts = {text: None for path in search.found if not path.faults for text in path.doubts} | search.gaps
    if store.unknown:
        doubts["the list contains roots whose keys are not known"] = None
    if store.fetches and any(not top.is_self_issued for top in search.tops):
        doubts["clients may find certificates that the server did not send"] = None
    if doubts:
        return "unknown", tuple(doubts)
    faults = {text: None for path in search.found for text in path.faults}
    return "no", tuple(faults) or (f"no path leads to a root of {store}",)
