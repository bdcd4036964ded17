"""What happens to the clients of each store that enforce some pins."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate.signature import is_signed_by
from pinsmith.paths import search as limits, survey
from tests.paths.pki import AT, ca, leaf, pin, store

if TYPE_CHECKING:
    from pinsmith.certificate import Certificate
    from pinsmith.paths import Store
    from pinsmith.paths.survey import Outcome

# leaf > I > A, and I is cross-signed by B.
SENT = (leaf("I"), ca("I", "A"), ca("I", "B"))
ONLY_A, BOTH, NONE = store(ca("A")), store(ca("A"), ca("B")), store(ca("C"))

OUTCOMES: dict[str, tuple[Store, str, Outcome]] = {
    "the only root is pinned": (ONLY_A, "A", "accepts"),
    "the other root is pinned": (ONLY_A, "B", "locked-out"),
    "one of two roots is pinned": (BOTH, "A", "depends"),
    "both roots are pinned": (BOTH, "AB", "accepts"),
    "the intermediate is pinned": (BOTH, "I", "accepts"),
    "nothing fits": (BOTH, "C", "locked-out"),
    "no root is trusted": (NONE, "I", "untrusted"),
    "nobody knows the roots": (replace(NONE, day=None), "I", "unknown"),
}


@pytest.mark.parametrize("what", OUTCOMES)
def test_the_outcome_depends_on_every_path(what: str) -> None:
    """Pins on each path let clients in, pins on some depend on the client, and pins on none lock out."""
    roots, pinned, outcome = OUTCOMES[what]
    (found,) = survey(SENT, map(pin, pinned), [roots], at=AT)
    assert found.outcome == outcome
    assert found.store is roots


def test_the_pins_of_each_path_are_listed() -> None:
    """Each path that clients accept lists the pins that it contains, leaf first."""
    (found,) = survey(SENT, [pin("B"), pin("leaf")], [BOTH], at=AT)
    assert {match.path.anchor.subject: match.pins for match in found.matches} == {
        "CN=A": (pin("leaf"),),
        "CN=B": (pin("leaf"), pin("B")),
    }


def test_a_pin_of_a_root_that_has_ended_decides_by_platform() -> None:
    """
    An app pins the old root only, as TUM Campus did in 2021, and the server sends leaf > R > New, cross-signed by Old.

    Android ignores that Old has ended, so its clients may end the chain in either root. OpenSSL accepts only New, so it
    is locked out. A store without New accepts the chain on Android alone.
    """
    sent = (leaf("R"), ca("R", "New"), ca("New", "Old"))
    old = ca("Old", not_after=AT - timedelta(days=60))
    platforms = [
        *(replace(store(old, ca("New")), anchor_dates=dates) for dates in ("ignored", "checked")),
        *(replace(store(old), anchor_dates=dates) for dates in ("ignored", "checked")),
    ]
    found = survey(sent, [pin("Old")], platforms, at=AT)
    assert [survival.outcome for survival in found] == ["depends", "locked-out", "accepts", "untrusted"]


UPDATES: dict[str, tuple[Store, str, Outcome]] = {
    "the other root was removed": (ONLY_A, "B", "depends"),
    "the pinned root was removed": (store(ca("B")), "B", "accepts"),
    "every path was removed": (NONE, "AB", "unknown"),
}


@pytest.mark.parametrize("what", UPDATES)
def test_clients_with_a_later_list_count_too(what: str) -> None:
    """A store that may have been updated gives the outcome of both lists, or says that they differ."""
    later, pinned, outcome = UPDATES[what]
    before = store(ca("B"))
    (found,) = survey(SENT, map(pin, pinned), [replace(before, moves=True, updated=later)], at=AT)
    assert found.outcome == outcome


def test_a_signature_is_verified_once_for_all_stores(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with many certificates cannot make each of many stores verify all signatures again."""
    asked: list[tuple[Certificate, bytes]] = []

    def verify(certificate: Certificate, spki: bytes) -> bool | None:
        asked.append((certificate, spki))
        return is_signed_by(certificate, spki)

    monkeypatch.setattr(limits, "is_signed_by", verify)
    survey(SENT, [], [ONLY_A, BOTH, NONE] * 5, at=AT)
    assert len(asked) == len(set(asked)) > 0


def test_a_search_that_was_cut_is_no_lock_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """If a limit ended the search, pins on all or none of the paths found say nothing for certain."""
    monkeypatch.setattr(limits, "MAX_PATHS", 1)
    for pinned in ("leaf", "C"):
        (found,) = survey(SENT, [pin(pinned)], [BOTH], at=AT)
        assert found.outcome == "unknown"
