"""Two places watch a host over real TLS, share one database, and one of them reaches a server with another key."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from pinsmith.cli._serve_result import log, show
from pinsmith.errors import UsageError
from pinsmith.exit_code import ExitCode
from pinsmith.probe.trust import Trust
from pinsmith.service.settings import DEFAULT, Settings
from pinsmith.service.setup import Setup, run_once, seen_from
from tests.service.scene import HOST, LIVE, NEW, ROOT, SPARE, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.documents.watched import WatchedDocument
    from pinsmith.lab.pki.identity import Identity
    from pinsmith.service.rounds import Round


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Serve the host with the pinned key, and a second server with another key."""
    with serving(tmp_path) as scene:
        yield scene


def ask(scene: Scene, vantage: str, identity: Identity, minutes: float = 5, **monitor: object) -> Round:
    """Run a round from a place from which the host is the server with *identity*."""
    scene.settings = {"monitor": {"vantage": vantage, **monitor}}
    scene.present(identity)
    return scene.round(minutes, everything=True)


def differing(scene: Scene) -> None:
    """One place sees an unknown key before and after the other place has seen the pinned one."""
    ask(scene, "fra1", NEW)
    ask(scene, "ams1", LIVE)
    ask(scene, "fra1", NEW)


def heard(scene: Scene, topic: str = "vantages") -> list[dict[str, Any]]:
    """Return the alerts of one class that have arrived."""
    bodies = [json.loads(body) for method, _, _, body in scene.hook.requests if method == "POST"]
    return [body for body in bodies if body["topic"] == topic]


def once(scene: Scene, vantage: str, minutes: float = 0) -> WatchedDocument:
    """Run a round as cron does."""
    scene.now += timedelta(minutes=minutes)
    folder = scene.folder
    settings = msgspec.convert({"version": 1, "monitor": {"vantage": vantage}}, Settings)
    setup = Setup([folder / "pins.toml"], settings, folder, folder / "data.db", Trust(cadata=ROOT.pem))
    return asyncio.run(run_once(setup, lambda: scene.now))


def test_an_unknown_key_from_one_place_only_is_an_alert_of_its_own_class(scene: Scene) -> None:
    """It comes beside the alert of the host, exactly once, and names the place, both keys and what to suspect."""
    differing(scene)
    ask(scene, "ams1", LIVE)
    ask(scene, "fra1", NEW)
    assert [(one["kind"], one["vantage"]) for one in heard(scene, "state")] == [("raised", "fra1")]
    (alert,) = heard(scene)
    assert (alert["kind"], alert["state"], alert["vantage"]) == ("raised", "interception", "fra1")
    assert alert["title"] == f"{HOST}:443: an unknown key is seen from fra1 only"
    (finding,) = alert["findings"]
    assert (finding["rule"], finding["severity"], finding["pin"]) == ("seen-from-some-vantages", "high", NEW.pin)
    assert f"fra1 sees {NEW.pin}; ams1 sees live ({LIVE.pin})" in finding["message"]
    assert finding["fix"].startswith("suspect the network of fra1 before the host")


def test_a_rotation_is_not_taken_for_a_man_in_the_middle(scene: Scene) -> None:
    """The host changes its key while the places take turns; all see it, so there is only the alert of the host."""
    for vantage, identity in [("ams1", LIVE), ("fra1", LIVE), ("ams1", NEW), ("fra1", NEW), ("ams1", NEW)]:
        ask(scene, vantage, identity)
    assert [one["kind"] for one in heard(scene, "state")] == ["raised", "raised"]
    assert heard(scene) == []


def test_pinned_keys_may_differ_between_places(scene: Scene) -> None:
    """During a rotation, a part of the servers has the next key, which is pinned."""
    ask(scene, "ams1", LIVE)
    for vantage in ("fra1", "ams1", "fra1", "ams1"):
        scene.settings = {"monitor": {"vantage": vantage}}
        scene.present(NEW if vantage == "fra1" else LIVE, pin=NEW.pin)
        text = (scene.folder / "pins.toml").read_text()
        (scene.folder / "pins.toml").write_text(text.replace(SPARE.pin, LIVE.pin))
        scene.round(5, everything=True)
    assert heard(scene) == []


@pytest.mark.parametrize(("minutes", "alerts"), [(30, 1), (60, 0)])
def test_what_is_old_is_not_compared(minutes: float, alerts: int, scene: Scene) -> None:
    """If the other place was not heard for more than two intervals, it cannot say what it would see now."""
    ask(scene, "fra1", NEW)
    ask(scene, "ams1", LIVE)
    ask(scene, "fra1", NEW, minutes)
    assert len(heard(scene)) == alerts


