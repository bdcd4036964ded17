"""
Whether several places see the same keys at a host: a man in the middle often stands in front of one network only.

No clock and no socket: what each place has seen, and the time, are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from pinsmith import _listed
from pinsmith._clean import clean
from pinsmith.finding import Finding, HostPlace, Severity

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence, Set as AbstractSet
    from datetime import datetime

    from pinsmith.monitor.observation import Observation, Sight
    from pinsmith.monitor.schedule import Pace
    from pinsmith.monitor.status import State

RULE: Final = "seen-from-some-vantages"
RETIRED: Final = timedelta(days=30)
"""A place that has been silent for this long was given up on purpose, and nobody waits for it."""

_SILENT: Final = 4.0
_MAX_KEYS: Final = 5
_MAX_NAMES: Final = 8
# Only these verdicts compare a chain with pins.
_COMPARED: Final = frozenset({"matched", "mismatched", "not-verified"})

Standing = Literal["pinned", "known", "unknown"]
_KNOWN: Final[Standing] = "known"
_PINNED: Final[Standing] = "pinned"


@dataclass(frozen=True, slots=True)
class Seen:
    """
    The view of a service from one place, and what it was before.

    Attributes:
        vantage: The name of the place.
        state: The state of the service from there.
        at: When it was asked last, aware.
        history: What it presented, and from when on, aware, the newest first; at least one.
    """

    vantage: str
    state: State
    at: datetime
    history: Sequence[tuple[datetime, Observation]]

    @property
    def observation(self) -> Observation:
        """What it presented last."""
        return self.history[0][1]


@dataclass(frozen=True, slots=True)
class View:
    """
    One place in a comparison.

    Attributes:
        vantage: Its name, safe to print.
        state: The state of the service from there.
        at: When the service was asked last, aware.
        keys: The pins of the leaves that it presented, sorted, with what is known of each; an empty pin stands for a
            certificate that cannot be read.
    """

    vantage: str
    state: State
    at: datetime
    keys: tuple[tuple[str, Standing], ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    What several places have seen at one service.

    Attributes:
        verdict: ``unknown`` if the observations cannot be compared: too old, or not of the same time. One place alone
            agrees.
        findings: One for each unknown key that only some places have seen, the worst first.
        seers: The places that have seen such a key, or all places if there is none, sorted, safe to print.
        views: All places that are not retired.
    """

    verdict: Literal["agree", "disagree", "unknown"]
    findings: tuple[Finding, ...]
    seers: tuple[str, ...]
    views: tuple[View, ...]


def compare(seen: Sequence[Seen], known: Mapping[str, str], *, now: datetime, pace: Pace) -> Comparison:
    """
    Compare what several places have seen at one service.

    A key is suspicious if it is neither pinned nor known, and if another place has asked in between: the first place
    has seen unknown keys before and after that, and the other place has seen none of them. So a change of the host,
    which the other place has not seen yet, is not taken for a man in the middle. The key before and the key after may
    differ, because an attacker can present a new one to each connection.

    Args:
        seen: One for each place.

        known: The names of keys that are pinned or being rotated, by their pins; without compromised keys.

        now: Aware.

        pace: How often each place asks.
    """
    current = sorted((one for one in seen if now - one.at < RETIRED), key=lambda one: one.vantage)
    usable = [one for one in current if abs(now - one.at) <= recent(pace) and _keys(one)]
    pinned = {_leaf(sight) for one in current for sight in one.observation.sights if sight.verdict == "matched"}
    standing: dict[str, Standing] = {**dict.fromkeys(known, _KNOWN), **dict.fromkeys(pinned, _PINNED)}
    strange = {one.vantage: _keys(one) - standing.keys() for one in usable}
    findings: list[Finding] = []
    seers: set[str] = set()
    is_open = len(usable) < len(current)
    for key in sorted(set().union(*strange.values())):
        having = [one for one in usable if key in strange[one.vantage]]
        lacking = [one for one in usable if one not in having]
        witnesses = [other for other in lacking if any(_is_between(other, one, standing.keys()) for one in having)]
        if witnesses:
            findings.append(_finding(key, having, witnesses, known))
            seers |= {one.vantage for one in having}
        is_open |= bool(lacking) and not witnesses
    findings.sort(key=lambda finding: -finding.severity)
    verdict: Literal["agree", "unknown"] = "unknown" if is_open else "agree"
    return Comparison(
        "disagree" if findings else verdict,
        tuple(findings[:_MAX_KEYS]),
        tuple(sorted(clean(name) for name in seers or {one.vantage for one in usable})),
        tuple(
            View(
                clean(one.vantage),
                one.state,
                one.at,
                tuple((key, standing.get(key, "unknown")) for key in sorted(_keys(one))),
            )
            for one in current
        ),
    )


