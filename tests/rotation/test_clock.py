"""A clock that is set back between the moves of a rotation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors.rotation import ClockError
from pinsmith.pinfile import Edit, write
from pinsmith.rotation.advance import advance
from pinsmith.rotation.course import EVENTS, course_of
from tests.rotation.stage import HOST, NOW, Stage, blocking

if TYPE_CHECKING:
    from pinsmith.rotation.course import Move

BEGUN = NOW - timedelta(days=40)  # the stage records its moves then


@pytest.mark.parametrize("move", ["certify", "switch", "remove"])
def test_no_move_is_made_before_the_last_one(stage: Stage, move: Move) -> None:
    """Otherwise a proof of long ago would look fresh, and the new key would seem to be served since long ago."""
    back = stage.situation(move, drill_days=400, overridden=frozenset({"drained", "possession", "custody", "backup"}))
    entries, edit = len(stage.journal.entries), Edit(write(back.policy))
    before = edit.text
    with pytest.raises(ClockError) as caught:
        advance(replace(back, now=BEGUN - timedelta(days=100)), edit)
    assert "the journal records its rotation on 2026-05-06 12:00 UTC" in str(caught.value)
    assert "the clock says 2026-01-26 12:00; nothing has changed" in str(caught.value)
    assert "pinsmith rotate abort api.example.com" in (caught.value.hint or "")
    assert (edit.text, len(stage.journal.entries)) == (before, entries)
    advance(replace(back, now=BEGUN - timedelta(minutes=30)), edit)


def test_a_switch_that_an_earlier_clock_recorded_does_not_shorten_the_way_back(stage: Stage) -> None:
    """The old key stays for its whole time after the latest move that the journal lists before the switch."""
    situation = stage.situation("certify")
    facts = {"from": str(stage.old.pin), "to": str(stage.new.pin)}
    moves: tuple[tuple[Move, int], ...] = (("certify", 1), ("switch", 300))
    for move, days in moves:
        stage.journal.add(EVENTS[move], NOW - timedelta(days=days), key="new", host=HOST, facts=facts)
    course = course_of(situation.policy, stage.journal, HOST)
    shown = replace(situation, course=course, outcomes=[stage.shows("new")])
    assert set(blocking(shown)) == {"drained"}
    assert blocking(replace(shown, now=NOW + timedelta(days=29))) == {}
