"""
Warn of the dates of a rotation: of a step that is due, and of a move that is blocked although its day is near.

The days are those of `pinsmith.rotation.plan`, counted from the certificate that the host presents now. A certificate
that tools renew with the same key has no such day, as long as they renew it: see docs/decisions/0059.

No socket, no file, no clock.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.certificate import Certificate
from pinsmith.checks import ending
from pinsmith.checks.warning import SHORT_LIVED
from pinsmith.errors import PinsmithError
from pinsmith.finding import Finding, HostPlace, Severity
from pinsmith.probe import Failed
from pinsmith.rotation.course import all_events, course_of
from pinsmith.rotation.days import distance
from pinsmith.rotation.guards import ask_guards
from pinsmith.rotation.journal import moment
from pinsmith.rotation.plan import last_shipment, last_switch
from pinsmith.rotation.situation import Validity, situate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.pinfile import PinFile
    from pinsmith.probe import Fetched, FetchOutcome
    from pinsmith.release import Release
    from pinsmith.rotation.course import Course
    from pinsmith.rotation.guards import Guard, GuardName
    from pinsmith.rotation.journal import Journal
    from pinsmith.rotation.situation import Situation

NEAR: Final = timedelta(days=14)
"""How long before its day a step causes a warning; for short-lived certificates, at most half of their way back."""
_READY: Final[tuple[GuardName, ...]] = ("next-key", "possession", "releases")
"""The guards that must hold before users start to update, in the order in which people satisfy them."""
_OF_THE_COMMAND: Final[frozenset[GuardName]] = frozenset({"authority", "certificate", "renewal", "ttl"})
"""The guards that are not known before somebody makes the move, because its options say more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Facts:
    """What is known of a host. *pin_file*, *journal* and *releases* are those that it is watched for."""

    pin_file: PinFile
    journal: Journal
    releases: Sequence[Release]
    outcomes: Sequence[FetchOutcome]
    host: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.astimezone(UTC).date()


def with_deadlines(
    checks: list[HostCheck],
    outcomes: Sequence[FetchOutcome],
    *,
    pin_file: PinFile,
    journal: Journal,
    releases: Sequence[Release],
    now: datetime,
) -> list[HostCheck]:
    """
    Warn of a rotation whose next step is due or blocked, and of releases whose pins end.

    Args:
        checks: The results of one host.

        outcomes: What the host presents, from which *checks* were made.

        pin_file: The pin file.

        journal: That of the pin file.

        releases: Those that are in use.

        now: Aware.

    Returns:
        The same; the first result has the warnings, because they are about the host as a whole.
    """
    if not checks:
        return checks
    facts = _Facts(
        pin_file=pin_file, journal=journal, releases=releases, outcomes=outcomes, host=checks[0].host, now=now
    )
    found = [*_of_rotation(facts), *_of_releases(facts)]
    return [replace(checks[0], findings=(*checks[0].findings, *found)), *checks[1:]]


def _of_rotation(facts: _Facts) -> tuple[Finding, ...]:
    entry = facts.pin_file.policy.entry_of(facts.host)
    # Another port of the host is another server.
    if entry is None or entry.mode == "off" or any(one.target.port != entry.port for one in facts.outcomes):
        return ()
    try:
        return tuple(_dated(facts, course_of(facts.pin_file.policy, facts.journal, facts.host)))
    except PinsmithError as error:  # such as a certificate without readable dates, which must not end the watch
        if not all_events(facts.journal, facts.host):
            return ()
        return (_blocked(facts, f"its rotation cannot go on: {error}", error.hint),)


def _dated(facts: _Facts, course: Course) -> Iterator[Finding]:
    """Warn of the next step of a rotation, or of one that has not begun."""
    if "switch" in course.events:
        yield from _of_removal(facts, course)
        return
    shown = [one for one in facts.outcomes if not isinstance(one, Failed)]
    life = _life([one for one in shown if course.events or _depends(course, one)])
    situation = replace(_situation(facts, course), seen=life)
    last = last_switch(situation) if life else None
    if course.emergency and (begun := next(iter(course.events.values()), None)):
        yield from _of_move(facts, course, moment(begun.time).date(), f"{course.emergency} is an emergency")
    elif life and last and course.events:
        if last.date() - facts.today <= _near(life, last):
            yield from _of_move(facts, course, last.date(), f"its certificate ends on {life.not_after:%Y-%m-%d}")
    elif life and not _is_short(life):
        yield from _of_preparation(facts, situation, life)


def _depends(course: Course, shown: Fetched) -> bool:
    """Say whether clients know a server by its own key alone, so that they refuse a certificate with a fresh key."""
    leaf, own = shown.presented.leaf, {key.pin for key in course.old if not key.is_authority}
    above = {key.pin for key in course.entry.keys if key.is_authority}
    chain = [link.pin for link in shown.verified or () if isinstance(link, Certificate)]
    return leaf is not None and leaf.pin in own and above.isdisjoint(chain)


def _life(fetched: Sequence[Fetched]) -> Validity | None:
    """Return the validity of the certificate that ends first."""
    leaves = (shown.presented.leaf for shown in fetched)
    lives = (Validity(leaf.not_before, leaf.not_after) for leaf in leaves if leaf is not None)
    return min(lives, key=lambda life: life.not_after, default=None)