def recent(pace: Pace) -> timedelta:
    """Return how old an observation may be to be compared."""
    return pace.interval * 2.5


def silent(asked: Mapping[str, datetime], *, now: datetime, pace: Pace) -> list[str]:
    """
    Return the places that should have reported and have not, sorted; not those that are retired.

    Args:
        asked: When each place has asked a service last, aware.

        now: Aware.

        pace: How often each place asks.
    """
    return sorted(name for name, at in asked.items() if pace.interval * _SILENT < now - at < RETIRED)


def places(names: Sequence[str]) -> str:
    """Write the names of places as part of a sentence, the first ones if there are many."""
    more = len(names) - _MAX_NAMES
    return _listed.listed([*names[:_MAX_NAMES], *([f"{more} more"] if more > 0 else [])])


def _is_between(other: Seen, one: Seen, standing: AbstractSet[str]) -> bool:
    """
    Say whether *other* has asked between two rounds of *one* that presented unknown keys, and has seen none of them.

    Rounds of *one* without an answer do not count. One without such a key, after *other* has asked, ends the suspicion.
    """
    if other.at >= one.at:
        return False
    seen = _keys(other) | standing
    for start, observation in one.history:
        if keys := {_leaf(sight) for sight in _compared(observation)}:
            if keys <= seen:
                return False
            if start < other.at:
                return True
    return False


def _compared(observation: Observation) -> list[Sight]:
    return [sight for sight in observation.sights if sight.verdict in _COMPARED]


def _leaf(sight: Sight) -> str:
    return sight.pins[0] if sight.pins else ""


def _keys(one: Seen) -> set[str]:
    return {_leaf(sight) for sight in _compared(one.observation)}


def _finding(key: str, having: Sequence[Seen], witnesses: Sequence[Seen], known: Mapping[str, str]) -> Finding:
    where = places([clean(one.vantage) for one in having])
    sights = [sight for one in having for sight in _compared(one.observation) if _leaf(sight) == key]
    addresses = {sight.address for one in witnesses for sight in _compared(one.observation) if sight.address}
    same = sorted({sight.address for sight in sights} & addresses)
    is_settled = any(sight.verdict == "matched" for one in witnesses for sight in _compared(one.observation))
    others = "; ".join(
        f"{clean(one.vantage)} sees {places([_named(pin, known) for pin in sorted(_keys(one))])}"
        for one in witnesses[:_MAX_NAMES]
    )
    how = f"also at the same address {same[0]}" if same else "at other addresses, as a content network might do"
    host, port = having[0].observation.host, having[0].observation.port
    if is_settled:
        fix = (
            f"suspect the network of {where} before the host: run `pinsmith fetch {host}` there and from another "
            "network, ask who runs the host whether it has this key, and do not pin it until then"
        )
    else:
        fix = (
            "no place sees a pinned key, so nobody can tell from here which network is deceived: compare the keys with "
            "the key on the server itself, and pin none of them until then"
        )
    is_grave = bool(same) or any(sight.verdict == "not-verified" for sight in sights)
    return Finding(
        RULE,
        Severity.HIGH if is_grave or not is_settled else Severity.MEDIUM,
        HostPlace(host, port),
        f"an unknown key is seen from {where} only ({how}): {where} sees {_named(key, known)}; {others}",
        fix,
        pin=key or None,
    )


def _named(pin: str, known: Mapping[str, str]) -> str:
    if not pin:
        return "a certificate that cannot be read"
    return f"{known[pin]} ({pin})" if pin in known else pin
