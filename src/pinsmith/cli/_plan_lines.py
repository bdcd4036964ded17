"""The text of ``pinsmith rotate plan``."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING, Final

from pinsmith._listed import listed
from pinsmith.cli._output import Mark
from pinsmith.cli._rotation import WHAT, guard_lines, heading
from pinsmith.rotation.course import MOVES
from pinsmith.rotation.days import distance

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from pinsmith.cli._output import Line, Tone
    from pinsmith.rotation.course import Course
    from pinsmith.rotation.guards import Guard
    from pinsmith.rotation.plan import Plan, Step, Way

_TONES: Final[dict[str, Tone]] = {"done": "good", "open": "warn", "overdue": "bad"}
_MISSING: Final = {
    "--not-after": "neither the pin file nor the journal says when the certificate in service ends",
    "--lead-time": "the pin file does not say how many days users take to update",
    "--ttl": "nobody has said how long resolvers keep the TLSA records",
}


def plan_lines(plan: Plan, now: datetime) -> Iterator[Line]:
    """Show *plan* as it is *now*."""
    yield heading(plan.course)
    if plan.ends:
        yield f"the certificate in service ends on {plan.ends:%Y-%m-%d}"
    if plan.ways:
        yield from _emergency(plan, now)
    for count, step in enumerate(plan.steps, 1):
        yield from _step(count, step, plan, now)
    yield f"make the next move with `pinsmith rotate next {plan.course.host}`"
    for option in plan.missing:
        yield f"pass {option}: {_MISSING[option]}"


def _step(count: int, step: Step, plan: Plan, now: datetime) -> Iterator[Line]:
    if step.name == "ship":
        whom = [*(["every user"] if plan.has_apps else []), *(["every resolver"] if plan.has_dns else [])]
        what = f"ship, which brings {plan.course.new.name if plan.course.new else 'the next key'} to {listed(whom)}"
    else:
        what = f"{step.name}, {WHAT[step.name]}"
    yield [f"{count}. ", Mark(f"{step.state:<8}", _TONES[step.state]), f" {what}"]
    if when := _when(step, now):
        yield f"            {when}"
    if step.state != "done":
        yield from _guards(step, plan.course)


def _when(step: Step, now: datetime) -> str:
    if step.state == "done":
        return f"on {step.done:%Y-%m-%d}" if step.done else ""
    moment, word = (step.begins, "from") if step.name == "remove" else (step.due, "by")
    if moment is None:
        return f"{'from' if step.name == 'remove' else 'no later than'} {step.distance}"
    day = moment.astimezone(UTC).date()
    return f"{word} {day}, {distance(day, now.astimezone(UTC).date())}"


def _guards(step: Step, course: Course) -> Iterator[Line]:
    """Show every guard of the next move, and of later moves those that people can satisfy now."""
    is_next = MOVES.index("certify" if step.name == "ship" else step.name) <= MOVES.index(course.move)
    shown: Sequence[Guard] = [
        guard for guard in step.guards if is_next or (guard.holds is False and guard.since is None)
    ]
    for guard in shown:
        yield from guard_lines([guard])
        if guard.holds and guard.until and step.due and guard.until < step.due:
            yield f"              only until {guard.until:%Y-%m-%d}, so satisfy it again before this move"
    if later := [guard.name for guard in step.guards if guard not in shown]:
        yield f"            asked then: {', '.join(later)}"


def _emergency(plan: Plan, now: datetime) -> Iterator[Line]:
    if plan.revocation:
        yield f"a public authority revokes the certificate by {plan.revocation}"
    guards = {guard.name: guard for step in plan.steps for guard in step.guards}
    if (same := guards.get("same-key")) and not same.holds:
        yield ["  ", Mark("same-key  ", "good"), f"  first: {same.why}"]
    for name, cohort in plan.lacking.items():
        key = plan.course.new.name if plan.course.new else "a key that has to be made"
        yield ["  ", Mark("locked out", "bad"), f"  {name} by {key}: {cohort.why}"]
    for name in plan.accepting:
        yield ["  ", Mark("accepts   ", "good"), f"  {name}"]
    for way in plan.ways:
        yield ["  ", Mark(f"{way.choice:<10}", _tone(way)), f"  {_ready(way, plan, now)}; {way.effect}"]


def _tone(way: Way) -> Tone:
    return "warn" if way.in_time is None else "good" if way.in_time else "bad"


def _ready(way: Way, plan: Plan, now: datetime) -> str:
    chosen = "chosen: " if way.choice == plan.course.choice else ""
    if way.ready is None:
        return f"{chosen}nobody knows when all users have the next key"
    day = "at once" if way.ready <= now else f"from {way.ready:%Y-%m-%d %H:%M} UTC"
    when = "perhaps after" if way.in_time is None else "before" if way.in_time else "after"
    return f"{chosen}{day}, {when} the certificate is revoked" if plan.revocation else f"{chosen}{day}"
