"""The faults of a path: why clients refuse it although its signatures are right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pinsmith.paths.constraints import fit

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.paths.facts import Facts
    from pinsmith.paths.store import Root, Store

_Notes = tuple[tuple[str, ...], tuple[str, ...]]


def judge(path: Sequence[Facts], root: Root, store: Store, at: datetime) -> _Notes:
    """
    Return the faults and the doubts of a path whose signatures are verified.

    Args:
        path: Leaf first, without the trust anchor.

        root: The trust anchor, of which only name, key and days are known.

        store: The trust store, which says what its clients do with the days of a trust anchor.

        at: Aware.

    Source:
        :rfc:`5280#section-6.1`
    """
    found = [note for depth in range(len(path)) for note in _notes(path, depth, at)]
    found += _of_anchor(root, store, at)
    faults = dict.fromkeys(text for is_certain, text in found if is_certain)
    doubts = dict.fromkeys(text for is_certain, text in found if not is_certain)
    return tuple(faults), tuple(doubts)


def _notes(path: Sequence[Facts], depth: int, at: datetime) -> Iterator[tuple[bool, str]]:
    """Yield what is wrong with the certificate at *depth*, and whether all clients refuse it."""
    facts = path[depth]
    who = facts.subject or "a certificate without a name"
    if at < facts.first:
        yield True, f"{who} is not valid before {facts.first:%Y-%m-%d}"
    if at > facts.last:
        yield True, f"{who} ended on {facts.last:%Y-%m-%d}"
    if not facts.serves:
        yield True, f"{who} is not for TLS servers"
    if facts.is_odd:
        yield False, f"{who} contains a critical extension that not all clients know"
    if facts.is_weak:
        yield False, f"the signature of {who} is weak, and many clients refuse it"
    if depth > 0:
        yield from _as_issuer(path, depth, who)


def _as_issuer(path: Sequence[Facts], depth: int, who: str) -> Iterator[tuple[bool, str]]:
    facts = path[depth]
    if not facts.is_authority:
        yield True, f"{who} is not an authority"
    between = sum(not below.is_self_issued for below in path[1:depth])
    if facts.path_length is not None and between > facts.path_length:
        yield True, f"{who} allows {facts.path_length} intermediates below it, and there are {between}"
    if facts.constraints is None:
        return
    for below in (path[0], *(other for other in path[1:depth] if not other.is_self_issued)):
        answer = fit(facts.constraints, below)
        if answer != "fits":
            yield answer == "fails", f"{who} is constrained to other names"


def _of_anchor(root: Root, store: Store, at: datetime) -> Iterator[tuple[bool, str]]:
    if store.anchor_dates == "ignored":
        return
    is_certain = store.anchor_dates == "checked"
    if at.date() < root.first_day:
        yield is_certain, f"the root {root.subject} is not valid before {root.first_day}"
    if at.date() > root.last_day:
        yield is_certain, f"the root {root.subject} ended on {root.last_day}"
