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
from pinsmith.probe import FetchOutcome
from pinsmith.service import rounds
from tests.checks.sample import failed, fetched
from tests.service.scene import HOST, LIVE, NEW, ROOT, SPARE, Scene, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


FIRST, SECOND = OTHER_ROOT.issue(HOST), OTHER_ROOT.issue(HOST)
Look = tuple[str, list[FetchOutcome]]


def looks(places: str, *presented: FetchOutcome) -> list[Look]:
    """Let places ask in turn, and be presented these in turn."""
    return list(zip(places.split(), ([one] for one in presented), strict=True))


@dataclass
class Difference:
    """Places that ask one after the other, what is presented to them, and the alerts about places that must come."""

    name: str
    looks: list[Look]
    alerts: tuple[tuple[str, str], ...]


RAISED, ENDED = ("raised", "fra1"), ("recovered", "ams1 and fra1")
AROUND = looks("fra1 ams1 fra1", fetched(NEW), fetched(LIVE), fetched(NEW))
WELL = looks("ams1 fra1 ams1", fetched(LIVE), fetched(LIVE), fetched(LIVE))
MANY_LOOKS = 20
DIFFERENCES = (
    Difference("one place sees an unknown key", AROUND, (RAISED,)),
    Difference("one place sees it for a long time", AROUND * 4, (RAISED,)),
    Difference("one place sees it for more than four hours", AROUND * 18, (RAISED, ("reminder", "fra1"))),
    Difference("the difference ends", [*AROUND, *WELL], (RAISED, ENDED)),
    Difference("it begins again", [*AROUND, *WELL, *AROUND], (RAISED, ENDED, RAISED)),
    Difference("one place saw it once", [*AROUND[:2], *WELL], ()),
    Difference("every place sees it", looks("fra1 ams1 fra1 ams1", *[fetched(NEW)] * 4), ()),
    Difference("the host changes its key", looks("ams1 fra1 fra1 ams1 fra1", fetched(LIVE), *[fetched(NEW)] * 4), ()),
    Difference(
        "a new unknown key in each round",
        looks("fra1 ams1 fra1", fetched(FIRST), fetched(LIVE), fetched(SECOND)),
        (RAISED,),
    ),
    Difference(
        "one of two addresses",
        [
            ("fra1", [fetched(LIVE), fetched(NEW, address=ELSEWHERE)]),
            ("ams1", [fetched(LIVE), fetched(LIVE, address=ELSEWHERE)]),
            ("fra1", [fetched(LIVE), fetched(NEW, address=ELSEWHERE)]),
        ],
        (RAISED,),
    ),
    Difference(
        "no authority vouches for it",
        looks("fra1 ams1 fra1", fetched(FIRST, trusted=False), fetched(LIVE), fetched(FIRST, trusted=False)),
        (RAISED,),
    ),
    Difference("another place is cut off", looks("fra1 ams1 fra1", fetched(NEW), failed(), fetched(NEW)), ()),
    Difference(
        "the place that sees it is cut off",
        [*AROUND, *looks("fra1 ams1 fra1 ams1", failed(), fetched(LIVE), failed(), fetched(LIVE))],
        (RAISED,),
    ),
    Difference(
        "a third place agrees with the first",
        looks("fra1 par1 ams1 fra1 par1", fetched(NEW), fetched(NEW), fetched(LIVE), fetched(NEW), fetched(NEW)),
        (("raised", "fra1 and par1"),),
    ),
    Difference(
        "it comes and goes",
        [*AROUND, *WELL] * 5,
        (*(RAISED, ENDED) * 2, RAISED, ("flapping", "ams1 and fra1")),
    ),
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


@pytest.mark.parametrize(
    "difference",
    [
        pytest.param(one, id=one.name, marks=[pytest.mark.thorough] if len(one.looks) > MANY_LOOKS else [])
        for one in DIFFERENCES
    ],
)
def test_a_difference_between_places_is_noticed(
    difference: Difference, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The alerts about places are exactly these, whatever the alerts about the state of the host are."""
    scene.present(LIVE)
    for vantage, presented in difference.looks:
        monkeypatch.setattr(rounds, "survey", lambda targets, presented=presented, **_: [presented for _ in targets])
        scene.settings = {"monitor": {"vantage": vantage}}
        scene.round(5, everything=True)
    about_places = [alert for alert in alerts(scene) if alert["topic"] == "vantages"]
    assert tuple((alert["kind"], alert["vantage"]) for alert in about_places) == difference.alerts


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
