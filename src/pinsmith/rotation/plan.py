"""
Plan a rotation: which moves are made, which are open, and on which days they are due.

The moves and their conditions are those of `pinsmith.rotation.advance`: every step has the guards that the move asks.
Days are counted backwards from the end of the certificate in service. In an emergency, both choices have their days.

No socket, no file, no clock: the situation is an argument. Nobody has asked what servers present, so some guards are
unknown here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.rotation.course import CHOICES, MOVES
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.guards.keys import expiry
from pinsmith.rotation.guards.servers import ROLLBACK, last_replaced
from pinsmith.rotation.guards.users import drain_time, effect_of_now, reach_time
from pinsmith.rotation.journal import shifted
from pinsmith.rotation.revocation import revocation_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from pinsmith.release import Cohort
    from pinsmith.rotation.course import Choice, Course, Emergency, Move
    from pinsmith.rotation.guards import Guard, GuardName
    from pinsmith.rotation.revocation import Revocation
    from pinsmith.rotation.situation import Situation

StepName = Literal["pin", "ship", "certify", "switch", "remove"]
State = Literal["done", "open", "overdue"]
_SHIPPED: Final[frozenset[GuardName]] = frozenset({"releases", "ttl"})
"""The guards of `certify` that wait until users and resolvers have the pins."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """
    One step of a rotation.

    Attributes:
        name: The move, or ``ship``: bring the new pins to users and resolvers.
        state: ``overdue`` if its last day has passed.
        done: When it was done; None if it is open, or nobody has recorded it.
        due: The last moment for it; None if it is done, has no last moment, or that is not known.
        begins: The first moment for it, for ``remove``; None if it is not known.
        distance: When it is due in words, if that is not known as a date; empty otherwise.
        guards: Its conditions, as far as they are known without a connection; empty if it is a move that is made.
    """

    name: StepName
    state: State
    done: datetime | None = None
    due: datetime | None = None
    begins: datetime | None = None
    distance: str = ""
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """
    One of the choices in an emergency.

    Attributes:
        choice: Its name.
        effect: Whom it hurts, as a clause.
        ready: The first moment at which the new certificate may be deployed; None if that is not known.
        in_time: Whether this is before the certificate is revoked; None if that is not known, or depends on the reason.
    """

    choice: Choice
    effect: str
    ready: datetime | None
    in_time: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """
    The plan of a rotation.

    Attributes:
        course: The rotation.
        ends: When the certificate in service ends; None if that is not known, or the new one is in service.
        steps: In the order in which they are done.
        missing: The options that supply what is not known.
        revocation: When the authority revokes the certificate, in an emergency.
        ways: The choices in an emergency; empty otherwise.
        lacking: The releases that servers with the new key lock out, by their names with their share of users.
        accepting: The other releases that pin the host.
        has_apps: Whether users have to get the new key.
        has_dns: Whether resolvers have to get it.
    """

    course: Course
    ends: datetime | None
    steps: tuple[Step, ...]
    missing: tuple[str, ...] = ()
    revocation: Revocation | None = None
    ways: tuple[Way, ...] = ()
    lacking: dict[str, Cohort]
    accepting: tuple[str, ...] = ()
    has_apps: bool
    has_dns: bool


def plan(situation: Situation) -> Plan:
    """Plan the rotation of a host from the state in which it is."""
    course = situation.course
    lacking = situation.lacking(course.new)
    return Plan(
        course=course,
        ends=situation.seen.not_after if situation.seen and "switch" not in course.events else None,
        steps=tuple(_steps(situation)),
        missing=tuple(_missing(situation)),
        revocation=revocation_of(course),
        ways=tuple(_way(situation, choice) for choice in CHOICES) if course.emergency else (),
        lacking=lacking,
        accepting=tuple(release.who for release, _ in situation.covering() if release.who not in lacking),
        has_apps=situation.has_apps,
        has_dns=situation.has_dns,
    )


def _steps(situation: Situation) -> Iterator[Step]:
    course = situation.course
    asked = {move: tuple(ask_guards(situation, move)) for move in MOVES if not _is_made(course, move)}
    shipped = tuple(guard for guard in asked.get("certify", ()) if guard.name in _SHIPPED)
    last, ship, patient = last_switch(situation), last_shipment(situation), course.choice != "rotate-now"
    before = "" if ship else f"{_days(reach_time(situation))} before the switch"
    first = "" if last else f"{ROLLBACK.days} days before the certificate ends"
    expires = expiry(situation).until
    yield _step(situation, "pin", min(filter(None, (ship, expires)), default=None), before, asked.get("pin", ()))
    if shipped and all(guard.holds for guard in shipped) and course.is_pinned:
        yield Step(name="ship", state="done", guards=shipped)
    elif shipped:
        yield _open(situation, "ship", ship, before, shipped)
    elif _is_made(course, "certify") and patient:
        yield Step(name="ship", state="done")
    certify = tuple(guard for guard in asked.get("certify", ()) if guard.name not in _SHIPPED)
    yield _step(situation, "certify", last, first, certify)
    yield _step(situation, "switch", last, first, asked.get("switch", ()))
    switched, drained = course.when("switch") or (max(last, situation.now) if last else None), drain_time(situation)
    begins = shifted(switched, drained) if switched and drained is not None else None
    after = "" if begins else f"{_days(drained)} after the switch"
    yield Step(name="remove", state="open", begins=begins, distance=after, guards=asked["remove"])


def _is_made(course: Course, move: Move) -> bool:
    return MOVES.index(move) < MOVES.index(course.move)


def _step(situation: Situation, move: Move, due: datetime | None, distance: str, guards: tuple[Guard, ...]) -> Step:
    course = situation.course
    if _is_made(course, move):
        return Step(name=move, state="done", done=course.when(move))
    return _open(situation, move, due, distance, guards)


def _open(situation: Situation, name: StepName, due: datetime | None, distance: str, guards: tuple[Guard, ...]) -> Step:
    is_late = due is not None and due.astimezone(UTC).date() < situation.now.astimezone(UTC).date()
    return Step(
        name=name, state="overdue" if is_late else "open", due=due, distance="" if due else distance, guards=guards
    )


def last_shipment(situation: Situation) -> datetime | None:
    """Return the last moment to bring the new pins to users, so that they have updated by `last_switch`."""
    last, reach = last_switch(situation), reach_time(situation)
    if situation.course.choice == "rotate-now":
        return last
    return shifted(last, -reach) if last and reach is not None else None


def last_switch(situation: Situation) -> datetime | None:
    """Return the last moment at which the new certificate may be deployed: while the old one is a way back."""
    seen, revocation = situation.seen, revocation_of(situation.course)
    end = last_replaced(seen) if seen else None
    return min(filter(None, (end, revocation.last if revocation else None)), default=None)


def _missing(situation: Situation) -> Iterator[str]:
    if situation.seen is None and "switch" not in situation.course.events:
        yield "--not-after"
    if situation.has_apps and not situation.lead_time:
        yield "--lead-time"
    if situation.has_dns and situation.ttl is None:
        yield "--ttl"


def _way(situation: Situation, choice: Choice) -> Way:
    revocation = revocation_of(situation.course)
    if choice == "rotate-now":
        ready: datetime | None = situation.now
        effect = effect_of_now(situation)
    else:
        ready = _reached(situation)
        effect = _EFFECTS_OF_WAITING[situation.course.emergency or "mass-revocation"]
    in_time = None
    if ready and revocation:
        in_time = True if ready <= revocation.first else False if ready > revocation.last else None
    return Way(choice=choice, effect=effect, ready=ready, in_time=in_time)


def _reached(situation: Situation) -> datetime | None:
    """Return when everybody accepts the new key if the pins are published now; None if that is not known."""
    now = situation.now
    moments: list[datetime | None] = [now]
    for guard in ask_guards(_waiting(situation), "certify"):
        if guard.name not in _SHIPPED or guard.holds:
            continue
        published = reach_time(situation)
        known = [moment for moment in (guard.since, now + published if published is not None else None) if moment]
        moments.append(guard.since if guard.name == "ttl" and guard.since else min(known, default=None))
    return None if None in moments else max(moment for moment in moments if moment)


def _waiting(situation: Situation) -> Situation:
    return replace(situation, course=replace(situation.course, choice="wait"))


def _days(time: timedelta | None) -> str:
    return "N days" if time is None else f"{-(-time // timedelta(days=1))} days"


_EFFECTS_OF_WAITING: Final[dict[Emergency, str]] = {
    "key-compromised": "until then, whoever has the key can read what users send",
    "key-lost": "until then, the certificate cannot be renewed, and a server that loses the key locks out every user",
    "mass-revocation": "clients that check revocation refuse the old certificate from its revocation on",
}
