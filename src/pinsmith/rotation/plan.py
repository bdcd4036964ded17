"""
Plan the change of a host from its key in service to the next one, backwards from the end of the certificate.

An app that does not pin the next key refuses it, so the next key must be in the pins of everybody before any server
presents it: it is proven, pinned, shipped and given time, and only then served. The old key leaves the pins last.

No socket, no file, no clock: the pin file, its releases, its journal and the time are arguments.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Literal

from pinsmith.errors import PolicyError
from pinsmith.rotation.guards import ROLLBACK
from pinsmith.rotation.situation import FRESH

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pinsmith.policy import HostPins, Key, Policy
    from pinsmith.release import Release
    from pinsmith.rotation.journal import Journal

State = Literal["done", "open", "overdue", "unknown"]


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of a rotation.

    Attributes:
        name: In kebab-case.
        what: What is done, as a sentence without its end.
        state: ``unknown`` if nothing that was given says whether it is done.
        due: The last day for it, or the first day for the last step; None if that is not known.
        distance: When it is due in words, if *due* is None.
        why: Why it is done or open.
        command: The command that does it; None if it is not one of pinsmith.
    """

    name: str
    what: str
    state: State
    due: date | None
    distance: str
    why: str
    command: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """
    The plan of a host.

    Attributes:
        host: Canonical.
        old: The names of the keys in service.
        new: The name of the next key; None if there is none yet.
        ends: The last day of the certificate in service; None if it is not known.
        steps: In the order in which they are done.
        missing: The options that supply what is not known.
    """

    host: str
    old: tuple[str, ...]
    new: str | None
    ends: date | None
    steps: tuple[Step, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Given:
    """
    The facts that a plan rests on, besides the pin file.

    Attributes:
        releases: Those that are in use.
        journal: That of the pin file.
        lead_time: How many days users take to update; 0 if that is not known.
        drill_days: How old a proof may be; 0 for `FRESH`.
        ends: The last day of the certificate in service, instead of that in the pin file.
        ttl: How long resolvers and proxies may lead clients to old servers.
    """

    releases: Sequence[Release]
    journal: Journal
    lead_time: int = 0
    drill_days: int = 0
    ends: date | None = None
    ttl: timedelta = timedelta()


def plan(policy: Policy, host: str, given: Given, *, now: datetime, to: str | None = None) -> Plan:
    """
    Plan the rotation of a host.

    Args:
        policy: The pins.

        host: Canonical; it needs an entry of its own.

        given: The other facts.

        now: Aware.

        to: The name of the next key; None for the first standby key of the host.

    Raises:
        PolicyError: If the host has no entry, or *to* is not a key of the pin file or is in service.
    """
    entry = policy.entry_of(host)
    if entry is None or entry.mode == "off":
        raise PolicyError(f"{host} is not pinned", hint=f"pin it with `pinsmith add {host}`")
    new = _next_key(policy, entry, to)
    old = tuple(key for key in entry.keys if not key.standby and key != new)
    if not old:
        raise PolicyError(
            f"every key of {host} is a standby key, so there is none to change from",
            hint=f"record which key is in service: `pinsmith check {host} --fix-roles`",
        )
    ends = given.ends or min((key.not_after for key in old if key.not_after and key.role == "leaf"), default=None)
    dates = _Dates(ends, given.lead_time, given.ttl)
    steps = _Steps(entry, tuple(old), new, given, dates, now)
    return Plan(
        host, tuple(key.name for key in old), new.name if new else None, ends, tuple(steps.all()), dates.missing
    )


def _next_key(policy: Policy, entry: HostPins, to: str | None) -> Key | None:
    if to is None:
        return next((key for key in entry.keys if key.standby), None)
    found = next((key for key in policy.keys if key.name == to), None)
    if found is None:
        names = ", ".join(key.name for key in policy.keys)
        raise PolicyError(f"the pin file has no key {to}", hint=f"its keys are: {names}")
    if found in entry.keys and not found.standby:
        raise PolicyError(f"{to} is a key in service of {entry.host}", hint="name a standby key, or a new key")
    return found


@dataclass(frozen=True, slots=True)
class _Dates:
    """The dates of the steps. A date is None if a part of it is not known."""

    ends: date | None
    lead_time: int
    ttl: timedelta

    @property
    def switch(self) -> date | None:
        return self.ends - ROLLBACK if self.ends else None

    @property
    def ship(self) -> date | None:
        return self.switch - timedelta(days=self.lead_time) if self.switch and self.lead_time else None

    @property
    def remove(self) -> date | None:
        if self.switch is None or not self.lead_time:
            return None
        return self.switch + max(timedelta(days=self.lead_time), self.ttl + timedelta(days=1))

    @property
    def missing(self) -> tuple[str, ...]:
        return (*(() if self.ends else ("--not-after",)), *(() if self.lead_time else ("--lead-time",)))


@dataclass(frozen=True, slots=True)
class _Steps:
    entry: HostPins
    old: tuple[Key, ...]
    new: Key | None
    given: Given
    dates: _Dates
    now: datetime

    def all(self) -> Iterator[Step]:
        """Yield the steps in the order in which they are done."""
        name = self.new.name if self.new else "the next key"
        ahead = f"{self.dates.lead_time or 'N'} days before the switch"
        yield from self._pinned(self.new, ahead) if self.new else [self._make(ahead)]
        yield self._ship(name, ahead)
        yield self._step(
            "switch",
            f"serve a certificate with {name}, while the old one is still valid",
            done=None,
            due=self.dates.switch,
            distance=f"{ROLLBACK.days} days before the certificate ends",
            why="this command does not contact the host",
            command=f"pinsmith rotate next {self.entry.host} --certificate FILE",
        )
        yield from self._end(name)

    def _make(self, ahead: str) -> Step:
        return self._step(
            "make",
            "make the next key, and pin it",
            done=False,
            due=self.dates.ship,
            distance=ahead,
            why=f"{self.entry.host} has no standby key",
            command=f"pinsmith key new NAME --host {self.entry.host}",
        )

    def _pinned(self, new: Key, ahead: str) -> Iterator[Step]:
        host, is_pinned = self.entry.host, new in self.entry.keys
        yield self._prove(new, ahead)
        yield self._step(
            "pin",
            f"pin {new.name}, and write the outputs",
            done=is_pinned,
            due=self.dates.ship,
            distance=ahead,
            why=f"it is a key of {host}" if is_pinned else f"it is not a key of {host}",
            command=f"pinsmith rotate next {host} --to {new.name}",
        )

    def _end(self, name: str) -> Iterator[Step]:
        host, old = self.entry.host, ", ".join(key.name for key in self.old)
        it = "it" if len(self.old) == 1 else "them"
        spare = [key for key in self.entry.keys if key.standby and key != self.new]
        yield self._step(
            "reserve",
            "pin another standby key, so that there is a backup when the old key is gone",
            done=bool(spare),
            due=self.dates.switch,
            distance=f"the day on which {old} is removed",
            why=f"{spare[0].name} is pinned" if spare else f"{name} is the only standby key",
            command=f"pinsmith key new NAME --host {host}",
        )
        yield Step(
            "remove",
            f"remove {old}, when no server presents {it} and no user needs {it}",
            "open",
            self.dates.remove,
            "" if self.dates.remove else f"{self.dates.lead_time or 'N'} days after the switch",
            "it is still pinned" if len(self.old) == 1 else "they are still pinned",
            f"pinsmith rotate next {host}",
        )

    def _prove(self, key: Key, ahead: str) -> Step:
        last = self.given.journal.last_proof(str(key.pin), self.now)
        limit = timedelta(days=self.given.drill_days) if self.given.drill_days else FRESH
        made = datetime.strptime(last.time, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC) if last else None
        is_fresh = made is not None and self.now - made <= limit
        return self._step(
            "prove",
            f"prove that the private key of {key.name} exists",
            done=is_fresh,
            due=self.dates.ship,
            distance=ahead,
            why=f"it was proven on {made:%Y-%m-%d}" if made else "it was never proven",
            command=f"pinsmith key prove {key.name} FILE",
        )

    def _ship(self, name: str, ahead: str) -> Step:
        covering = [(release, found) for release in self.given.releases if (found := release.find(self.entry.host))]
        pins = {self.new.pin} if self.new else set()
        lacking = [
            release
            for release, found in covering
            if found.mode == "enforce"
            and not pins & set(found.pins.values())
            and not (found.expires and found.expires <= (self.dates.switch or self.now.astimezone(UTC).date()))
        ]
        if lacking:
            why = f"not pinned by {', '.join(release.who for release in lacking)}"
        elif covering:
            why = f"every release in use accepts it: {', '.join(map(str, (release for release, _ in covering)))}"
        else:
            why = "no release is recorded: `pinsmith release add APP VERSION` records one"
        return self._step(
            "ship",
            f"ship a release that pins {name}, and wait until nobody uses a release without it",
            done=None if not covering else not lacking,
            due=self.dates.ship,
            distance=ahead,
            why=why,
            command=None,
        )

    def _step(
        self, name: str, what: str, *, done: bool | None, due: date | None, distance: str, why: str, command: str | None
    ) -> Step:
        today = self.now.astimezone(UTC).date()
        state: State = "done" if done else "overdue" if due and due < today else "unknown" if done is None else "open"
        return Step(name, what, state, due, "" if due else distance, why, None if done else command)
