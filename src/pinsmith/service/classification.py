"""Give groups of reports their class, from the pins that are in force and from what the service sees itself."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from pinsmith.errors import PinFormatError, ReportError
from pinsmith.pin import Pin
from pinsmith.reports import Classified, Sightings, classify, facts_of, group_key, parse_body

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from pinsmith.policy import Policy
    from pinsmith.reports import Report
    from pinsmith.service.rounds import Rounds
    from pinsmith.store import ServiceState, Store
    from pinsmith.store.report_reader import ReportGroup


_DAY: Final = timedelta(days=1)


class Classification:
    """Keeps the classes of reports up to date, and deletes old reports."""

    def __init__(self, store: Store, rounds: Rounds) -> None:
        """
        Do nothing yet.

        Args:
            store: Open.

            rounds: The pin files that are in force.
        """
        self._store = store
        self._rounds = rounds
        self._policies: tuple[Policy, ...] | None = None
        self._forgot: datetime | None = None

    async def update(self, now: datetime) -> None:
        """
        Classify the groups that wait, or all groups if pins have changed; once a day, delete what is old.

        The first time, pins count as changed, because they may have changed while the service was not running.

        Args:
            now: Aware.
        """
        policies = self._rounds.policies
        if policies != self._policies:
            await self._store.reports.reclassify()
            self._policies = policies
        await classify_waiting(self._store, self._rounds, now)
        if self._forgot is None or now - self._forgot >= _DAY:
            await self._store.reports.forget(now)
            self._forgot = now


async def classify_waiting(store: Store, rounds: Rounds, now: datetime) -> int:
    """
    Classify the groups that wait for it.

    Args:
        store: Open.

        rounds: The pin files that are in force.

        now: Aware.

    Returns:
        How many groups were classified.
    """
    waiting = await store.reports.waiting()
    states = await store.states() if waiting else []
    for group, body in waiting:
        observed, signers = _observed(states, group.host), _signers(states, group.host)
        networks = await store.reports.networks(group.key)
        sightings = Sightings(reports=group.reports, networks=networks, observed=observed, signers=signers)
        found = _classified(group, body, rounds.policy_for(group.host), sightings, now)
        await store.reports.settle(group.key, found, now)
    return len(waiting)


def _classified(
    group: ReportGroup, body: bytes, policy: Policy | None, sightings: Sightings, now: datetime
) -> Classified:
    try:
        report = _report(group.key, body)
        if report is None:
            return Classified("unknown", ("The sampled report can no longer be read.",))
        return classify(facts_of(report), policy, now=now, sightings=sightings)
    except Exception as error:  # noqa: BLE001 - strangers write reports, and none of them may end the watch of hosts
        return Classified("unknown", (f"The sampled report cannot be judged: {type(error).__name__}.",))


def _report(key: bytes, body: bytes) -> Report | None:
    """Find the report of a group in a body, which may contain others."""
    try:
        reports = parse_body(body)
    except ReportError:
        return None
    return next((report for report in reports if group_key(report) == key), None)


def _observed(states: Sequence[ServiceState], host: str) -> frozenset[Pin]:
    """Return the leaf keys that the service saw at *host* when it last answered, if their chains were verified."""
    pins: set[str] = set()
    for state in states:
        if state.service.host == host and state.memory.answer is not None:
            pins |= state.memory.answer.trusted.leaves
    return _parsed(pins)


def _signers(states: Sequence[ServiceState], host: str) -> frozenset[Pin]:
    """Return the authorities that the service saw at *host* above a pinned key, so above that of the host itself."""
    answers = (state.memory.answer for state in states if state.service.host == host)
    sights = (sight for answer in answers if answer is not None for sight in answer.sights)
    return _parsed({pin for sight in sights if sight.verdict == "matched" for pin in sight.pins[1:]})


def _parsed(pins: set[str]) -> frozenset[Pin]:
    found = set()
    for pin in pins:
        try:
            found.add(Pin.parse(pin))
        except PinFormatError:
            continue  # a compromised key has no pin of its own
    return frozenset(found)
