"""Read the reports that `pinsmith.store.report_writer` has counted, give groups their class, and forget what is old."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec
from sqlalchemy import and_, delete, exists, func, or_, select, update

from pinsmith.store.lock import hold_groups
from pinsmith.store.tables import report_days, report_drops, report_groups, report_samples

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from typing import Any

    from sqlalchemy import Row
    from sqlalchemy.ext.asyncio import AsyncEngine

    from pinsmith.reports import Class, Classified

KEEP_SAMPLES: Final = timedelta(days=30)
"""How long bodies are kept, which may name people and networks."""
KEEP_COUNTS: Final = timedelta(days=400)
"""How long counts are kept: a year, and some days to compare with it."""
_AGAIN_MICROSECONDS: Final = 60 * 60 * 1_000_000
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class ReportGroup:
    """
    Reports of one cause.

    Attributes:
        key: See `pinsmith.reports.group_key`.
        source: The key in the path that they were sent to; empty if there was none.
        host: Canonical; empty if the reports do not name it.
        app: The id of the app; empty if it is not known.
        format: The id of the format of the first report.
        enforced: Whether clients refused the connection; None if that is not known.
        reason: Why, see `pinsmith.reports.Reason`.
        first_seen: When the first report arrived, aware.
        last_seen: When the last one arrived, aware.
        reports: How many there are.
        name: The class; None if it is not known yet.
        evidence: The reasons for the class.
        classified: When it was found, aware; None if it must be found, or found again.
    """

    key: bytes
    source: str
    host: str
    app: str
    format: str
    enforced: bool | None
    reason: str
    first_seen: datetime
    last_seen: datetime
    reports: int
    name: Class | None
    evidence: tuple[str, ...]
    classified: datetime | None


@dataclass(frozen=True, slots=True)
class Spread:
    """
    Where the reports of a group came from.

    Attributes:
        versions: Reports by the version of the app, the most first; the empty version is not known.
        platforms: The same for the platform.
        days: Reports by day, as days since 1970, in order.
        networks: From how many networks; more than 256 a day are not counted.
    """

    versions: dict[str, int]
    platforms: dict[str, int]
    days: dict[int, int]
    networks: int


@dataclass(frozen=True, slots=True)
class VersionCount:
    """
    The reports of one version of an app.

    Attributes:
        app: The id of the app; empty if it is not known.
        version: Its version; empty if it is not known, and ``other`` for those that have no count of their own.
        reports: How many there are.
        first_day: The first day with one, of those that were counted.
        last_day: The last one.
    """

    app: str
    version: str
    reports: int
    first_day: date
    last_day: date


class ReportReader:
    """The reports in a database."""

    def __init__(self, engine: AsyncEngine) -> None:
        """
        Use a database.

        Args:
            engine: Of the database.
        """
        self._engine = engine

    async def groups(self, *, most: int = 200, after: tuple[datetime, bytes] | None = None) -> list[ReportGroup]:
        """
        Return groups, those that were reported last first.

        Args:
            most: How many.

            after: The time of the last report, aware, and the key of a group; only those that follow it are returned.
        """
        seen, key = report_groups.c.last_seen, report_groups.c.key
        chosen = select(report_groups).order_by(seen.desc(), key).limit(most)
        if after is not None:
            chosen = chosen.where(or_(seen < after[0], and_(seen == after[0], key > after[1])))
        async with self._engine.connect() as connection:
            return [_group(row) for row in await connection.execute(chosen)]

    async def group(self, key: bytes) -> tuple[ReportGroup, Spread, list[bytes]] | None:
        """Return a group, where it came from, and some bodies; None if there is no such group."""
        async with self._engine.connect() as connection:
            found = await connection.execute(select(report_groups).where(report_groups.c.key == key))
            row = found.one_or_none()
            if row is None:
                return None
            samples = await connection.execute(
                select(report_samples.c.body).where(report_samples.c.key == key).order_by(report_samples.c.slot)
            )
            bodies = [sample.body for sample in samples]
            days = report_days.c
            counted = select(days.day, days.version, days.platform, days.network, days.reports).where(days.key == key)
            spread = _spread((await connection.execute(counted)).all())
        return _group(row), spread, bodies

    async def waiting(self, *, most: int = 50) -> list[tuple[ReportGroup, bytes]]:
        """
        Return groups whose class is not known, or older than their last reports by an hour, with one body each.

        Half of them are those that have waited longest, so that a flood of new ones starves none. The others
        are the newest.

        Args:
            most: At least two.
        """
        groups, samples = report_groups.c, report_samples.c
        chosen = select(report_groups).where(
            or_(groups.classified.is_(None), groups.last_seen - groups.classified > _AGAIN_MICROSECONDS),
            exists().where(samples.key == groups.key),
        )
        longest = chosen.order_by(func.coalesce(groups.classified, groups.first_seen), groups.key).limit(most // 2)
        newest = chosen.order_by(groups.last_seen.desc(), groups.key).limit(most)
        async with self._engine.connect() as connection:
            rows = [*await connection.execute(longest), *await connection.execute(newest)]
            found = dict(list({row.key: _group(row) for row in rows}.items())[:most])
            sampled = select(samples.key, samples.body).where(samples.key.in_(found)).order_by(samples.slot.desc())
            bodies = {row.key: row.body for row in await connection.execute(sampled)}
        return [(group, bodies[key]) for key, group in found.items()]

    async def networks(self, key: bytes) -> int:
        """Count the networks that have sent reports of a group."""
        counted = select(func.count(func.distinct(report_days.c.network))).where(report_days.c.key == key)
        async with self._engine.connect() as connection:
            return int((await connection.execute(counted)).scalar_one())

    async def settle(self, key: bytes, classified: Classified, at: datetime) -> None:
        """Give a group its class."""
        values = {"name": classified.name, "evidence": msgspec.json.encode(classified.evidence), "classified": at}
        async with self._engine.begin() as connection:
            await connection.execute(update(report_groups).where(report_groups.c.key == key).values(**values))

    async def reclassify(self) -> None:
        """
        Let all groups wait for their class, because the pins have changed.

        Those without a body keep their class, and the time at which they got it.
        """
        sampled = report_groups.c.key.in_(select(report_samples.c.key))
        async with self._engine.begin() as connection:
            await hold_groups(connection, sampled)
            await connection.execute(update(report_groups).where(sampled).values(classified=None))

    async def totals(self) -> dict[tuple[str, str, bool | None], int]:
        """Count reports by host, class and whether clients refused the connection."""
        groups = report_groups.c
        counted = select(groups.host, groups.name, groups.enforced, func.sum(groups.reports)).group_by(
            groups.host, groups.name, groups.enforced
        )
        async with self._engine.connect() as connection:
            rows = await connection.execute(counted)
            return {(row[0], row[1] or "unknown", row[2]): int(row[3]) for row in rows}

    async def classes(self, *, since: datetime) -> dict[str, int]:
        """Count reports by class, from the day of *since* on, the most first."""
        days, name = report_days.c, func.coalesce(report_groups.c.name, "unknown")
        number = func.sum(days.reports)
        counted = (
            select(name, number)
            .join(report_groups, report_groups.c.key == days.key)
            .where(days.day >= (since - _EPOCH) // _DAY)
            .group_by(name)
            .order_by(number.desc(), name)
        )
        async with self._engine.connect() as connection:
            return {row[0]: int(row[1]) for row in await connection.execute(counted)}

    async def dropped(self) -> dict[str, int]:
        """Count the reports that were not kept, by reason."""
        async with self._engine.connect() as connection:
            return {row.reason: row.reports for row in await connection.execute(select(report_drops))}

    async def versions(self, *, since: datetime, most: int = 1000) -> list[VersionCount]:
        """
        Count reports by app and version, as a hint which releases are still in use.

        Args:
            since: The first day, aware.

            most: How many are returned, those with the most reports.
        """
        days, app = report_days.c, report_groups.c.app
        number = func.sum(days.reports)
        counted = (
            select(app, days.version, number, func.min(days.day), func.max(days.day))
            .join(report_groups, report_groups.c.key == days.key)
            .where(days.day >= (since - _EPOCH) // _DAY)
            .group_by(app, days.version)
            .order_by(number.desc(), app, days.version)
            .limit(most)
        )
        async with self._engine.connect() as connection:
            return [
                VersionCount(row[0], row[1], int(row[2]), _day(row[3]), _day(row[4]))
                for row in await connection.execute(counted)
            ]

    async def forget(self, now: datetime) -> None:
        """Delete bodies after `KEEP_SAMPLES`, and counts after `KEEP_COUNTS`."""
        samples, is_old = report_samples.c.at < now - KEEP_SAMPLES, report_groups.c.last_seen < now - KEEP_COUNTS
        days = report_days.c.day < (now - KEEP_COUNTS - _EPOCH) // _DAY
        async with self._engine.begin() as connection:
            sampled = report_groups.c.key.in_(select(report_samples.c.key).where(samples))
            await hold_groups(connection, or_(sampled, is_old))
            await connection.execute(delete(report_samples).where(samples))
            await connection.execute(delete(report_days).where(days))
            await connection.execute(delete(report_groups).where(is_old))


def _day(number: int) -> date:
    return (_EPOCH + number * _DAY).date()


def _group(row: Row[Any]) -> ReportGroup:
    evidence = msgspec.json.decode(row.evidence, type=tuple[str, ...]) if row.evidence else ()
    return ReportGroup(
        key=row.key,
        source=row.source,
        host=row.host,
        app=row.app,
        format=row.format,
        enforced=row.enforced,
        reason=row.reason,
        first_seen=row.first_seen,
        last_seen=row.last_seen,
        reports=row.reports,
        name=row.name,
        evidence=evidence,
        classified=row.classified,
    )


def _spread(rows: Sequence[Row[int, str, str, str, int]]) -> Spread:
    versions, platforms, days = Counter[str](), Counter[str](), Counter[int]()
    for row in rows:
        versions[row.version] += row.reports
        platforms[row.platform] += row.reports
        days[row.day] += row.reports
    networks = len({row.network for row in rows})
    return Spread(dict(versions.most_common()), dict(platforms.most_common()), dict(sorted(days.items())), networks)
