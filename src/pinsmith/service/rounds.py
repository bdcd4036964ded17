"""One round: ask the hosts that are due, record what they present, and send the alerts."""

from __future__ import annotations

import asyncio
import random
import secrets
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from pinsmith.checks import check_host
from pinsmith.checks.cohort import for_releases_alone, hosts_of_releases
from pinsmith.documents.alert import trial
from pinsmith.errors import PinsmithError
from pinsmith.errors.service import DeliveryError
from pinsmith.monitor.outcome import Service, conclude, held_back
from pinsmith.monitor.schedule import choose, network_of
from pinsmith.monitor.status import WORSE
from pinsmith.monitor.watch import Patience
from pinsmith.pinfile import load_file
from pinsmith.pinfile.releases import Releases
from pinsmith.probe import Target
from pinsmith.probe.survey import survey
from pinsmith.probe.target import policy_targets
from pinsmith.rotation.deadline import with_deadlines
from pinsmith.rotation.drill import with_drills
from pinsmith.rotation.journal import Journal
from pinsmith.service.channels import sender
from pinsmith.service.comparing import compare_places
from pinsmith.service.digests import make_digests
from pinsmith.service.http import request
from pinsmith.store.duty import DELIVER, watching
from pinsmith.updates.published import FOLDER, with_bundle

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from pinsmith.checks.host_check import HostCheck
    from pinsmith.documents.alert import AlertOut
    from pinsmith.documents.digest import Message
    from pinsmith.monitor.outcome import Memory, Outcome
    from pinsmith.pinfile import PinFile
    from pinsmith.policy import HostPins, Policy
    from pinsmith.probe import FetchOutcome, Trust
    from pinsmith.release import Release
    from pinsmith.service.settings import Channel, Settings
    from pinsmith.store import Delivery, Store

_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(hours=1)
_GIVE_UP: Final = 30  # attempts, which take more than a day


@dataclass(frozen=True, slots=True)
class Round:
    """
    What a round did.

    Attributes:
        outcomes: The result of each service that was asked.
        delivered: How many alerts reached a channel.
        problems: What did not work, in words: files that cannot be read, channels that cannot be reached, places that
            are silent.
        watches: Whether this process asks the hosts, and not another one that uses the same database.
        delivers: Whether it sends the alerts, and not another one.
        turn: That this process asks the hosts since this round, or that another one does; empty if that is as before.
        compared: The alerts about keys that only some places see.
    """

    outcomes: tuple[Outcome, ...]
    delivered: int
    problems: tuple[str, ...]
    watches: bool = True
    delivers: bool = True
    turn: Literal["", "watches", "waits"] = ""
    compared: tuple[AlertOut, ...] = ()


