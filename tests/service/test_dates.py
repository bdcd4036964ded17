"""What the service notices of keys and rotations, from the journal and the dates to the alert at a webhook."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.custody.key_file import of_file
from pinsmith.pin import Pin
from pinsmith.pinfile.releases import Releases
from pinsmith.policy import Key
from pinsmith.release import Release, ReleasedHost
from pinsmith.rotation.journal import NAME, Journal
from pinsmith.rotation.possession import prove
from pinsmith.service import rounds
from tests.checks.sample import fetched
from tests.service.scene import HOST, LIVE, ROOT, SPARE, Scene, serving

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


def drill(scene: Scene, place: str = "safe") -> None:
    """Prove that the private key of the standby key exists."""
    key = Key("standby", Pin.parse(SPARE.pin), "leaf", standby=True)
    proof = prove(key, of_file(SPARE.private_pem(), None), custody=place, nonce=bytes(32), now=scene.now)
    Journal.beside(scene.folder / "pins.toml").append("key-proven", scene.now, key=key.name, proof=proof)


def record(scene: Scene, release: Release) -> None:
    """Record a release."""
    releases = Releases.beside(scene.folder / "pins.toml")
    releases.add(release)
    releases.save()


def released(version: str, share: float, *pins: str) -> Release:
    """Return a release that pins the host."""
    named = {f"key-{at}": Pin.parse(pin) for at, pin in enumerate(pins)}
    return Release("android", version, (ReleasedHost(HOST, named),), share=share)


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


def test_the_dates_of_a_rotation_are_alerts(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step that is due is sent once, and again when it is overdue; it ends when the step is made."""
    end = scene.now + timedelta(days=100)
    leaf = fetched(ROOT.issue(HOST, key=LIVE.key, not_before=end - timedelta(days=200), not_after=end))
    monkeypatch.setattr(rounds, "survey", lambda targets, **_: [[leaf] for _ in targets])
    scene.present(LIVE, more="[defaults]\nlead-time = 60")
    scene.round()
    assert heard(scene) == []
    scene.round(13 * DAY)  # 13 days before users need the next key
    scene.round(20)
    (alert,) = heard(scene)
    (finding,) = alert["findings"]
    assert (alert["kind"], alert["state"], finding["rule"]) == ("raised", "warning", "rotation-due")
    assert "the private key of standby was not proven in the last 180 days" in finding["message"]
    assert finding["fix"] == "sign with it: `pinsmith key prove standby FILE --custody PLACE`"
    scene.round(14 * DAY)
    assert scene.heard[1:] == [("reminder", "warning")]
    assert [finding["rule"] for finding in heard(scene)[1]["findings"]] == ["rotation-overdue"]
    drill(scene)
    scene.round(20)
    scene.round(20)
    assert scene.heard[2:] == [("recovered", "ok")]


def test_a_rotation_that_is_blocked_is_an_alert_when_its_day_is_near(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It names the release that would be locked out, with its share and the next command, and ends with the guard."""
    end = scene.now + timedelta(days=70)
    leaf = fetched(ROOT.issue(HOST, key=LIVE.key, not_before=end - timedelta(days=200), not_after=end))
    monkeypatch.setattr(rounds, "survey", lambda targets, **_: [[leaf] for _ in targets])
    pins = scene.folder / "pins.toml"
    scene.present(LIVE, more="[defaults]\nlead-time = 20")
    drill(scene, "Berlin")
    drill(scene, "Oslo")
    facts = {"from": LIVE.pin, "to": SPARE.pin}
    Journal.beside(pins).append("rotation-pinned", scene.now, key="standby", host=HOST, facts=facts)
    record(scene, released("3.9", 2.1, LIVE.pin))
    record(scene, released("4.0", 97.9, LIVE.pin, SPARE.pin))
    scene.round()
    assert heard(scene) == []
    scene.round(50 * DAY)  # 6 days before the switch, and 20 days before the certificate ends
    (alert,) = heard(scene)
    assert alert["state"] == "warning"
    (blocked,) = [finding for finding in alert["findings"] if finding["rule"] == "rotation-stuck"]
    assert "it is blocked: android 3.9 (2.1% of users) would be locked out" in blocked["message"]
    assert "pinsmith release end APP VERSION" in blocked["fix"]
    releases = Releases.beside(pins)
    releases.end("android", "3.9", scene.now.date())
    releases.save()
    scene.round(20)
    assert scene.heard[1:] == [("reminder", "warning")]
    assert "rotation-due" in [finding["rule"] for finding in heard(scene)[1]["findings"]]
