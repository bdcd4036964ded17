"""Rotations from what the service has stored: guards are asked with it, and what was not seen is unknown."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from pinsmith.certificate import Certificate
from pinsmith.checks import check_host
from pinsmith.errors import ConnectError
from pinsmith.lab.pki.authority import Authority
from pinsmith.monitor.observation import observed
from pinsmith.pinfile import parse_file
from pinsmith.probe import Failed, Target
from pinsmith.probe.trust import Distrust
from pinsmith.rotation.course import ABORTED, EVENTS
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.situation import situate
from pinsmith.service.rotations import RECENT, Seen, past_rotations, rotation_of
from tests.rotation.stage import HOST, NOW, Stage

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from pinsmith.pinfile import PinFile
    from pinsmith.probe import FetchOutcome
    from pinsmith.service.rotations import Rotation


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """Make a host with a key in service and two that are proven."""
    return Stage(Authority.root(), tmp_path)


def _pin_file(stage: Stage, more: str = "") -> PinFile:
    keys = {"old": stage.old, "new": stage.new, "spare": stage.spare}
    text = ["version = 1\ndefaults.lead-time = 30"]
    text += [
        f'[keys.{name}]\npin = "{key.pin}"\nrole = "leaf"' + ("\nstandby = true" if name != "old" else "")
        for name, key in keys.items()
    ]
    text.append(f'[[host]]\nname = "{HOST}"\nkeys = ["old", "new", "spare"]\n{more}')
    return parse_file("\n".join(text))


def _seen(stage: Stage, outcomes: Sequence[FetchOutcome], *, age: timedelta = timedelta(), more: str = "") -> Seen:
    checks = check_host(_pin_file(stage, more).policy, outcomes, now=NOW)
    ders = {link.sha256: link.der for check in checks for link in check.chain or () if isinstance(link, Certificate)}
    return Seen("here", NOW - age, observed(checks), ders)


def _answers(rotation: Rotation, move: str) -> dict[str, bool | None]:
    (step,) = (step for step in rotation.steps if step.move == move)
    return {guard.name: guard.holds for guard in step.guards}


def _rotation(stage: Stage, *seen: Seen, more: str = "") -> Rotation:
    pin_file = _pin_file(stage, more)
    released = [stage.released("4.0", stage.old, stage.new)]
    return rotation_of(pin_file, stage.journal, released, HOST, seen=seen, now=NOW)


def test_guards_are_asked_with_what_was_stored(stage: Stage) -> None:
    """The next move has the guards that hold, and the moves after it have those that do not hold yet."""
    found = _rotation(stage, _seen(stage, [stage.shows("old")]))
    assert [(step.move, step.state) for step in found.steps] == [
        ("pin", "done"),
        ("certify", "next"),
        ("switch", "later"),
        ("remove", "later"),
    ]
    certify, switch = _answers(found, "certify"), _answers(found, "switch")
    assert certify["releases"] is certify["way-back"] is certify["custody"] is True
    assert (certify["certificate"], certify["renewal"]) == (None, None)
    assert switch == {"served": False, "accepted": True}
    assert _answers(_rotation(stage, _seen(stage, [stage.shows("new")])), "switch") == {
        "served": True,
        "accepted": True,
    }


def test_the_stored_answer_gives_the_guards_of_a_live_one(stage: Stage) -> None:
    """Every guard of every move says of the stored chains what it says of those that were fetched."""
    live = (stage.shows("old"), stage.shows("new", "192.0.2.2"))
    found = _rotation(stage, _seen(stage, live))
    assert found.course is not None
    released = [stage.released("4.0", stage.old, stage.new)]
    asked = replace(
        situate(_pin_file(stage), found.course, stage.journal, released, now=NOW),
        outcomes=live,
    )
    for step in found.steps[1:]:
        assert list(step.guards) == ask_guards(asked, step.move)


UNKNOWN: dict[str, Callable[[Stage], list[Seen]]] = {
    "nobody has looked": lambda _: [],
    "it was seen long ago": lambda stage: [
        _seen(stage, [stage.shows("new")], age=RECENT + timedelta(seconds=1)),
    ],
    "an address does not answer": lambda stage: [
        _seen(stage, [stage.shows("new"), Failed(Target(HOST), "192.0.2.2", ConnectError("timed out"))]),
    ],
    "a certificate is not stored": lambda stage: [replace(_seen(stage, [stage.shows("new")]), certificates={})],
    "pins were not in force": lambda stage: [_seen(stage, [stage.shows("new")], more="expires = 2026-06-01")],
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_what_was_not_seen_is_unknown(stage: Stage, case: str) -> None:
    """Nobody knows whether every address presents the new key."""
    assert _answers(_rotation(stage, *UNKNOWN[case](stage)), "switch")["served"] is None


def test_a_chain_that_was_not_compared_is_unknown(stage: Stage) -> None:
    """If pins alone are trusted, the verified chain was not stored, and a release that needs it cannot be asked."""
    more = 'trust = "pins-only"'
    seen = _seen(stage, [stage.shows("new")], more=more)
    assert _answers(_rotation(stage, seen, more=more), "switch") == {"served": None, "accepted": None}


def test_a_stored_chain_that_did_not_verify_is_not_accepted(stage: Stage) -> None:
    """A stranger can send a certificate that is pinned, so what was only presented does not count as verified."""
    stranger = replace(stage.shows("new"), verified=None, distrust=Distrust("unknown-issuer", "it", "it"))
    answers = _answers(_rotation(stage, _seen(stage, [stranger])), "switch")
    assert answers["accepted"] is False


def test_a_host_that_cannot_be_rotated_says_why(stage: Stage) -> None:
    """A rotation whose key is gone from the pin file is open, with its problem and without guards."""
    gone = {"from": str(stage.old.pin), "to": f"sha256/{'A' * 43}="}
    stage.journal.add(EVENTS["certify"], NOW, key="gone", host=HOST, facts=gone)
    found = _rotation(stage)
    assert (found.standing, found.guards, len(found.entries)) == ("open", (), 1)
    assert "no longer has that key" in str(found.problem)


def test_past_rotations_are_those_that_ended(stage: Stage) -> None:
    """The newest comes first, with what the journal has; an open one is not among them."""
    facts = {"from": str(stage.old.pin), "to": str(stage.new.pin)}
    events = [EVENTS["pin"], ABORTED, EVENTS["pin"], EVENTS["certify"], EVENTS["switch"], EVENTS["remove"]]
    for event in [*events, EVENTS["remove"], EVENTS["certify"]]:
        stage.journal.add(event, NOW, key="new", host=HOST, facts=facts)
    found = past_rotations(stage.journal, HOST)
    assert [(one.standing, len(one.entries)) for one in found] == [("ended", 5), ("aborted", 2)]
    assert [proof.custody for proof in found[0].proofs] == ["Berlin", "Oslo"]
    assert _rotation(stage).standing == "open"
