"""The parts that a service starts with, and one round of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pinsmith.documents.watched import watched_document, watched_out
from pinsmith.files.lock import held
from pinsmith.service.inspection import Inspector
from pinsmith.service.rounds import Rounds
from pinsmith.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime
    from pathlib import Path

    from pinsmith.documents.watched import WatchedDocument
    from pinsmith.probe import Trust
    from pinsmith.service.settings import Settings


@dataclass(frozen=True, slots=True)
class Setup:
    """
    The parts that a service starts with.

    Attributes:
        files: The pin files, as absolute paths.
        settings: How hosts are asked and people are reached.
        folder: To which paths in the settings are relative.
        database: The file of the database.
        trust: The authorities that hosts are verified with.
    """

    files: Sequence[Path]
    settings: Settings
    folder: Path
    database: Path
    trust: Trust

    def rounds(self, store: Store) -> Rounds:
        """Return the rounds over *store*, which is open."""
        return Rounds(self.files, self.settings, self.folder, store, self.trust)

    def inspector(self, rounds: Rounds, now: Callable[[], datetime]) -> Inspector | None:
        """Return what asks the hosts that people name; None if the operator has switched that off."""
        chosen = self.settings.inspect
        if not chosen.enabled:
            return None
        timeout = self.settings.monitor.timeout
        return Inspector(chosen.reach, lambda: rounds.pin_files, rounds.check, self.trust, now, timeout)


async def run_once(setup: Setup, now: Callable[[], datetime]) -> WatchedDocument:
    """
    Run one round over the hosts that are due, and describe all hosts.

    Args:
        setup: The service.

        now: The clock; aware.

    Raises:
        LockedError: If another service uses the database.
    """
    setup.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with held(setup.database, wait_seconds=0):
        async with Store(setup.database) as store:
            rounds = setup.rounds(store)
            done = await rounds.run(now)
            states = [state for state in await store.states(rounds.vantage) if rounds.watches(state.service)]
    return watched_document(
        (watched_out(state.service, state.vantage, state.memory, state.reasons, state.asked) for state in states),
        done.problems,
    )
