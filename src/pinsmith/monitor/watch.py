"""
When a change of a host's state causes an alert, so that people can rely on each alert.

A lock-out causes an alert at once, because the round asks the host a second time first. Silence and recovery must last
for some rounds. A state that lasts causes a reminder after a time that depends on how bad it is. A host that changes
its state again and again causes one alert, and the next one when it has been quiet.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.monitor.status import State  # noqa: TC001 - the store reads the types at run time

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pinsmith.finding import Finding
    from pinsmith.monitor.status import Status

Kind = Literal["raised", "reminder", "recovered", "flapping", "changed"]

KINDS: Final[dict[Kind, str]] = {
    "raised": "The state has changed, and it is not ok.",
    "reminder": "The state has lasted, or has a new reason.",
    "recovered": "The state is ok again.",
    "flapping": "The state changes again and again; the next alert comes when it has been quiet.",
    "changed": "The state is the same, and the host presents another key or another issuer.",
}
_NEWS: Final = frozenset({"issuer-changed", "key-changed", "pin-withdrawn"})


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long to wait before an alert.

    Attributes:
        rounds: How many rounds in a row must agree on a state; one for those that are not named.
        remind: After how long a state that lasts causes a reminder; states that are not named cause none.
        flapping: How many changes within `flapping_time` are flapping.
        flapping_time: Also how long a flapping host must be quiet.
    """

    rounds: Mapping[State, int] = field(default_factory=lambda: {"unreachable": 3, "ok": 2})
    remind: Mapping[State, timedelta] = field(
        default_factory=lambda: {
            "interception": timedelta(hours=4),
            "lockout": timedelta(hours=4),
            "lockout-imminent": timedelta(days=1),
            "unreachable": timedelta(days=1),
            "warning": timedelta(days=7),
        }
    )
    flapping: int = 6
    flapping_time: timedelta = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Watch:
    """
    The memory of a host between rounds.

    Attributes:
        state: The last state that is certain.
        since: When it began, aware.
        reasons: The rules of all reasons since then.
        next_state: A state that was seen since and is not certain yet; None if there is none.
        next_rounds: How many rounds in a row have seen it.
        alerted: When the last alert was made; None if there was none.
        changes: When the state has changed, within `Patience.flapping_time`.
        is_flapping: Whether alerts are held back.
    """

    state: State
    since: datetime
    reasons: frozenset[str] = frozenset()
    next_state: State | None = None
    next_rounds: int = 0
    alerted: datetime | None = None
    changes: tuple[datetime, ...] = ()
    is_flapping: bool = False


@dataclass(frozen=True, slots=True)
class Alert:
    """
    A message to people about one host.

    Attributes:
        kind: Why it is sent now, see `KINDS`.
        host: Canonical.
        port: The port of the service.
        before: The state of the last round; None for the first one.
        state: The state now.
        since: When it began, aware.
        at: When this was found, aware.
        findings: The reasons of the state, or the changes, the worst first. Their fixes name the next command.
    """

    kind: Kind
    host: str
    port: int
    before: State | None
    state: State
    since: datetime
    at: datetime
    findings: tuple[Finding, ...]


def step(watch: Watch | None, status: Status, *, now: datetime, patience: Patience) -> tuple[Watch, Kind | None]:
    """
    Take the result of one round.

    Args:
        watch: The memory of the last round; None for the first round of this host.

        status: The result of the round.

        now: Aware.

        patience: How long to wait before an alert.

    Returns:
        The new memory, and the kind of the alert that must be sent; None if there is none.
    """
    watch, kind = _decide(watch, status, now, patience)
    return (watch, None) if kind is None else (replace(watch, alerted=now), kind)


def _decide(watch: Watch | None, status: Status, now: datetime, patience: Patience) -> tuple[Watch, Kind | None]:
    rules = frozenset(finding.rule for finding in status.reasons)
    if watch is None:
        # Nobody knows the host yet, so there is nothing to wait for.
        return Watch(status.state, now, rules), None if status.state == "ok" else "raised"
    recent = tuple(change for change in watch.changes if now - change < patience.flapping_time)
    is_quiet = watch.is_flapping and not recent
    watch = replace(watch, changes=recent, is_flapping=watch.is_flapping and not is_quiet)
    if status.state == watch.state:
        watch, kind = _lasting(replace(watch, next_state=None, next_rounds=0), status, rules, now, patience)
        if is_quiet:
            kind = "recovered" if watch.state == "ok" else "reminder"
        return watch, kind
    rounds = watch.next_rounds + 1 if watch.next_state == status.state else 1
    if rounds < patience.rounds.get(status.state, 1):
        return replace(watch, next_state=status.state, next_rounds=rounds), None
    changed = Watch(status.state, now, rules, None, 0, watch.alerted, (*recent, now), watch.is_flapping)
    if watch.is_flapping:
        return changed, None
    if len(changed.changes) >= patience.flapping:
        return replace(changed, is_flapping=True), "flapping"
    return changed, "recovered" if status.state == "ok" else "raised"


def _lasting(
    watch: Watch, status: Status, rules: frozenset[str], now: datetime, patience: Patience
) -> tuple[Watch, Kind | None]:
    """Decide about a host whose state is the same as before."""
    is_new = bool(rules - watch.reasons)
    # A reason that comes and goes causes one reminder.
    watch = replace(watch, reasons=watch.reasons | rules)
    if watch.is_flapping:
        return watch, None
    if any(change.rule in _NEWS for change in status.changes):
        return watch, "changed"
    remind = patience.remind.get(watch.state)
    if is_new or (remind is not None and now - (watch.alerted or watch.since) >= remind):
        return watch, "reminder"
    return watch, None
