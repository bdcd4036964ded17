"""Rounds against live servers on the loopback: from a key that changes to the alert that arrives."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import TYPE_CHECKING

import msgspec
import pytest

from pinsmith.monitor.watch import Patience
from pinsmith.pin import Pin
from pinsmith.pinfile.releases import Releases
from pinsmith.probe.trust import Trust
from pinsmith.release import Release, ReleasedHost
from pinsmith.rotation.journal import NAME, Journal
from pinsmith.service import rounds
from pinsmith.service.rounds import Round, Rounds
from pinsmith.service.settings import Settings
from pinsmith.service.setup import Setup, run_once
from pinsmith.store import Store
from tests.checks.sample import fetched
from tests.service.scene import HOST, LIVE, NEW, ROOT, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pinsmith.probe import Fetched, Target


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Serve the host with the pinned key."""
    with serving(tmp_path) as scene:
        yield scene


def test_a_key_that_changes_is_an_alert_within_one_round(scene: Scene) -> None:
    """Nothing is sent while all is well; the lock-out is sent at once, and its end when it is certain."""
    scene.round()
    scene.present(NEW)
    scene.round(20)
    assert scene.heard == [("raised", "lockout")]
    scene.present(LIVE)
    scene.round(20)
    scene.round(20)
    assert scene.heard[1:] == [("recovered", "ok")]


def test_a_release_that_is_locked_out_is_an_alert(scene: Scene) -> None:
    """The pin file follows the new key, but an old app cannot, and its release is named until it has ended."""
    scene.round()
    releases = Releases.beside(scene.folder / "pins.toml")
    releases.add(Release("android", "3.9", (ReleasedHost(HOST, {"old": Pin.parse(LIVE.pin)}),), share=2.1))
    releases.save()
    assert scene.round(20).outcomes[0].status.state == "ok"
    scene.present(NEW, pin=NEW.pin)
    (outcome,) = scene.round(20).outcomes
    assert scene.heard == [("raised", "lockout")]
    reasons = {finding.rule: finding.message for finding in outcome.status.reasons}
    assert reasons["old-release-refused"] == "android 3.9 (2.1% of users) is locked out: it pins old only"
    releases.end("android", "3.9", scene.now.date())
    releases.save()
    assert [outcome.status.state for outcome in scene.round(20).outcomes] == ["ok"]


