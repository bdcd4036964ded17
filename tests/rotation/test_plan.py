"""The plan of a rotation: its days, its state, and the choices in an emergency."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.cli._plan_lines import plan_lines
from pinsmith.errors import PolicyError
from pinsmith.pinfile import Edit, Output, PinFile, write
from pinsmith.policy import HostPins, Policy
from pinsmith.rotation.advance import advance
from pinsmith.rotation.course import EVENTS, MOVES, Emergency, Move, course_of
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.plan import Plan, plan
from pinsmith.rotation.situation import Situation, Validity, situate
from tests.rotation.stage import HOST, LONG, NOW, Stage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pinsmith.release import Release

END = Validity(None, datetime(2027, 1, 31, tzinfo=UTC))


def offline(stage: Stage, move: Move, **changes: Any) -> Situation:  # noqa: ANN401
    """Return the situation before *move*, of which nobody has asked the host."""
    known: dict[str, Any] = {"outcomes": None, "issued": None, "renewed": None, "seen": END, "lead_time": 60}
    return stage.situation(move, **(known | changes))


def days(found: Plan) -> dict[str, str]:
    """Return the day of each step, or the distance in words."""
    moments = {step.name: step.begins if step.name == "remove" else step.due for step in found.steps}
    return {
        step.name: f"{moment:%Y-%m-%d}" if (moment := moments[step.name]) else step.distance for step in found.steps
    }


def states(found: Plan) -> dict[str, str]:
    """Return the state of each step."""
    return {step.name: step.state for step in found.steps}


def test_days_count_backwards_from_the_end_of_the_certificate(stage: Stage) -> None:
    """Two weeks are left for a way back, users get their time before it, and the old key leaves after as long again."""
    assert days(plan(offline(stage, "pin", releases=[stage.released("4.0", stage.old)]))) == {
        "pin": "2026-11-18",
        "ship": "2026-11-18",
        "certify": "2027-01-17",
        "switch": "2027-01-17",
        "remove": "2027-03-18",
    }


def test_of_a_short_lived_certificate_a_sixth_is_left(stage: Stage) -> None:
    """The way back is the one that the guard asks for."""
    short = Validity(NOW, NOW + timedelta(days=42))
    assert days(plan(offline(stage, "pin", seen=short, lead_time=7)))["switch"] == "2026-07-20"


def test_pins_that_expire_are_a_last_day_too(stage: Stage) -> None:
    """The move `pin` is due before the pins end for those who have not updated."""
    entry = HostPins(HOST, (stage.old, stage.spare), expires=date(2026, 10, 1))
    assert days(plan(offline(stage, "pin", entry=entry)))["pin"] == "2026-08-02"


def test_what_is_not_known_is_a_distance(stage: Stage) -> None:
    """No day is made up, and the plan names the options that supply it."""
    lacking = [stage.released("4.0", stage.old)]
    found = plan(offline(stage, "pin", lead_time=0, seen=None, releases=lacking))
    assert (days(found), found.missing) == (
        {
            "pin": "N days before the switch",
            "ship": "N days before the switch",
            "certify": "14 days before the certificate ends",
            "switch": "14 days before the certificate ends",
            "remove": "N days after the switch",
        },
        ("--not-after", "--lead-time"),
    )
    assert days(plan(offline(stage, "pin", seen=None, releases=lacking)))["ship"] == "60 days before the switch"


@pytest.mark.parametrize(
    ("odd", "state"), [(datetime.min.replace(tzinfo=UTC), "overdue"), (datetime.max.replace(tzinfo=UTC), "open")]
)
def test_no_day_is_before_the_first_or_after_the_last_year(stage: Stage, odd: datetime, state: str) -> None:
    """A mistyped year is shown as it is, and is not a crash."""
    entry = HostPins(HOST, (stage.old, stage.spare), expires=odd.date())
    course = {"emergency": "mass-revocation", "since": odd}
    found = plan(offline(stage, "pin", seen=Validity(None, odd), entry=entry, course=course, lead_time=3650))
    assert states(found)["pin"] == state


def test_a_mail_server_waits_for_resolvers(stage: Stage) -> None:
    """Twice the TTL is before the switch, and no user has to update."""
    dns: dict[str, Any] = {"has_apps": False, "has_dns": True, "lead_time": 0, "releases": []}
    found = plan(offline(stage, "pin", **dns, ttl=timedelta(days=2)))
    assert days(found) == {
        "pin": "2027-01-13",
        "ship": "2027-01-13",
        "certify": "2027-01-17",
        "switch": "2027-01-17",
        "remove": "2027-01-20",
    }
    assert [guard.name for guard in found.steps[1].guards] == ["ttl"]
    assert plan(offline(stage, "pin", **dns)).missing == ("--ttl",)


@pytest.mark.parametrize("move", MOVES)
def test_an_open_rotation_goes_on_from_its_state(stage: Stage, move: Move) -> None:
    """Moves that were made are done, and every other step has the guards of `rotate next`."""
    situation = offline(stage, move)
    found = plan(situation)
    before = MOVES[: MOVES.index(move)]
    assert [step.name for step in found.steps if step.state == "done" and step.name != "ship"] == list(before)
    assert {step.done for step in found.steps if step.name in before} <= {NOW - timedelta(days=40)}
    for left in MOVES[MOVES.index(move) :]:
        names = {left, "ship"} if left == "certify" else {left}
        assert {guard for step in found.steps if step.name in names for guard in step.guards} == {
            *ask_guards(situation, left)
        }


def test_the_old_key_leaves_when_the_guard_says_so(stage: Stage) -> None:
    """After the switch, the day is that of `drained`."""
    situation = offline(stage, "remove")
    drained = next(guard for guard in ask_guards(situation, "remove") if guard.name == "drained")
    assert plan(situation).steps[-1].begins == drained.since == NOW + timedelta(days=20)


def test_a_proof_that_will_be_too_old_is_named(stage: Stage) -> None:
    """A guard that holds today may fail on the day of the move, and the text says until when it holds."""
    text = "\n".join(str(line) for line in plan_lines(plan(offline(stage, "certify")), NOW))
    assert "only until 2026-12-12, so satisfy it again before this move" in text
    soon = plan(offline(stage, "certify", seen=Validity(None, NOW + timedelta(days=90))))
    assert "only until" not in "\n".join(str(line) for line in plan_lines(soon, NOW))


def test_a_release_without_the_next_key_keeps_the_step_open(stage: Stage) -> None:
    """A release whose pins end says when; one that accepts the key closes the step."""
    good, bad = stage.released("4.0", stage.old, stage.new), stage.released("3.9", stage.old)
    ending = stage.released("3.8", stage.old, expires=date(2026, 9, 1))
    assert states(plan(offline(stage, "certify", releases=[good])))["ship"] == "done"
    for releases, since in (([good, bad], None), ([good, ending], datetime(2026, 9, 1, tzinfo=UTC))):
        found = plan(offline(stage, "certify", releases=releases))
        assert (states(found)["ship"], found.steps[1].guards[0].since) == ("open", since)
    assert states(plan(offline(stage, "certify", releases=[])))["ship"] == "open"


def test_a_step_whose_day_has_passed_is_overdue(stage: Stage) -> None:
    """It is too late to be safe, and the plan says so."""
    soon = Validity(None, NOW + timedelta(days=20))
    found = states(plan(offline(stage, "certify", seen=soon, releases=[stage.released("3.9", stage.old)])))
    assert (found["pin"], found["ship"], found["certify"]) == ("done", "overdue", "open")


def emergency(stage: Stage, reason: Emergency, releases: Sequence[Release], **changes: Any) -> Plan:  # noqa: ANN401
    """Return the plan in an emergency that the authority has just learnt of."""
    return plan(offline(stage, "certify", releases=releases, course={"emergency": reason, "since": NOW}, **changes))


def test_an_emergency_shows_both_choices_with_their_days(stage: Stage) -> None:
    """The releases are named, and waiting is late if the certificate is revoked before."""
    good, bad = stage.released("4.0", stage.old, stage.new), stage.released("3.9", stage.old)
    ending = stage.released("3.8", stage.old, expires=date(2026, 6, 18))
    found = emergency(stage, "mass-revocation", [good, bad])
    assert (list(found.lacking), found.accepting) == (["android 3.9 (2.1% of users)"], ("android 4.0 (2.1% of users)",))
    now, wait = found.ways
    assert (now.ready, now.in_time, "3.9" in now.effect) == (NOW, True, True)
    assert (wait.ready, wait.in_time) == (NOW + timedelta(days=60), False)
    assert found.revocation == (NOW + timedelta(hours=24), NOW + timedelta(days=5))
    assert emergency(stage, "mass-revocation", [ending]).ways[1].in_time is None  # between 24 hours and 5 days
    assert emergency(stage, "mass-revocation", [good]).ways[1].ready == NOW
    assert emergency(stage, "mass-revocation", [bad], lead_time=0).ways[1].ready is None
    stolen = emergency(stage, "key-compromised", [bad]).revocation
    assert stolen == (NOW + timedelta(hours=24),) * 2
    assert emergency(stage, "key-lost", [bad]).revocation is None


def test_a_revocation_is_the_last_day(stage: Stage) -> None:
    """It comes before the end of the certificate; without waiting, no step is due earlier."""
    bad = [stage.released("3.9", stage.old)]
    found = emergency(stage, "mass-revocation", bad)
    assert (days(found)["switch"], states(found)["ship"]) == ("2026-06-20", "overdue")
    course = {"emergency": "mass-revocation", "since": NOW, "choice": "rotate-now"}
    assert "ship" not in states(plan(offline(stage, "certify", releases=bad, course=course)))


def test_the_end_of_the_certificate_is_what_was_seen_last(stage: Stage) -> None:
    """The later of the pin file and the journal counts, because certificates are renewed with their key."""
    day = date(2026, 9, 1)
    old = replace(stage.old, not_after=day)
    policy = Policy((HostPins(HOST, (old, stage.new)),))

    def seen(not_after: date | None = None) -> Validity | None:
        course = course_of(policy, stage.journal, HOST)
        return situate(PinFile(policy), course, stage.journal, (), now=NOW, not_after=not_after).seen

    assert seen() == (None, datetime(2026, 9, 1, tzinfo=UTC))
    facts = {"to": str(old.pin), "not-before": "2026-06-01T00:00:00Z", "not-after": "2026-12-01T00:00:00Z"}
    for event in ("certify", "remove"):
        stage.journal.add(EVENTS[event], NOW, key="old", host=HOST, facts=facts)
    assert seen() == (datetime(2026, 6, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC))
    assert seen(not_after=date(2026, 8, 1)) == (None, datetime(2026, 8, 1, tzinfo=UTC))


def test_a_certificate_that_was_examined_is_seen_in_the_next_rotation(stage: Stage) -> None:
    """The move `certify` records when the certificate is valid, and the next plan counts from there."""
    situation = stage.situation("certify")
    advance(situation, Edit(write(situation.policy)))
    policy = Policy((HostPins(HOST, (replace(stage.new, standby=False), stage.spare)),))
    stage.journal.add(EVENTS["remove"], NOW, key="new", host=HOST)
    course = course_of(policy, stage.journal, HOST)
    found = situate(PinFile(policy), course, stage.journal, (), now=NOW).seen
    assert found == (LONG["not_before"], LONG["not_after"])


@pytest.mark.parametrize("emergency", ["mass-revocation", None])
def test_an_emergency_begins_when_it_is_named(stage: Stage, emergency: Emergency | None) -> None:
    """Without a time, the authority has learnt of it now; the journal keeps the time."""
    policy = stage.situation("pin").policy
    course = course_of(policy, stage.journal, HOST, to="new", emergency=emergency)
    outputs = (Output("tlsa", "zone"),)
    found = situate(PinFile(policy, outputs), course, stage.journal, (), now=NOW)
    assert (found.course.since, found.has_apps) == (NOW if emergency else None, False)
    stage.journal.add(EVENTS["pin"], NOW, key="new", host=HOST, facts=found.course.facts())
    assert course_of(policy, stage.journal, HOST).since == found.course.since


def test_without_a_standby_key_every_release_would_be_locked_out(stage: Stage) -> None:
    """A key that has to be made is in no release, and an emergency says so."""
    policy = Policy((HostPins(HOST, (stage.old,)),))
    course = course_of(policy, stage.journal, HOST, emergency="key-compromised")
    good = stage.released("4.0", stage.old)
    found = plan(situate(PinFile(policy), course, stage.journal, [good], now=NOW))
    assert (found.course.new, list(found.lacking)) == (None, [good.who])
    assert found.steps[0].guards[0].name == "next-key"


def test_a_key_in_service_is_not_the_next_one(stage: Stage) -> None:
    """The error names the key, also if it is the only one."""
    policy = Policy((HostPins(HOST, (stage.old,)),))
    with pytest.raises(PolicyError, match="old is a key in service") as caught:
        course_of(policy, stage.journal, HOST, to="old")
    assert caught.value.hint
