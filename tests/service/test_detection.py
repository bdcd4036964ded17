"""Each thing that the service must notice: from what a host presents to the alert at a webhook."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.authorities import Membership
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.servers.dual import DualServer
from pinsmith.monitor import status
from pinsmith.service import rounds
from tests.checks.sample import failed, fetched
from tests.service.scene import HOST, LIVE, NEW, ROOT, SPARE, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.probe import FetchOutcome

TODAY = datetime.now(UTC)
ELSEWHERE = "192.0.2.2"
OTHER_ROOT = Authority.root("Other root")


def lasting(days: int, left: int) -> FetchOutcome:
    """Present the pinned key in a certificate of some days, of which some are left."""
    end = TODAY + timedelta(days=left)
    return fetched(ROOT.issue(HOST, key=LIVE.key, not_before=end - timedelta(days=days), not_after=end))


@dataclass
class Event:
    """A change of a host or of its entry, and what the service must find; *kind* is None for no alert."""

    name: str
    after: list[FetchOutcome]
    state: str
    rule: str
    kind: str | None = "raised"
    more: str = ""
    before: list[FetchOutcome] = field(default_factory=lambda: [fetched(LIVE)])


EVENTS = (
    Event("the pinned key is not served any more", [fetched(NEW)], "lockout", "clients-refused"),
    Event(
        "an unknown key at one address, by the usual issuer",
        [fetched(LIVE), fetched(NEW, address=ELSEWHERE)],
        "lockout",
        "clients-refused",
    ),
    Event(
        "an unknown key at one address, by an issuer that was never seen",
        [fetched(LIVE), fetched(OTHER_ROOT.issue(HOST), address=ELSEWHERE)],
        "interception",
        "interception-suspected",
    ),
    Event(
        "a stranger whom no authority vouches for",
        [fetched(OTHER_ROOT.issue(HOST), trusted=False)],
        "interception",
        "interception-suspected",
    ),
    Event("the backup is served", [fetched(ROOT.issue(HOST, key=SPARE.key))], "warning", "standby-in-service"),
    Event(
        "the backup is served, and the key before is not",
        [fetched(ROOT.issue(HOST, key=SPARE.key))],
        "warning",
        "not-served",
    ),
    Event(
        "another issuer of the pinned key",
        [fetched(OTHER_ROOT.issue(HOST, key=LIVE.key))],
        "ok",
        "issuer-changed",
        kind="changed",
    ),
    Event("another chain of the pinned key", [lasting(90, 80)], "ok", "chain-changed", kind=None),
    Event("a certificate that ends, by its lifetime", [lasting(100, 24)], "warning", "certificate-expires"),
    Event(
        "a certificate that ends before users have updated",
        [lasting(200, 55)],
        "warning",
        "certificate-expires",
        more="[defaults]\nlead-time = 60",
    ),
    Event("a certificate that was not renewed", [lasting(100, 9)], "lockout-imminent", "renewal-late"),
    Event(
        "pins that end",
        [fetched(LIVE)],
        "warning",
        "pins-expire",
        more=f"expires = {TODAY + timedelta(days=20):%Y-%m-%d}",
    ),
    Event(
        "pins that have ended",
        [fetched(LIVE)],
        "warning",
        "pins-not-enforced",
        more=f"expires = {TODAY - timedelta(days=2):%Y-%m-%d}",
    ),
    Event(
        "a compromised authority",
        [fetched(LIVE)],
        "interception",
        "interception-suspected",
        more=f'[compromised.leaked]\npin = "{ROOT.pin}"',
    ),
    Event("an address that is silent", [fetched(LIVE), failed()], "warning", "host-unreachable"),
)


@pytest.fixture
def scene(tmp_path: Path) -> Iterator[Scene]:
    """Serve a host and a webhook."""
    with serving(tmp_path) as scene:
        scene.now = TODAY
        yield scene


def alerts(scene: Scene) -> list[dict[str, Any]]:
    """Return the alerts that have arrived."""
    return [json.loads(body) for _, _, _, body in scene.hook.requests]


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: event.name)
def test_it_is_noticed(event: Event, scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """A host that is well causes no alert; then the alert names the state, the reason and what to do."""
    presented = event.before
    monkeypatch.setattr(rounds, "survey", lambda targets, **_: [presented for _ in targets])
    scene.round()
    assert alerts(scene) == []
    presented = event.after
    scene.present(LIVE, more=event.more)
    (outcome,) = scene.round(20).outcomes
    assert outcome.status.state == event.state
    found = {finding.rule: finding for finding in (*outcome.status.reasons, *outcome.status.changes)}
    assert event.rule in found
    assert [alert["kind"] for alert in alerts(scene)] == ([event.kind] if event.kind else [])
    if event.kind == "raised":
        assert found[event.rule].fix
        assert event.rule in {finding["rule"] for finding in alerts(scene)[0]["findings"]}


def test_a_root_that_leaves_a_store_is_noticed(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the table of authorities: the newest list of one store is without the root, and others may follow."""
    monkeypatch.setattr(rounds, "survey", lambda targets, **_: [[fetched(LIVE)] for _ in targets])
    scene.round()
    today = TODAY.date()
    left = Membership("mozilla", "Mozilla", today, today, today, is_current=True)
    old = Membership("oracle-java", "Oracle Java", today, today, today, is_current=False)
    monkeypatch.setattr(status, "memberships", lambda pin: (left, old) if str(pin) == ROOT.pin else ())
    scene.round(20)
    (alert,) = alerts(scene)
    (finding,) = alert["findings"]
    assert (alert["state"], finding["rule"]) == ("warning", "root-left-store")
    assert "Mozilla" in finding["message"]
    assert "Java" not in finding["message"]


def test_both_kinds_of_key_are_asked_for(scene: Scene) -> None:
    """A server with a pinned ECDSA key and an RSA key that is not pinned locks out the clients that prefer RSA."""
    with DualServer(LIVE, ROOT.issue(HOST, key="rsa-2048")) as dual:
        scene.ports[LIVE.pin] = dual.port
        scene.present(LIVE)
        (outcome,) = scene.round().outcomes
    assert outcome.status.state == "lockout"
    assert {sight.verdict for sight in outcome.observation.sights} == {"matched", "mismatched"}