class Rounds:
    """
    The pin files that are watched, and what their rounds need.

    Attributes:
        problems: Of the last round.
    """

    def __init__(self, files: Sequence[Path], settings: Settings, folder: Path, store: Store, trust: Trust) -> None:
        """
        Read nothing yet.

        Args:
            files: The pin files, as absolute paths.

            settings: How hosts are asked and people are reached.

            folder: To which the paths of secrets are relative.

            store: Open.

            trust: The authorities of the system, or those that the operator named.
        """
        self._files = files
        self._settings = settings
        self._store = store
        self._trust = trust
        self._senders = {channel.name: sender(channel, folder) for channel in settings.channel}
        self._heartbeat = settings.monitor.heartbeat.reveal(folder) if settings.monitor.heartbeat else None
        self._read: dict[Path, PinFile] = {}
        self._releases: dict[Path, Releases] = {}
        self._journals: dict[Path, Journal] = {}
        self._released: dict[Path, dict[Service, Target]] = {}
        self.problems: tuple[str, ...] = ()

    async def run(self, now: Callable[[], datetime], *, everything: bool = False) -> Round:
        """
        Run one round.

        Args:
            now: The clock; aware.

            everything: Whether hosts are asked that are not due.
        """
        problems: list[str] = []
        known = {state.service: state.memory for state in await self._store.states(self.vantage)}
        outcomes: list[Outcome] = []
        watches = await self._store.duties.take(watching(self.vantage))
        for path in self._files:
            pin_file = self._load(path, problems)
            if pin_file is None:
                continue
            if not watches:
                self._released_at(path, pin_file, now())
                continue
            try:
                found = await asyncio.to_thread(self._ask, path, pin_file, known, now, everything=everything)
            except PinsmithError as error:
                problems.append(f"{path} was not checked: {error}")
                continue
            # One file at a time, so that a crash loses the round of one file only.
            await self._store.record(found, vantage=self.vantage, channels=self._channels)
            outcomes += found
        compared, silent = await self._compare(outcomes, now())
        problems += silent
        if (canary := self._settings.monitor.canary) and self._read and not self._watches(canary):
            problems.append(f"no pin file contains the canary {canary}, so nothing is proven by it")
        delivers = await self._store.duties.take(DELIVER)
        delivered = await self._deliver(now, problems) if delivers else 0
        if self._heartbeat is not None and outcomes:
            await self._beat(self._heartbeat, problems)
        self.problems = tuple(problems)
        return Round(tuple(outcomes), delivered, self.problems, watches, delivers, compared=tuple(compared))

    async def _compare(self, outcomes: Sequence[Outcome], now: datetime) -> tuple[list[AlertOut], list[str]]:
        """Compare with what other places have seen; return the alerts and the problems."""
        return await compare_places(
            self._store.comparisons,
            {outcome.service for outcome in outcomes if not self._is_maintained(outcome)},
            {str(path): read.policy for path, read in self._read.items()},
            pace=self._settings.monitor.pace,
            now=now,
            channels=self._channels,
        )

    @property
    def vantage(self) -> str:
        """The name of this place."""
        return self._settings.monitor.vantage

    def entry_of(self, service: Service) -> HostPins | None:
        """Return the entry that is in force for *service*; None if it is not watched any more."""
        read = self._read.get(Path(service.file))
        entry = read.policy.entry_of(service.host) if read else None
        return entry if entry and entry.mode != "off" and entry.port == service.port else None

    def watches(self, service: Service) -> bool:
        """Say whether *service* is watched: it is in its pin file, or a release that has not ended pins it."""
        return self.entry_of(service) is not None or service in self._released.get(Path(service.file), {})

    def _watches(self, host: str) -> bool:
        return any(entry.host == host and entry.mode != "off" for policy in self.policies for entry in policy.hosts)

    def policy_for(self, host: str) -> Policy | None:
        """Return the policy that pins *host*, or any other one; None if no pin file was read."""
        pinning = (policy for policy in self.policies if host and policy.find(host) is not None)
        return next(pinning, next(iter(self.policies), None))

    @property
    def watched_files(self) -> Mapping[Path, PinFile | None]:
        """The pin files in the order of the command line; None for one that was not read yet."""
        return {path: self._read.get(path) for path in self._files}

    @property
    def policies(self) -> tuple[Policy, ...]:
        """The policies that are in force."""
        return tuple(read.policy for read in self._read.values())

    @property
    def pin_files(self) -> dict[Path, PinFile]:
        """The pin files that are in force, by their absolute paths."""
        return dict(self._read)

    @property
    def releases(self) -> dict[Path, Sequence[Release]]:
        """The releases beside these pin files, also those that have ended."""
        return {path: read.releases for path, read in self._releases.items()}

    @property
    def journals(self) -> dict[Path, Journal]:
        """The journals beside these pin files; a journal that was never readable is missing."""
        return dict(self._journals)

    def check(self, path: Path, outcomes: Sequence[FetchOutcome], now: datetime) -> list[HostCheck]:
        """
        Compare what a host presents with the pin file at *path*, which is in force, its releases and its journal.

        If the journal could never be read, its warnings are missing; the problems of the round say so.
        """
        pin_file, releases = self._read[path], self._releases[path].alive(now)
        lead_time = timedelta(days=pin_file.lead_time)
        checks = check_host(pin_file.policy, outcomes, now=now, lead_time=lead_time, releases=releases)
        checks = with_bundle([*map(for_releases_alone, checks)], path.parent / FOLDER, now)
        journal = self._journals.get(path)
        if journal is None:
            return checks
        checks = with_drills(checks, pin_file, journal, now)
        return with_deadlines(checks, outcomes, pin_file=pin_file, journal=journal, releases=releases, now=now)

    @property
    def channels(self) -> Sequence[Channel]:
        """Those that get alerts."""
        return self._settings.channel

    async def send_test(self, channel: str, now: datetime) -> str | None:
        """
        Send a test message, which is not stored.

        Args:
            channel: The name of one of the channels.

            now: Aware.

        Returns:
            Why it was not delivered; None if it was.
        """
        send, identifier = self._senders[channel], f"pinsmith-test-{secrets.token_hex(8)}"
        return await self._send(send, trial(self.vantage, now), identifier, now)

    @property
    def _channels(self) -> Mapping[str, Callable[[AlertOut, datetime], datetime | None]]:
        return {channel.name: channel.time_for for channel in self._settings.channel}

    def _load(self, path: Path, problems: list[str]) -> PinFile | None:
        """Read a pin file and what stands beside it; keep what was read before if it is broken now."""
        try:
            self._read[path], self._releases[path] = load_file(path), Releases.beside(path)
        except PinsmithError as error:
            kept = "; its last version stays in force here" if path in self._read else ", so it is not watched"
            problems.append(f"{error}{kept}")
        try:
            self._journals[path] = Journal.beside(path, known=self._journals.get(path))
        except PinsmithError as error:
            lost = "keys and rotations are not watched"
            kept = "its last version stays in force here" if path in self._journals else lost
            problems.append(f"{error}; {kept}")
        return self._read.get(path)

    def _ask(
        self,
        path: Path,
        pin_file: PinFile,
        known: Mapping[Service, Memory],
        now: Callable[[], datetime],
        *,
        everything: bool,
    ) -> list[Outcome]:
        targets = {
            Service(str(path), target.host, target.port): target
            for target in policy_targets(pin_file.policy, folder=path.parent)
        } | self._released_at(path, pin_file, now())
        asked = list(targets) if everything else self._due(targets, known, now())
        found = self._conclude(asked, targets, known, path, now)
        # A lock-out is announced at once, so it must be seen twice.
        grave = [
            outcome.service
            for outcome in found
            if outcome.alert is not None
            and outcome.alert.kind in {"raised", "flapping"}
            and WORSE[outcome.status.state] >= WORSE["lockout"]
        ]
        again = {outcome.service: outcome for outcome in self._conclude(grave, targets, known, path, now)}
        return [again.get(outcome.service, outcome) for outcome in found]

    def _released_at(self, path: Path, pin_file: PinFile, now: datetime) -> dict[Service, Target]:
        """Find the hosts that only releases pin, and remember them."""
        hosts = hosts_of_releases(self._releases[path].alive(now), pin_file.policy)
        names = [str(Target(host, port)) for host, port in hosts.items()]
        targets = policy_targets(pin_file.policy, names, folder=path.parent) if names else []
        self._released[path] = {Service(str(path), target.host, target.port): target for target in targets}
        return self._released[path]

    def _due(self, targets: Mapping[Service, Target], known: Mapping[Service, Memory], now: datetime) -> list[Service]:
        waiting = sorted(
            (service for service in targets if service not in known or known[service].next_round <= now),
            key=lambda service: (service in known, known[service].next_round if service in known else now),
        )
        addresses = {
            service: [sight.address for sight in memory.answer.sights if sight.address]
            for service, memory in known.items()
            if memory.answer is not None
        }
        networks = [(service, network_of(service.host, addresses.get(service, []))) for service in waiting]
        return choose(networks, self._settings.monitor.pace)

    def _conclude(
        self,
        asked: Sequence[Service],
        targets: Mapping[Service, Target],
        known: Mapping[Service, Memory],
        path: Path,
        now: Callable[[], datetime],
    ) -> list[Outcome]:
        monitor = self._settings.monitor
        presented = survey([targets[service] for service in asked], trust=self._trust, timeout_seconds=monitor.timeout)
        at = now()
        concluded = (
            conclude(
                service,
                self.check(path, outcomes, at),
                known.get(service),
                now=at,
                patience=Patience(),
                pace=monitor.pace,
                chance=random.random(),  # noqa: S311 - jitter
                is_canary=service.host == monitor.canary,
            )
            for service, outcomes in zip(asked, presented, strict=True)
            if outcomes
        )
        return [
            held_back(outcome, known.get(outcome.service)) if self._is_maintained(outcome) else outcome
            for outcome in concluded
        ]

    def _is_maintained(self, outcome: Outcome) -> bool:
        return any(window.covers(outcome.service.host, outcome.at) for window in self._settings.maintenance)

    async def _deliver(self, now: Callable[[], datetime], problems: list[str]) -> int:
        """Make the digests that are due, and try every delivery that is; return how many have succeeded."""
        at = now()
        await make_digests(
            self._store,
            self._settings.channel,
            vantage=self.vantage,
            is_watched=self.watches,
            problems=problems,
            now=at,
        )
        due = await self._store.due(at)
        tried = await asyncio.gather(*(self._try(delivery, now) for delivery in due))
        problems += [problem for problem in tried if problem is not None]
        return sum(problem is None for problem in tried)

    async def _try(self, delivery: Delivery, now: Callable[[], datetime]) -> str | None:
        send = self._senders.get(delivery.channel)
        if send is None:
            await self._store.settle(delivery, at=now(), error="the channel is no longer configured")
            return f"{delivery.message.title!r} was not delivered: the settings have no channel {delivery.channel}"
        problem = await self._send(send, delivery.message, delivery.identifier, now())
        at = now()
        if problem is None:
            await self._store.settle(delivery, at=at)
            return None
        pause = min(_FIRST_PAUSE * 2.0**delivery.attempts, _LONGEST_PAUSE)
        again = at + pause if delivery.attempts + 1 < _GIVE_UP else None
        await self._store.settle(delivery, at=at, error=problem, again=again)
        return f"the channel {delivery.channel} was not reached: {problem}"

    async def _send(
        self, send: Callable[[Message, str, datetime], None], message: Message, identifier: str, now: datetime
    ) -> str | None:
        """Return why *message* did not arrive; None if it did."""
        try:
            await asyncio.to_thread(send, message, identifier, now)
        except Exception as error:  # noqa: BLE001 - no channel may end the watch of hosts
            return str(error) if isinstance(error, DeliveryError) else type(error).__name__
        return None

    async def _beat(self, url: str, problems: list[str]) -> None:
        try:
            await asyncio.to_thread(request, "GET", url)
        except DeliveryError as error:
            problems.append(f"the heartbeat was not sent: {error}")
