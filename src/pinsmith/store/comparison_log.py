"""What several places have seen at the same services, and where they disagree."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import func, or_, select, update

from pinsmith.documents.alert import alert_out
from pinsmith.documents.disagreement import DisagreementOut, disagreement_out
from pinsmith.monitor.observation import Observation
from pinsmith.monitor.outcome import Service
from pinsmith.monitor.status import Status
from pinsmith.monitor.vantages import Seen, places
from pinsmith.monitor.watch import Alert, Patience, Watch, step
from pinsmith.store.alert_log import put_alert
from pinsmith.store.lock import Lock, hold
from pinsmith.store.put import insert_into
from pinsmith.store.tables import comparisons, observations, services

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

    from pinsmith.documents.alert import AlertOut
    from pinsmith.monitor.vantages import Comparison

_CHUNK: Final = 500  # hosts in one query


class ComparisonLog:
    """The comparisons of places in a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """Read and write through *engine*."""
        self._engine = engine

    async def asked(self, files: Collection[str]) -> dict[str, datetime]:
        """Return when each place has asked a host of some pin files last."""
        chosen = select(services.c.vantage, func.max(services.c.asked).label("asked")).group_by(services.c.vantage)
        async with self._engine.connect() as connection:
            found = await connection.execute(chosen.where(services.c.file.in_(files)).order_by(services.c.vantage))
            return {row.vantage: row.asked for row in found}

    async def seen(self, file: str, hosts: Sequence[str], *, after: datetime) -> dict[Service, list[Seen]]:
        """
        Return what each place has seen last at *hosts* of a pin file.

        Args:
            file: The pin file, as in `Service`.

            hosts: Canonical.

            after: How far back it matters what was seen before, aware.
        """
        found: dict[Service, list[Seen]] = {}
        async with self._engine.connect() as connection:
            for start in range(0, len(hosts), _CHUNK):
                for _, service, seen in await _seen(connection, file, hosts[start : start + _CHUNK], after):
                    found.setdefault(service, []).append(seen)
        return found

    async def disagreements(self) -> dict[Service, DisagreementOut | None]:
        """Return the services of which places have ever disagreed; None for those of which they agree again."""
        chosen = select(comparisons).order_by(comparisons.c.file, comparisons.c.host, comparisons.c.port)
        async with self._engine.connect() as connection:
            return {
                Service(row.file, row.host, row.port): msgspec.json.decode(row.body, type=DisagreementOut)
                if row.body
                else None
                for row in await connection.execute(chosen)
            }

    async def note(
        self,
        service: Service,
        judge: Callable[[Sequence[Seen]], Comparison],
        *,
        at: datetime,
        after: datetime,
        channels: Mapping[str, Callable[[AlertOut, datetime], datetime | None]],
    ) -> AlertOut | None:
        """
        Compare what the places have seen at one service, and write the result and its alert, all or nothing.

        If several processes do so at once, one waits for the other, and finds that the alert was made.

        Args:
            service: The service.

            judge: Compares what is found in the database.

            at: When, aware.

            after: As for `seen`.

            channels: As for `Store.record`.

        Returns:
            The alert; None if there is none.
        """
        async with self._engine.begin() as connection:
            number, watch = await _locked(connection, service, at)
            found = [row for row in await _seen(connection, service.file, [service.host], after) if row[1] == service]
            compared = judge([seen for _, _, seen in found])
            if compared.verdict == "unknown":
                return None  # nothing is known, so nothing has changed
            status = Status("interception" if compared.findings else "ok", compared.findings)
            before, (watch, kind) = watch.state, step(watch, status, now=at, patience=Patience())
            values = {"watch": msgspec.json.encode(watch)}
            if compared.findings:
                values["body"] = msgspec.json.encode(disagreement_out(service, compared, watch.since))
            # A first round without the key does not end a disagreement, and what was seen before stays shown.
            changed = update(comparisons).where(comparisons.c.id == number)
            await connection.execute(changed.values({"body": None} | values if watch.state == "ok" else values))
            if kind is None:
                return None
            alert = Alert(kind, service.host, service.port, before, watch.state, watch.since, at, status.reasons)
            out = alert_out(alert, places(compared.seers), topic="vantages")
            await put_alert(connection, out, service=min(row for row, _, _ in found), at=at, channels=channels)
            return out


async def _locked(connection: AsyncConnection, service: Service, at: datetime) -> tuple[int, Watch]:
    """Return the number of a comparison and its memory, which nobody else reads until the transaction ends."""
    await hold(connection, Lock.RECORD)
    key = {"file": service.file, "host": service.host, "port": service.port}
    # SQLite locks at the first write, so the write comes before everything that is read.
    new = insert_into(connection, comparisons).values(**key, compared=at)
    put = new.on_conflict_do_update(index_elements=list(key), set_={"compared": at})
    row = (await connection.execute(put.returning(comparisons.c.id, comparisons.c.watch))).one()
    return int(row.id), msgspec.json.decode(row.watch, type=Watch) if row.watch else Watch("ok", at)


async def _seen(
    connection: AsyncConnection, file: str, hosts: Collection[str], after: datetime
) -> list[tuple[int, Service, Seen]]:
    last = select(func.max(observations.c.id)).where(observations.c.service == services.c.id)
    chosen = (
        select(services, observations.c.first_seen, observations.c.last_seen, observations.c.body)
        .join(observations, observations.c.service == services.c.id)
        .where(services.c.file == file, services.c.host.in_(hosts))
        .where(or_(observations.c.id == last.correlate(services).scalar_subquery(), observations.c.last_seen >= after))
        .order_by(services.c.host, services.c.port, services.c.vantage, observations.c.id.desc())
    )
    found = []
    for number, rows in groupby(await connection.execute(chosen), key=lambda row: row.id):
        newest, *older = rows
        history = [(row.first_seen, msgspec.json.decode(row.body, type=Observation)) for row in (newest, *older)]
        seen = Seen(newest.vantage, newest.state, newest.last_seen, history)
        found.append((number, Service(newest.file, newest.host, newest.port), seen))
    return found
