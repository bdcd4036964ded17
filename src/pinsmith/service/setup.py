"""The parts that a service starts with, and one round of it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from pinsmith import files
from pinsmith.custody.key_file import of_file
from pinsmith.documents.watched import watched_document, watched_out
from pinsmith.errors import LockedError, UsageError
from pinsmith.files.lock import held
from pinsmith.material import MAX_BYTES
from pinsmith.service.comparing import disagreements_of
from pinsmith.service.freshness import Freshness
from pinsmith.service.inspection import Inspector
from pinsmith.service.rounds import Rounds
from pinsmith.service.vantage import HINT, is_name
from pinsmith.store import Store
from pinsmith.store.report_outbox import ReportOutbox
from pinsmith.stream.feed import Feed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from contextlib import AsyncExitStack
    from datetime import datetime

    from pinsmith.documents.watched import WatchedDocument
    from pinsmith.probe import Trust
    from pinsmith.service.settings import Settings
    from pinsmith.store.address import DatabaseAddress


@dataclass(frozen=True, slots=True)
class Setup:
    """
    The parts that a service starts with.

    Attributes:
        files: The pin files, as absolute paths.
        settings: How hosts are asked and people are reached.
        folder: To which paths in the settings are relative.
        database: Where the service remembers.
        trust: The authorities that hosts are verified with.
    """

    files: Sequence[Path]
    settings: Settings
    folder: Path
    database: DatabaseAddress
    trust: Trust

    @contextmanager
    def reserved(self) -> Iterator[None]:
        """
        Keep other services from using a file as the database; those that use PostgreSQL share it.

        Raises:
            LockedError: If another service uses the file.
        """
        if isinstance(self.database, Path):
            self.database.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with held(self.database, wait_seconds=0):
                yield
        else:
            yield

    def rounds(self, store: Store) -> Rounds:
        """Return the rounds over *store*, which is open."""
        return Rounds(self.files, self.settings, self.folder, store, self.trust)

    def feed(self, stack: AsyncExitStack) -> Feed | None:
        """
        Open the outbox of the database until *stack* is left, and return what sends it; None if the settings name none.

        Raises:
            UsageError: If the client of Kafka is not installed, or the database is not a file.
        """
        chosen = self.settings.reports.kafka
        if chosen is None:
            return None
        if not isinstance(self.database, Path):
            hint = "give each collector a file of its own with --database, or remove [reports.kafka]"
            raise UsageError("[reports.kafka] sends counts from a file, and not from PostgreSQL", hint=hint)
        outbox = stack.enter_context(ReportOutbox(self.database))
        return Feed(outbox, chosen.address(self.folder), self.settings.monitor.vantage)

    def freshness(self) -> Freshness | None:
        """
        Return what keeps the bundle of the settings fresh; None if they name no key for it.

        Raises:
            FileError: If the key cannot be read.
            MaterialError: If it is not one.
            PasswordError: If its password is missing or wrong.
            SigningError: If TUF has no scheme for it.
            UsageError: If python-tuf is not installed.
        """
        chosen = self.settings.bundle
        if chosen is None or chosen.key is None:
            return None
        try:
            from pinsmith.updates.directory import Directory
            from pinsmith.updates.signing import signer_of
        except ImportError as error:
            raise UsageError(f"[bundle] needs {error.name}", hint="pip install 'pinsmith[updates]'") from error
        password = chosen.password.reveal(self.folder).encode() if chosen.password else None
        signer = of_file(files.read(self.folder / chosen.key, most_bytes=MAX_BYTES), password)
        return Freshness(Directory(self.folder / chosen.folder), signer_of(signer), chosen.days)

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
        LockedError: If another service asks the hosts from this place.
    """
    with setup.reserved():
        async with Store(setup.database) as store:
            rounds = setup.rounds(store)
            done = await rounds.run(now)
            states = [state for state in await store.states(rounds.vantage) if rounds.watches(state.service)]
            disagreements = await disagreements_of(store.comparisons, rounds.watches)
    if not done.watches:
        raise LockedError(
            f"another service that uses {setup.database} asks the hosts from {rounds.vantage}, so nothing was asked",
            path=str(setup.database),
            holder="another service",
            hint="read its pages, or name another place with --vantage",
        )
    return watched_document(
        (watched_out(state.service, state.vantage, state.memory, state.reasons, state.asked) for state in states),
        done.problems,
        disagreements,
    )


def seen_from(vantage: str | None, settings: Settings) -> Settings:
    """
    Return *settings* with another name of this place, unless it is None.

    Raises:
        UsageError: If it cannot be a name.
    """
    if vantage is None:
        return settings
    if not is_name(vantage):
        raise UsageError(f"--vantage {vantage!r} cannot be the name of a place", hint=HINT)
    return msgspec.structs.replace(settings, monitor=msgspec.structs.replace(settings.monitor, vantage=vantage))
