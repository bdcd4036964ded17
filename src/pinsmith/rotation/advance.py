"""Make a move of a rotation, or give it up: change the pin file and the journal, of which nothing is written yet."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith._listed import listed
from pinsmith.certificate import Certificate
from pinsmith.errors.rotation import ClockError, GuardError
from pinsmith.rotation.course import ABORTED, EVENTS
from pinsmith.rotation.given_up import GIVEN_UP, named
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.journal import written

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.pinfile import Edit
    from pinsmith.policy import Key
    from pinsmith.rotation.course import Course
    from pinsmith.rotation.guards import Guard
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.situation import Situation

CLOCK_SKEW: Final = timedelta(hours=1)
"""How far the clocks of two machines may be apart that make moves of one rotation."""


def advance(situation: Situation, edit: Edit) -> list[str]:
    """
    Make the next move: change *edit* and the journal, of which nothing is written yet.

    Returns:
        The changes, one sentence each.

    Raises:
        ClockError: If the clock is behind the last move.
        GuardError: If a guard does not hold, and nobody has named it.
    """
    course = situation.course
    move, new = course.move, course.new
    if course.last is not None and situation.now + CLOCK_SKEW < course.last:
        raise ClockError(course.host, course.last, situation.now)
    found = ask_guards(situation, move)
    require(course, found)
    if new is None:  # the guard `next-key` stops it before
        raise GuardError(course.host, move, found)
    facts = {"overridden: " + guard.name: guard.why for guard in found if guard.overridden}
    match move:
        case "pin":
            edit.add_key_to_host(course.host, new.name)
            changes = [f"{course.host} pins {new.name}"]
        case "certify":
            facts |= _of_certificate(situation)
            changes = [f"the certificate may be deployed: {facts.get('certificate', '')}"]
            if course.choice == "rotate-now" and (hurt := situation.lacking(new)):
                facts[GIVEN_UP] = named(cohort.release for cohort in hurt.values())
                changes.append(
                    f"{listed(hurt)} {'is' if len(hurt) == 1 else 'are'} given up, because rotate-now was chosen"
                )
        case "switch":
            facts["addresses"] = ", ".join(dict.fromkeys(shown.address for shown in situation.fetched))
            changes = _switch(situation, new, edit)
        case "remove":
            changes = _remove(course, edit)
    situation.journal.add(EVENTS[move], situation.now, key=new.name, host=course.host, facts=course.facts() | facts)
    return changes


def abort(course: Course, edit: Edit, journal: Journal, now: datetime) -> list[str]:
    """
    End a rotation and keep the old keys; the caller has made sure that no address presents the new key.

    Every key stays pinned. If the new key was in service, it is a standby key again.
    """
    new, changes = course.new, list[str]()
    if new is not None and "switch" in course.events and course.strategy == "own-key":
        edit.set_key(new.name, "standby", value=True)
        changes.append(f"{new.name} is a standby key again, and stays pinned")
    elif new is not None and course.is_pinned:
        changes.append(f"{new.name} stays pinned")
    journal.add(ABORTED, now, key=new.name if new else "", host=course.host, facts=course.facts())
    return changes


def require(course: Course, found: Sequence[Guard]) -> None:
    """
    Raise if a guard blocks the next move.

    Raises:
        GuardError: It names every guard that does.
    """
    if blocking := [guard for guard in found if guard.blocks]:
        raise GuardError(course.host, course.move, blocking)


def _of_certificate(situation: Situation) -> dict[str, str]:
    if situation.issued is None:
        return {}
    leaf = situation.issued.certificates[0]
    return {
        "certificate": f"sha256 {leaf.sha256}, valid until {leaf.not_after:%Y-%m-%d}",
        "not-before": written(leaf.not_before),
        "not-after": written(leaf.not_after),
    }


def _switch(situation: Situation, new: Key, edit: Edit) -> list[str]:
    if new.is_authority:
        return [f"{situation.course.host} is issued below {new.name}"]
    if new.standby:
        edit.set_key(new.name, "standby", None)
    leaves = (shown.presented.certificates[0] for shown in situation.fetched)
    ends = [leaf.not_after.date() for leaf in leaves if isinstance(leaf, Certificate) and leaf.pin == new.pin]
    if ends:
        edit.set_key(new.name, "not-after", min(ends))
    return [f"{new.name} is in service"]


def _remove(course: Course, edit: Edit) -> list[str]:
    changes = []
    for key in course.old:
        if key not in course.entry.keys:
            continue
        edit.remove_key_from_host(course.host, key.name)
        changes.append(f"{course.host} no longer pins {key.name}")
        if others := edit.hosts_of(key.name):
            changes.append(f"{key.name} is still pinned for {', '.join(others)}")
        else:
            edit.remove_key(key.name)
    return changes


def dangers(situation: Situation) -> list[str]:
    """Return how a key that was compromised can still hurt after the move `remove`, one sentence each."""
    course, found = situation.course, list[str]()
    if course.move != "remove" or course.emergency != "key-compromised":
        return found
    for key in course.old:
        accepting = [release.who for release, entry in situation.covering() if key.pin in entry.pins.values()]
        if accepting:
            found.append(
                f"{listed(accepting)} still accept{'s' if len(accepting) == 1 else ''} {key.name}: until their users "
                "update, whoever has the key and a trusted certificate of it can read what they send"
            )
        pinning = [entry.host for entry in situation.policy.hosts if key in entry.keys]
        if pinning == [course.host] and any(left.is_authority for left in course.entry.keys):
            # Not listed by this move: some outputs cannot express it, and would block the removal.
            found.append(
                f"a pinned authority may still vouch for {key.name}: list its pin under [compromised.{key.name}], "
                "so that no chain with it is accepted"
            )
    return found
