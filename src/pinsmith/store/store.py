"""Read and write what the service remembers. Each method is one transaction, and what it has written is durable."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import msgspec
from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import SQLAlchemyError

from pinsmith.documents.alert import AlertOut, alert_out
from pinsmith.documents.digest import DigestOut, Message
from pinsmith.documents.finding import FindingOut, finding_out
from pinsmith.errors import UsageError
from pinsmith.errors.service import StoreError
from pinsmith.monitor.observation import Observation
from pinsmith.monitor.outcome import Memory, Service
from pinsmith.monitor.watch import Watch
from pinsmith.store.alert_log import put_alert
from pinsmith.store.comparison_log import ComparisonLog
from pinsmith.store.delivery_log import channel_records
from pinsmith.store.digest_log import DigestLog
from pinsmith.store.duty import Duties, watching
from pinsmith.store.engine import open_engine, prepare
from pinsmith.store.fault import fault
from pinsmith.store.lock import Lock, hold
from pinsmith.store.migrations import UnknownRevisionError, migrate
from pinsmith.store.move import move, require_here
from pinsmith.store.newest import newest
from pinsmith.store.put import insert_into
from pinsmith.store.report_reader import ReportReader
from pinsmith.store.saved_hosts import SavedHosts
from pinsmith.store.tables import alerts, certificates, deliveries, digests, observations, services

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping
    from datetime import datetime
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncConnection

    from pinsmith.monitor.outcome import Outcome
    from pinsmith.monitor.status import State
    from pinsmith.store.address import DatabaseAddress
    from pinsmith.store.delivery_log import ChannelRecord
    from pinsmith.store.newest import Newest


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    An alert or a digest that must reach one channel.

    Attributes:
        id: Its number, among the alerts or among the digests.
        channel: The name of the channel.
        attempts: How often it was tried.
        message: The alert or the digest.
    """

    id: int
    channel: str
    attempts: int
    message: Message

    @property
    def identifier(self) -> str:
        """The same for each attempt."""
        return f"pinsmith-digest-{self.id}" if isinstance(self.message, DigestOut) else f"pinsmith-{self.id}"


@dataclass(frozen=True, slots=True)
class ServiceState:
    """
    What is known of a service.

    Attributes:
        service: The service.
        vantage: From where it was asked.
        memory: Its state and its last answer.
        reasons: Of its last round.
        asked: When, aware.
    """

    service: Service
    vantage: str
    memory: Memory
    reasons: list[FindingOut]
    asked: datetime


@dataclass(frozen=True, slots=True)
class Span:
    """
    A time in which a service presented the same.

    Attributes:
        first_seen: When it was seen first, aware.
        last_seen: When it was seen last, aware.
        state: Its state in these rounds.
        observation: What it presented.
        changes: What was different from before.
    """

    first_seen: datetime
    last_seen: datetime
    state: State
    observation: Observation
    changes: list[FindingOut]


