"""Releases by what the service has stored: their users are locked out, accepted, or nobody knows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.checks import check_host
from pinsmith.checks.cohort import for_releases_alone
from pinsmith.errors import ConnectError
from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.observation import observed
from pinsmith.policy import HostPins, Policy
from pinsmith.probe import Failed, Target
from pinsmith.service.released import fates, worst
from pinsmith.service.rotations import RECENT, Seen
from tests.rotation.stage import HOST, NOW, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinsmith.probe import FetchOutcome

SILENT = Failed(Target(HOST), "192.0.2.2", ConnectError("timed out"))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Make a host and its keys."""
    return Stage(Authority.root(), tmp_path)


def _policy(stage: Stage, **fields: str) -> Policy:
    keys = (stage.old, stage.new, stage.spare)
    return Policy((HostPins(HOST, keys, **fields),), keys)  # type: ignore[arg-type]


def _seen(policy: Policy, outcomes: Sequence[FetchOutcome], age: timedelta = timedelta()) -> dict[str, list[Seen]]:
    checks = [*map(for_releases_alone, check_host(policy, outcomes, now=NOW))]
    ders = {link.sha256: link.der for check in checks for link in check.chain or () if isinstance(link, Certificate)}
    return {HOST: [Seen("here", NOW - age, observed(checks), ders)]}


CASES: dict[str, tuple[str, str, Callable[[Stage], tuple[Policy, dict[str, list[Seen]]]]]] = {
    "the host presents a key that it pins": (
        "accepts",
        "the host presents old",
        lambda stage: (_policy(stage), _seen(_policy(stage), [stage.shows("old")])),
    ),
    "one address presents another key": (
        "locked-out",
        "it pins old only (192.0.2.3)",
        lambda stage: (
            _policy(stage),
            _seen(_policy(stage), [stage.shows("old"), SILENT, stage.shows("new", "192.0.2.3")]),
        ),
    ),
    "an address is silent": (
        "unknown",
        "could not be read",
        lambda stage: (_policy(stage), _seen(_policy(stage), [stage.shows("old"), SILENT])),
    ),
    "nobody has asked": ("unknown", "nobody has asked", lambda stage: (_policy(stage), {})),
    "it was asked long ago": (
        "unknown",
        "nobody has asked",
        lambda stage: (
            _policy(stage),
            _seen(_policy(stage), [stage.shows("old")], RECENT + timedelta(minutes=1)),
        ),
    ),
    "the host is trusted by its pins alone": (
        "unknown",
        "not stored",
        lambda stage: (
            _policy(stage, trust="pins-only"),
            _seen(_policy(stage, trust="pins-only"), [stage.shows("old")]),
        ),
    ),
    "only releases pin the host": (
        "unknown",
        "no pins of the pin file",
        lambda stage: (Policy((), ()), _seen(Policy((), ()), [stage.shows("old")])),
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_users_are_locked_out_only_by_what_was_seen(case: str, stage: Stage) -> None:
    """The worst address decides, and what nobody knows is not called well."""
    outcome, why, situation = CASES[case]
    policy, seen = situation(stage)
    (fate,) = found = fates(stage.released("3.9", stage.old), policy, seen, now=NOW)
    assert (fate.outcome, why in fate.why, worst(found)) == (outcome, True, outcome), fate


def test_pins_that_are_not_in_force_lock_nobody_out(stage: Stage) -> None:
    """A release whose pins have ended, or which only reports, connects whatever the host presents."""
    seen = _seen(_policy(stage), [stage.shows("new")])
    for fields in ({"expires": date(2026, 6, 1)}, {"mode": "report-only"}):
        (fate,) = fates(stage.released("3.9", stage.old, **fields), _policy(stage), seen, now=NOW)
        assert fate.outcome == "not-enforced"
        assert fate.why