def _is_short(life: Validity) -> bool:
    return life.not_before is not None and life.not_after - life.not_before <= SHORT_LIVED


def _near(life: Validity, last: datetime) -> timedelta:
    return min(NEAR, (life.not_after - last) / 2) if _is_short(life) else NEAR


def _of_preparation(facts: _Facts, situation: Situation, life: Validity) -> Iterator[Finding]:
    """Warn of the first thing that must be ready before users start to update, so that they have the time they need."""
    course = situation.course
    if (last := last_shipment(situation)) is None or last.date() - facts.today > NEAR:
        return
    asked = {guard.name: guard for move in ("pin", "certify") for guard in ask_guards(situation, move)}
    for guard in (asked[name] for name in _READY if name in asked):
        if guard.holds or (guard.name == "releases" and not _must_ship(facts, course)):
            continue
        day, is_late = last.date(), last.date() < facts.today
        message = (
            f"the next key {'had' if is_late else 'has'} to be ready {_when(day, facts.today)}, because users need "
            f"{facts.pin_file.lead_time} days to update before its certificate ends on {life.not_after:%Y-%m-%d}; "
            f"{guard.why}"
        )
        rule, severity = ("rotation-overdue", Severity.HIGH) if is_late else ("rotation-due", Severity.MEDIUM)
        yield Finding(rule, severity, HostPlace(facts.host), message, guard.fix)
        return


def _must_ship(facts: _Facts, course: Course) -> bool:
    """Say whether releases are recorded, and none of them has the next key: users of old ones may be updating now."""
    covering = [entry for release in facts.releases if (entry := release.enforced(facts.host, facts.now))]
    return bool(covering) and not any(course.new and course.new.pin in entry.pins.values() for entry in covering)


def _of_move(facts: _Facts, course: Course, day: date, why: str) -> Iterator[Finding]:
    """Warn of the next move of an open rotation, whose day is near."""
    new, is_late = course.new.name if course.new else "the next key", day < facts.today
    what = f"the move `{course.move}` of its rotation to {new} {'was' if is_late else 'is'} due"
    message = f"{what} {_when(day, facts.today)}, because {why}"
    if blocking := _blocking(facts, course):
        yield _blocked(facts, f"{message}; it is blocked: {_whys(blocking)}", blocking[0].fix)
        return
    rule, severity = ("rotation-overdue", Severity.HIGH) if is_late else ("rotation-due", Severity.MEDIUM)
    shown = " --certificate FILE" if course.move == "certify" else ""
    fix = f"run `pinsmith rotate next {facts.host}{shown}`"
    yield Finding(rule, severity, HostPlace(facts.host), message, fix)


def _of_removal(facts: _Facts, course: Course) -> Iterator[Finding]:
    """Warn that old keys are still pinned although nobody needs them, or that they cannot be removed."""
    blocking = _blocking(facts, course)
    if any(guard.name == "drained" and guard.holds is False for guard in blocking):
        return  # its day has not come
    old, are = ", ".join(key.name for key in course.old), "are" if len(course.old) > 1 else "is"
    if blocking:
        yield _blocked(facts, f"{old} cannot be removed: {_whys(blocking)}", blocking[0].fix)
        return
    message = f"{old} {are} still pinned, although users have had the time to update"
    fix = f"run `pinsmith rotate next {facts.host}`"
    yield Finding("rotation-due", Severity.MEDIUM, HostPlace(facts.host), message, fix)


def _blocking(facts: _Facts, course: Course) -> list[Guard]:
    """Return the guards that block the next move; not those that only its command can answer."""
    found = ask_guards(_situation(facts, course), course.move)
    return [guard for guard in found if guard.blocks and (guard.holds is False or guard.name not in _OF_THE_COMMAND)]


def _situation(facts: _Facts, course: Course) -> Situation:
    bare = situate(facts.pin_file, course, facts.journal, facts.releases, now=facts.now)
    return replace(bare, outcomes=facts.outcomes)


def _blocked(facts: _Facts, message: str, fix: str | None) -> Finding:
    look = f"`pinsmith rotate status {facts.host}` shows every guard"
    fix = f"{fix}; {look}" if fix else look
    return Finding("rotation-stuck", Severity.HIGH, HostPlace(facts.host), message, fix)


def _of_releases(facts: _Facts) -> Iterator[Finding]:
    """Warn of releases whose pins have ended, or end before their users have updated."""
    horizon = max(ending.WARNING_TIME, timedelta(days=facts.pin_file.lead_time))
    for release in facts.releases:
        entry = release.find(facts.host)
        if entry is None or entry.mode != "enforce" or entry.expires is None:
            continue
        if (left := ending.left(entry.expires, facts.now)) >= horizon:
            continue
        verb, then = ("end", "and then") if left > timedelta() else ("ended", "so")
        day = _when(entry.expires, facts.today)
        message = f"the pins of {release.who} {verb} {day}, {then} its users accept any trusted certificate"
        fix = (
            "ship a release whose pins end later; when nobody uses this one, run "
            f"`pinsmith release end {release.app} {release.version}`"
        )
        yield Finding("release-pins-end", Severity.MEDIUM, HostPlace(facts.host), message, fix)


def _whys(guards: Sequence[Guard]) -> str:
    return "; ".join(guard.why for guard in guards)


def _when(day: date, today: date) -> str:
    return "today" if day == today else f"on {day}, {distance(day, today)}"