class Store:
    """The database of one service. Use it in ``async with``."""

    def __init__(self, database: DatabaseAddress) -> None:
        """
        Name the database.

        Args:
            database: A file, which is created, readable for its owner only; or a database of PostgreSQL, which exists.

        Raises:
            UsageError: If PostgreSQL's driver is not installed, or the authorities of the server cannot be read.
        """
        self._database = database
        self._engine = open_engine(database)
        self.duties = Duties(self._engine)

    @property
    def reports(self) -> ReportReader:
        """The reports of apps in this database."""
        return ReportReader(self._engine)

    @property
    def digests(self) -> DigestLog:
        """The digests in this database."""
        return DigestLog(self._engine)

    @property
    def comparisons(self) -> ComparisonLog:
        """What several places have seen at the same services."""
        return ComparisonLog(self._engine)

    @property
    def saved(self) -> SavedHosts:
        """The hosts that somebody has saved in this database."""
        return SavedHosts(self._engine)

    async def __aenter__(self) -> Self:
        """
        Create the tables, or bring them up to date.

        Raises:
            StoreError: If it cannot be reached, read or written, or a newer release has written it.
        """
        try:
            prepare(self._database)
            async with self._engine.begin() as connection:
                await connection.run_sync(migrate)
                await connection.run_sync(require_here, str(self._database))
        except (OSError, sqlite3.Error, SQLAlchemyError, UnknownRevisionError) as error:
            await self._engine.dispose()
            raise fault(self._database, error) from error
        except (StoreError, UsageError):
            await self._engine.dispose()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.duties.close()
        await self._engine.dispose()

    async def move_in(self, source: Path, address: str, now: datetime) -> dict[str, int]:
        """Move all rows of a file to this database, which is empty; see `pinsmith.store.move.move`."""
        return await move(source, self._engine, address=address, now=now)

    async def states(self, vantage: str | None = None) -> list[ServiceState]:
        """
        Return what is known of every service, by file, host, port and vantage.

        Args:
            vantage: From where the services were asked; None for every place.
        """
        chosen = select(services).order_by(services.c.file, services.c.host, services.c.port, services.c.vantage)
        if vantage is not None:
            chosen = chosen.where(services.c.vantage == vantage)
        async with self._engine.connect() as connection:
            return [_state(row) for row in await connection.execute(chosen)]

    async def record(
        self,
        outcomes: Iterable[Outcome],
        *,
        vantage: str,
        channels: Mapping[str, Callable[[AlertOut, datetime], datetime | None]],
    ) -> None:
        """
        Write the results of a round, and the alerts that they cause, all or nothing.

        Args:
            outcomes: The results.

            vantage: From where the services were asked.

            channels: Those that may get the alerts, by name. Each returns when it wants an alert that is made at a
                time; None if it does not want it.
        """
        async with self._engine.begin() as connection:
            # One after the other, so that numbers grow with the time, and no two wait for rows of each other.
            await hold(connection, Lock.RECORD)
            await self.duties.require(connection, watching(vantage))
            for outcome in outcomes:
                number = await self._put_service(connection, outcome, vantage)
                await self._put_observation(connection, outcome, number)
                if outcome.alert is not None:
                    alert = alert_out(outcome.alert, vantage)
                    await put_alert(connection, alert, service=number, at=outcome.at, channels=channels)

    async def due(self, now: datetime, *, most: int = 100) -> list[Delivery]:
        """Return the deliveries that must be tried now, the oldest first."""
        chosen = (
            select(deliveries.c.id, deliveries.c.channel, deliveries.c.attempts, alerts.c.body)
            .join(alerts, alerts.c.id == deliveries.c.alert)
            .where(deliveries.c.next_attempt <= now)
            .order_by(deliveries.c.id)
            .limit(most)
        )
        collected = select(digests.c.id, digests.c.channel, digests.c.attempts, digests.c.body)
        collected = collected.where(digests.c.next_attempt <= now).order_by(digests.c.id).limit(most)
        found: list[Delivery] = []
        async with self._engine.connect() as connection:
            for row in await connection.execute(chosen):
                message: Message = msgspec.json.decode(row.body, type=AlertOut)
                found.append(Delivery(row.id, row.channel, row.attempts, message))
            for row in await connection.execute(collected):
                message = msgspec.json.decode(row.body, type=DigestOut)
                found.append(Delivery(row.id, row.channel, row.attempts, message))
        return found

    async def timeline(self, service: Service, *, vantage: str, most: int = 200) -> list[Span]:
        """Return what a service has presented, the newest first."""
        chosen = (
            select(observations)
            .join(services, services.c.id == observations.c.service)
            .where(services.c.file == service.file, services.c.host == service.host)
            .where(services.c.port == service.port, services.c.vantage == vantage)
            .order_by(observations.c.last_seen.desc(), observations.c.id.desc())
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return [
                Span(
                    row.first_seen,
                    row.last_seen,
                    row.state,
                    msgspec.json.decode(row.body, type=Observation),
                    msgspec.json.decode(row.changes, type=list[FindingOut]),
                )
                for row in await connection.execute(chosen)
            ]

    async def newest(self, file: str, hosts: Collection[str]) -> list[Newest]:
        """Return what *hosts* of a pin file presented when they were asked last, from each place."""
        return await newest(self._engine, file, hosts)

    async def newest_alerts(self, *, most: int = 100, before: int | None = None) -> dict[int, AlertOut]:
        """
        Return the alerts that were made last, by their number, the newest first.

        Args:
            most: How many.

            before: Only those with a smaller number.
        """
        chosen = select(alerts.c.id, alerts.c.body).order_by(alerts.c.id.desc()).limit(most)
        if before is not None:
            chosen = chosen.where(alerts.c.id < before)
        async with self._engine.connect() as connection:
            rows = await connection.execute(chosen)
            return {row.id: msgspec.json.decode(row.body, type=AlertOut) for row in rows}

    async def certificates(self, sha256s: Collection[str]) -> dict[str, bytes]:
        """Return the DER of certificates by SHA-256 in hexadecimal; those that were never seen are missing."""
        chosen = select(certificates.c.sha256, certificates.c.der).where(certificates.c.sha256.in_(sha256s))
        async with self._engine.connect() as connection:
            return {row.sha256: row.der for row in await connection.execute(chosen)}

    async def channel_records(self) -> dict[str, ChannelRecord]:
        """Return what became of the messages to each channel."""
        return await channel_records(self._engine)

    async def undelivered(self) -> int:
        """Count the deliveries that have failed and are still tried; alerts that wait for a digest have not failed."""
        failed = [
            select(func.count()).select_from(table).where(table.c.next_attempt.is_not(None), table.c.attempts > 0)
            for table in (deliveries, digests)
        ]
        async with self._engine.connect() as connection:
            return sum([int((await connection.execute(number)).scalar_one()) for number in failed])

    async def settle(
        self, delivery: Delivery, *, at: datetime, error: str | None = None, again: datetime | None = None
    ) -> None:
        """
        Record an attempt.

        Args:
            delivery: What was tried.

            at: When, aware.

            error: Why it failed; None if it was delivered.

            again: When to try again; None if it was delivered or is given up.
        """
        values = {
            "attempts": delivery.attempts + 1,
            "next_attempt": again,
            "delivered": at if error is None else None,
            "error": error and error.replace("\0", "\N{REPLACEMENT CHARACTER}"),  # PostgreSQL's texts have no NUL
        }
        table = digests if isinstance(delivery.message, DigestOut) else deliveries
        async with self._engine.begin() as connection:
            await connection.execute(update(table).where(table.c.id == delivery.id).values(**values))

    async def _put_service(self, connection: AsyncConnection, outcome: Outcome, vantage: str) -> int:
        watch, service = outcome.memory.watch, outcome.service
        key = {"file": service.file, "host": service.host, "port": service.port, "vantage": vantage}
        values = {
            "state": watch.state,
            "since": watch.since,
            "watch": msgspec.json.encode(watch),
            "reasons": msgspec.json.encode([finding_out(finding) for finding in outcome.status.reasons]),
            "answer": msgspec.json.encode(outcome.memory.answer) if outcome.memory.answer else None,
            "asked": outcome.at,
            "next_round": outcome.memory.next_round,
        }
        new = insert_into(connection, services).values(**key, **values)
        put = new.on_conflict_do_update(index_elements=list(key), set_=values).returning(services.c.id)
        return int((await connection.execute(put)).scalar_one())

    async def _put_observation(self, connection: AsyncConnection, outcome: Outcome, service: int) -> None:
        newest = (
            select(observations.c.id, observations.c.digest, observations.c.state)
            .where(observations.c.service == service)
            .order_by(observations.c.last_seen.desc(), observations.c.id.desc())
            .limit(1)
        )
        last = (await connection.execute(newest)).one_or_none()
        digest, state = outcome.observation.digest, outcome.status.state
        if last is not None and (last.digest, last.state) == (digest, state):
            same = update(observations).where(observations.c.id == last.id)
            await connection.execute(same.values(last_seen=outcome.at))
            return
        for sha256, der in outcome.certificates.items():
            put = insert_into(connection, certificates).values(sha256=sha256, der=der, first_seen=outcome.at)
            await connection.execute(put.on_conflict_do_nothing())
        await connection.execute(
            insert(observations).values(
                service=service,
                digest=digest,
                first_seen=outcome.at,
                last_seen=outcome.at,
                state=state,
                body=msgspec.json.encode(outcome.observation),
                changes=msgspec.json.encode([finding_out(finding) for finding in outcome.status.changes]),
            )
        )


def _state(row: Row[Any]) -> ServiceState:
    watch = msgspec.json.decode(row.watch, type=Watch)
    answer = msgspec.json.decode(row.answer, type=Observation) if row.answer else None
    return ServiceState(
        Service(row.file, row.host, row.port),
        row.vantage,
        Memory(watch, answer, row.next_round),
        msgspec.json.decode(row.reasons, type=list[FindingOut]),
        row.asked,
    )
