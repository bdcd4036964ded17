"""What the service notices of keys and rotations, from the journal and the dates to the alert at a webhook."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.custody.key_file import of_file
from pinsmith.pin import Pin
from pinsmith.policy import Key
from pinsmith.rotation.journal import NAME, Journal
from pinsmith.rotation.possession import prove
from tests.service.scene import LIVE, SPARE, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DAY = 24 * 60
DRILLS = "[defaults]\ndrill-days = 90"


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Serve the host with the pinned key."""
    with serving(tmp_path) as scene:
        yield scene


def drill(scene: Scene) -> None:
    """Prove that the private key of the standby key exists."""
    key = Key("standby", Pin.parse(SPARE.pin), "leaf", standby=True)
    proof = prove(key, of_file(SPARE.private_pem(), None), custody="safe", nonce=bytes(32), now=scene.now)
    Journal.beside(scene.folder / "pins.toml").append("key-proven", scene.now, key=key.name, proof=proof)


def heard(scene: Scene) -> list[dict[str, Any]]:
    """Return the alerts that have arrived."""
    return [json.loads(body) for _, _, _, body in scene.hook.requests]


def test_a_drill_that_is_overdue_is_an_alert(scene: Scene) -> None:
    """It is sent once, again after a week, and ends with a proof; when the proof is too old, it begins anew."""
    scene.present(LIVE, more=DRILLS)
    scene.round()
    scene.round(20)
    (alert,) = heard(scene)
    (finding,) = alert["findings"]
    assert (alert["kind"], alert["state"], finding["rule"]) == ("raised", "warning", "drill-overdue")
    assert finding["message"] == "nobody knows whether the private key of standby still exists: it was never proven"
    assert finding["fix"] == "sign with it: `pinsmith key prove standby FILE`"
    scene.round(7 * DAY)
    assert scene.heard[1:] == [("reminder", "warning")]
    drill(scene)
    scene.round(20)
    scene.round(20)
    assert scene.heard[2:] == [("recovered", "ok")]
    scene.round(91 * DAY)
    assert scene.heard[3:] == [("raised", "warning")]
    assert heard(scene)[-1]["findings"][0]["message"].endswith(", 91 days ago")


def test_a_journal_that_was_never_readable_is_a_problem_and_the_host_is_still_watched(scene: Scene) -> None:
    """Nobody knows when a key was proven, so each round says that keys are not watched."""
    scene.present(LIVE, more=DRILLS)
    (scene.folder / NAME).write_text("{}\n")
    for done in (scene.round(), scene.round(20)):
        assert [outcome.status.state for outcome in done.outcomes] == ["ok"]
        (problem,) = done.problems
        assert problem.startswith(str(scene.folder / NAME))
        assert problem.endswith("; keys and rotations are not watched")
