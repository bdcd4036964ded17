"""What the pages and the API show: the store, and the rounds that fill it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pinsmith.documents.watch_metrics import Reported, Watched, watch_metrics
from pinsmith.documents.watched import WatchedDocument, watched_document, watched_out
from pinsmith.server.exports import Exports, Source, sources
from pinsmith.service.comparing import disagreements_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.documents.disagreement import DisagreementOut
    from pinsmith.service.inspection import Inspector
    from pinsmith.service.rounds import Rounds
    from pinsmith.store import ServiceState, Store
    from pinsmith.store.report_reader import ReportGroup, Spread


@dataclass(frozen=True, slots=True)
class Site:
    """
    The parts of the service that pages show.

    Attributes:
        store: Open.
        rounds: Running.
        now: The clock; aware.
        vantage: The place whose observations are shown; None for every place in the database.
        inspector: Asks hosts that somebody names; None if none is asked.
        per_minute: How many hosts one person may ask for within a minute.
        exports: What makes files for platforms.
        lab: The files with results of the lab.
    """

    store: Store
    rounds: Rounds
    now: Callable[[], datetime]
    vantage: str | None = None
    inspector: Inspector | None = None
    per_minute: int = 120
    exports: Exports = field(default_factory=Exports)
    lab: Sequence[Path] = ()

    async def hosts(self) -> list[ServiceState]:
        """Return the hosts that are watched now: those of the pin files, and those that only releases pin."""
        return [state for state in await self.store.states(self.vantage) if self.rounds.watches(state.service)]

    async def named(self, name: str) -> list[ServiceState]:
        """
        Return the hosts with a name, which several pin files may contain, and several places may ask.

        Args:
            name: The host, which stands for all its ports, or the host with a colon and a port.
        """
        return [
            state
            for state in await self.hosts()
            if name in {state.service.host, f"{state.service.host}:{state.service.port}"}
        ]

    async def watched(self) -> WatchedDocument:
        """Describe the hosts."""
        hosts = await self.hosts()
        return watched_document(
            (watched_out(host.service, host.vantage, host.memory, host.reasons, host.asked) for host in hosts),
            self.rounds.problems,
            await self.disagreements(),
        )

    async def disagreements(self) -> list[DisagreementOut]:
        """Return the hosts of which some places see an unknown key, and others do not."""
        return await disagreements_of(self.store.comparisons, self.rounds.watches)

    @property
    def sources(self) -> list[Source]:
        """The pin files that the service watches, with their names in paths."""
        return sources(self.rounds.watched_files)

    async def report(self, key: str) -> tuple[ReportGroup, Spread, list[bytes]] | None:
        """Return the group of reports with a key, in hexadecimal; None if there is none."""
        try:
            return await self.store.reports.group(bytes.fromhex(key))
        except ValueError:
            return None

    async def metrics(self) -> str:
        """Write the metrics."""
        hosts = await self.hosts()
        names = {
            name for host in hosts if host.memory.answer for s in host.memory.answer.sights for name in s.certificates
        }
        watched = [
            Watched(host.service, host.vantage, host.memory, host.asked, self.rounds.entry_of(host.service))
            for host in hosts
        ]
        return watch_metrics(
            watched,
            await self.store.certificates(names),
            now=self.now(),
            problems=len(self.rounds.problems),
            undelivered=await self.store.undelivered(),
            disagreements=await self.disagreements(),
            reports=Reported(await self.store.reports.totals(), await self.store.reports.dropped()),
        )