def test_a_host_that_only_a_release_pins_is_watched(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is well until it locks users of the release out, and it is not asked after the release has ended."""
    presents = {HOST: LIVE, "old.example.com": LIVE}
    monkeypatch.setattr(
        rounds, "survey", lambda targets, **_: [[fetched(presents[one.host], one.host)] for one in targets]
    )
    releases = Releases.beside(scene.folder / "pins.toml")
    releases.add(Release("android", "3.9", (ReleasedHost("old.example.com", {"old": Pin.parse(LIVE.pin)}),)))
    releases.save()
    states = {outcome.service.host: outcome.status.state for outcome in scene.round().outcomes}
    assert states == {HOST: "ok", "old.example.com": "ok"}
    presents["old.example.com"] = NEW
    scene.round(20)
    assert scene.heard == [("raised", "lockout")]
    releases.end("android", "3.9", scene.now.date())
    releases.save()
    assert [outcome.service.host for outcome in scene.round(20).outcomes] == [HOST]


@pytest.mark.parametrize("flapping", [6, 1], ids=["the first change", "a change that makes it flapping"])
def test_a_lock_out_must_be_seen_twice(flapping: int, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is itself again when it is asked a second time causes no alert, whatever its kind would be."""
    looks = iter([LIVE, NEW, LIVE, NEW, NEW])
    monkeypatch.setattr(rounds, "survey", lambda targets, **_: [[fetched(next(looks))] for _ in targets])
    monkeypatch.setattr(rounds, "Patience", lambda: Patience(flapping=flapping))
    scene.round()
    scene.round(20)
    assert scene.heard == []
    scene.round(20)
    assert scene.heard == [("flapping" if flapping == 1 else "raised", "lockout")]


def test_a_host_is_asked_when_it_is_due(scene: Scene) -> None:
    """Between two rounds of a host, a round asks nothing, except if it must ask everything."""
    assert len(scene.round().outcomes) == 1
    assert len(scene.round(5).outcomes) == 0
    assert len(scene.round(everything=True).outcomes) == 1
    assert len(scene.round(17).outcomes) == 1


def test_a_network_has_a_budget(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Hosts of one network beyond the budget are asked in the rounds after, before those that are due again."""
    asked: list[list[str]] = []

    def answer(targets: Sequence[Target], **_: object) -> list[list[Fetched]]:
        asked.extend([[target.host for target in targets]] if targets else [])
        return [[fetched(LIVE, target.host)] for target in targets]

    monkeypatch.setattr(rounds, "survey", answer)
    names = ["a.example.com", "b.example.com", "c.example.com", "d.example.org"]
    entries = "".join(f'[[host]]\nname = "{name}"\nkeys = ["live", "standby"]\n' for name in names)
    scene.present(LIVE)
    text = (scene.folder / "pins.toml").read_text()
    (scene.folder / "pins.toml").write_text(text.partition("[[host]]")[0] + entries)
    scene.settings = {"monitor": {"per-network": 1, "at-once": 2}}
    for _ in range(4):
        scene.round()
    assert asked == [["a.example.com", "d.example.org"], ["b.example.com"], ["c.example.com"]]


def test_an_alert_that_was_not_delivered_is_tried_again(scene: Scene) -> None:
    """The channel is down in the first round; after a pause, the alert arrives with the same id."""
    scene.hook.status = 503
    scene.present(NEW)
    failed = scene.round()
    assert failed.delivered == 0
    assert "hook was not reached" in failed.problems[0]
    scene.hook.status = 204
    assert scene.round(0.5).delivered == 0
    assert scene.round(2).delivered == 1
    first, second = (headers["webhook-id"] for _, _, headers, _ in scene.hook.requests)
    assert first == second


def test_a_channel_that_breaks_ends_nothing(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unexpected error is reported by its type, and the alert is tried again."""

    def broken(*_: object) -> None:
        raise ValueError("https://hooks.example.com/secret")

    scene.present(NEW)
    with monkeypatch.context() as patched:
        patched.setattr(rounds, "sender", lambda *_: broken)
        assert scene.round().problems == ("the channel hook was not reached: ValueError",)
    assert scene.round(2).delivered == 1


def test_a_broken_edit_keeps_the_old_pins(scene: Scene) -> None:
    """Within one process, a pin file that breaks is reported, and the host is watched by its last version."""

    async def run() -> tuple[Round, Round]:
        settings = msgspec.convert({"version": 1}, Settings)
        async with Store(scene.folder / "data.db") as store:
            rounds = Rounds([scene.folder / "pins.toml"], settings, scene.folder, store, Trust(cadata=ROOT.pem))
            good = await rounds.run(lambda: scene.now)
            (scene.folder / "pins.toml").write_text("version = 1\n[[host]]\n")
            return good, await rounds.run(lambda: scene.now, everything=True)

    good, broken = asyncio.run(run())
    assert good.problems == ()
    assert "its last version stays in force here" in broken.problems[0]
    assert [outcome.status.state for outcome in broken.outcomes] == ["ok"]


def test_a_broken_journal_stops_no_watch(scene: Scene) -> None:
    """The problem is reported and its last version stays in force; one that has not changed is not verified again."""
    path = scene.folder / "pins.toml"

    async def run() -> tuple[Rounds, list[Journal], Round]:
        settings = msgspec.convert({"version": 1}, Settings)
        async with Store(scene.folder / "data.db") as store:
            rounds = Rounds([path], settings, scene.folder, store, Trust(cadata=ROOT.pem))
            read = []
            for _ in range(2):
                await rounds.run(lambda: scene.now)
                read.append(rounds.journals[path])
            (scene.folder / NAME).write_text("broken\n")
            return rounds, read, await rounds.run(lambda: scene.now, everything=True)

    Journal.beside(path).append("key-retired", scene.now, key="spare")
    rounds, (first, second), broken = asyncio.run(run())
    assert first is second is rounds.journals[path]
    assert len(first.entries) == 1
    assert "its last version stays in force here" in broken.problems[0]
    assert [outcome.status.state for outcome in broken.outcomes] == ["ok"]


def test_maintenance_holds_alerts_back_until_it_ends(scene: Scene) -> None:
    """A key that changes during maintenance causes an alert only if it lasts longer."""
    scene.round()
    start, end = scene.now, scene.now + timedelta(minutes=30)
    scene.settings = {"maintenance": [{"start": start, "end": end}]}
    scene.present(NEW)
    scene.round(20)
    assert scene.heard == []
    scene.round(20)
    assert scene.heard == [("raised", "lockout")]


def test_two_places_never_mix_their_states(scene: Scene) -> None:
    """A copy of the database that another place goes on with has states of its own; each alert names its place."""
    scene.settings = {"monitor": {"vantage": "here"}}
    scene.present(NEW)
    scene.round()
    scene.settings = {"monitor": {"vantage": "there"}}
    scene.present(LIVE)
    assert [outcome.status.state for outcome in scene.round().outcomes] == ["ok"]

    async def states() -> list[tuple[str, str]]:
        async with Store(scene.folder / "data.db") as store:
            assert [state.memory.watch.state for state in await store.states("there")] == ["ok"]
            return [(state.vantage, state.memory.watch.state) for state in await store.states()]

    assert asyncio.run(states()) == [("here", "lockout"), ("there", "ok")]
    settings = msgspec.convert({"version": 1, **scene.settings}, Settings)
    setup = Setup(
        [scene.folder / "pins.toml"], settings, scene.folder, scene.folder / "data.db", Trust(cadata=ROOT.pem)
    )
    shown = asyncio.run(run_once(setup, lambda: scene.now))
    assert [(host.vantage, host.state) for host in shown.hosts] == [("there", "ok")]
    assert scene.heard == [("raised", "lockout")]
    assert json.loads(scene.hook.requests[0][3])["vantage"] == "here"


def test_the_canary_must_be_refused(scene: Scene) -> None:
    """A host that is pinned wrongly on purpose is an alert when it is accepted."""
    scene.settings = {"monitor": {"canary": HOST}}
    scene.present(LIVE, pin=NEW.pin)
    scene.round()
    assert scene.heard == []
    scene.present(LIVE)
    scene.round(20)
    assert scene.heard == [("raised", "warning")]


def test_a_canary_that_is_not_watched_is_a_problem(scene: Scene) -> None:
    """A canary with a spelling mistake would never raise an alert, so each round names it."""
    scene.settings = {"monitor": {"canary": f"canary.{HOST}"}}
    problem = f"no pin file contains the canary canary.{HOST}, so nothing is proven by it"
    assert [scene.round().problems, scene.round().problems] == [(problem,)] * 2
    scene.settings = {"monitor": {"canary": HOST}}
    assert scene.round(20).problems == ()


def test_the_heartbeat_follows_each_round(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its owner notices when rounds end."""
    monkeypatch.setenv("BEAT", f"{scene.hook.url}/beat")
    scene.settings = {"monitor": {"heartbeat": {"env": "BEAT"}}}
    scene.round()
    assert [(method, path) for method, path, _, _ in scene.hook.requests] == [("GET", "/beat")]
