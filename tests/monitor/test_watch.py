"""Which changes of a state people hear of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.monitor.status import Status
from pinsmith.monitor.watch import Patience, step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pinsmith.monitor.status import State
    from pinsmith.monitor.watch import Kind, Watch

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)


def finding(rule: str) -> Finding:
    """Make a reason or a change."""
    return Finding(rule, Severity.HIGH, HostPlace("api.example.com"), "something is wrong", None)


def told(states: Iterable[State | Status], minutes: float = 15, patience: Patience | None = None) -> list[Kind | None]:
    """Take one round after another, and return what people hear after each."""
    watch: Watch | None = None
    heard = []
    for number, each in enumerate(states):
        status = each if isinstance(each, Status) else Status(each)
        now = NOON + number * timedelta(minutes=minutes)
        watch, kind = step(watch, status, now=now, patience=patience or Patience())
        heard.append(kind)
    return heard


def test_a_lock_out_is_told_at_once_and_its_end_when_it_is_certain() -> None:
    """One good round after a lock-out may be the one server that was mended."""
    assert told(["ok", "lockout", "lockout", "ok", "ok", "ok"]) == [None, "raised", None, None, "recovered", None]


def test_the_first_round_tells_what_is_wrong() -> None:
    """A service that starts while clients are locked out says so, and says nothing of hosts that are well."""
    assert told(["lockout"]) == ["raised"]
    assert told(["ok"]) == [None]


def test_a_host_that_is_silent_once_is_not_told() -> None:
    """Three rounds in a row must fail."""
    assert told(["ok", "unreachable", "ok", "unreachable", "unreachable", "unreachable"]) == [*[None] * 5, "raised"]


def test_silence_during_a_lock_out_neither_ends_nor_repeats_it() -> None:
    """A host in a lock-out that is silent for a round is still locked out."""
    assert told(["lockout", "unreachable", "lockout", "lockout"]) == ["raised", None, None, None]


def test_a_worse_and_a_better_state_are_told() -> None:
    """Each step causes an alert."""
    assert told(["warning", "lockout", "warning"]) == ["raised"] * 3


def test_a_lasting_state_is_told_again_by_its_age() -> None:
    """Of a lock-out, people hear every four hours."""
    heard = told(["lockout"] * 33)
    assert [number for number, kind in enumerate(heard) if kind == "reminder"] == [16, 32]


def test_a_new_reason_is_told_once() -> None:
    """A second reason for the same state is news, and coming and going it is not."""
    one, two = Status("warning", (finding("a"),)), Status("warning", (finding("a"), finding("b")))
    assert told([one, two, one, two]) == ["raised", "reminder", None, None]


@pytest.mark.parametrize(("rule", "heard"), [("key-changed", "changed"), ("chain-changed", None)])
def test_another_key_is_told_although_all_is_well(rule: str, heard: Kind | None) -> None:
    """A new key or issuer is news by itself; a renewal with the same key is not."""
    assert told(["ok", Status("ok", (), (finding(rule),))]) == [None, heard]


def test_flapping_is_told_once_and_then_when_it_is_quiet() -> None:
    """After six changes within six hours, people hear nothing until there was no change for six hours."""
    changing: list[State] = ["lockout", "warning"]
    heard = told(["ok", *changing * 6, *changing[1:] * 26])
    assert heard[1:6] == ["raised"] * 5
    assert heard[6] == "flapping"
    assert [(number, kind) for number, kind in enumerate(heard) if number > 6 and kind] == [(36, "reminder")]