def test_it_ends_when_the_places_agree_twice(scene: Scene) -> None:
    """The alert of its end names the places that agree; after it, a new disagreement is an alert again."""
    differing(scene)
    ask(scene, "fra1", LIVE)
    assert len(heard(scene)) == 1
    ask(scene, "ams1", LIVE)
    ended = heard(scene)[1]
    assert (ended["kind"], ended["state"], ended["title"]) == (
        "recovered",
        "ok",
        f"{HOST}:443: the places agree again (ams1 and fra1)",
    )
    differing(scene)
    assert [one["kind"] for one in heard(scene)] == ["raised", "recovered", "raised"]


def test_a_silent_place_never_ends_it(scene: Scene) -> None:
    """If the place with the unknown key falls silent, that is a problem of each round, and nothing has recovered."""
    differing(scene)
    for _ in range(3):
        quiet = ask(scene, "ams1", LIVE, 40)
    assert [one["kind"] for one in heard(scene)] == ["raised"]
    assert len(quiet.problems) == 1
    assert quiet.problems[0].startswith("nothing was heard from fra1 (since ")
    assert once(scene, "ams1").disagreements[0].places[1].vantage == "fra1"


def test_a_place_that_was_given_up_ends_it(scene: Scene) -> None:
    """After 30 days of silence nobody waits for the place, also if only one other place is left."""
    differing(scene)
    for minutes in (29 * 24 * 60, 2 * 24 * 60, 5):
        done = ask(scene, "ams1", LIVE, minutes)
    assert done.problems == ()
    assert [(one["kind"], one["vantage"]) for one in heard(scene)] == [("raised", "fra1"), ("recovered", "ams1")]
    assert once(scene, "ams1").disagreements == []


def test_maintenance_holds_it_back(scene: Scene) -> None:
    """A disagreement that lasts longer than the maintenance is an alert then."""
    end = scene.now + timedelta(minutes=17)
    for vantage, identity in [("fra1", NEW), ("ams1", LIVE), ("fra1", NEW), ("ams1", LIVE), ("fra1", NEW)]:
        held = {"maintenance": [{"start": scene.now - timedelta(hours=1), "end": end}]}
        scene.settings = {"monitor": {"vantage": vantage}, **held}
        scene.present(identity)
        scene.round(5, everything=True)
        assert scene.now > end or heard(scene) == []
    assert len(heard(scene)) == 1


def test_each_place_shows_it_with_exit_code_3(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """From cron, also the place that sees the pinned key prints the finding and the fix, and fails."""
    differing(scene)
    scene.present(LIVE)
    document = once(scene, "ams1", 20)
    assert [host.state for host in document.hosts] == ["ok"]
    assert not document.ok
    (one,) = document.disagreements
    assert [(place.vantage, place.state, place.keys[0].pin, place.keys[0].standing) for place in one.places] == [
        ("ams1", "ok", LIVE.pin, "pinned"),
        ("fra1", "lockout", NEW.pin, "unknown"),
    ]
    assert show(document, "text") == ExitCode.MISMATCH
    printed = capsys.readouterr().out.splitlines()
    assert printed[:2] == [f"ok  {HOST}:443", f"places disagree  {HOST}:443"]
    assert printed[2].startswith("  an unknown key is seen from fra1 only")
    assert printed[3].startswith("  fix: suspect the network of fra1")


def test_the_log_has_it(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    """The service prints the alert as it prints those of hosts."""
    ask(scene, "fra1", NEW)
    ask(scene, "ams1", LIVE)
    capsys.readouterr()
    log(ask(scene, "fra1", NEW))
    assert f"{HOST}:443: an unknown key is seen from fra1 only\n  an unknown key" in capsys.readouterr().out


def test_one_place_alone_compares_nothing(scene: Scene) -> None:
    """There is no alert of this class, and no problem."""
    done = [ask(scene, "fra1", NEW) for _ in range(3)]
    assert heard(scene) == []
    assert [one.problems for one in done] == [()] * 3


@pytest.mark.parametrize("name", ["", " ", "fra1\n", "-fra1", "<b>", "a" * 33, "füssen"])
def test_a_name_that_could_deceive_is_refused(name: str) -> None:
    """The name stands in alerts, pages, metrics and the database; an empty one would mix two places."""
    with pytest.raises(UsageError, match="cannot be the name of a place") as caught:
        seen_from(name, DEFAULT)
    assert caught.value.hint == "use up to 32 letters, digits, spaces, dots, hyphens and underscores, such as fra1"


@pytest.mark.parametrize("name", ["fra1", "this machine", "a" * 32, "Rack_7.b-2"])
def test_a_name_replaces_that_of_the_settings(name: str) -> None:
    """Without one, the name of the settings stays."""
    assert seen_from(name, DEFAULT).monitor.vantage == name
    assert seen_from(None, DEFAULT) == DEFAULT
