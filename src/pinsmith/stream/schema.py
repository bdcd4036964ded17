"""
The tables in ClickHouse, and rows in the form in which they are inserted.

A batch that is inserted again has the same rows, and the sorting key identifies a row. So counts are exact in a table
that keeps one row for each key (ReplacingMergeTree) and is read with FINAL, even if a batch is repeated days later.
Deduplication of inserts would forget blocks after a while, and a materialized view that sums at each insert would sum
what is repeated. So the view of days is refreshable: it is made anew from what FINAL returns.

Source:
    https://clickhouse.com/docs/engines/table-engines/mergetree-family/replacingmergetree,
    https://clickhouse.com/docs/materialized-view/refreshable-materialized-view (24.10 and later)
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pinsmith.stream.batch import Batch

KEEP_COUNTS_DAYS: Final = 400
KEEP_SAMPLES_DAYS: Final = 30
"""As in the database of the service, see `pinsmith.store.report_reader`."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIRST_DAY: Final = date(1970, 1, 1).toordinal()
_GROUP: Final = """
    host LowCardinality(String),
    app LowCardinality(String),
    source LowCardinality(String),
    format LowCardinality(String),
    reason LowCardinality(String),
    enforced Nullable(Bool)"""
# ClickHouse does not write through to the disk unless it is asked to, and the log forgets what was inserted.
_DURABLE: Final = "SETTINGS fsync_after_insert = 1, fsync_part_directory = 1"

TABLES: Final = {
    "report_counts": f"""
CREATE TABLE IF NOT EXISTS report_counts (
    day Date,
    key String,
    batch UUID,
    version LowCardinality(String),
    platform LowCardinality(String),
    reports UInt64,
    collector LowCardinality(String),{_GROUP}
)
ENGINE = ReplacingMergeTree(reports)
PARTITION BY toYYYYMM(day)
ORDER BY (day, key, batch, version, platform)
TTL day + INTERVAL {KEEP_COUNTS_DAYS} DAY DELETE
{_DURABLE}
""",
    "report_networks": f"""
CREATE TABLE IF NOT EXISTS report_networks (
    day Date,
    key String,
    network String
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(day)
ORDER BY (day, key, network)
TTL day + INTERVAL {KEEP_COUNTS_DAYS} DAY DELETE
{_DURABLE}
""",
    "report_samples": f"""
CREATE TABLE IF NOT EXISTS report_samples (
    key String,
    batch UUID,
    slot UInt8,
    at DateTime64(6, 'UTC'),
    body String CODEC(ZSTD(3))
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (key, batch, slot)
TTL toDateTime(at) + INTERVAL {KEEP_SAMPLES_DAYS} DAY DELETE
{_DURABLE}
""",
    "report_days_now": """
CREATE VIEW IF NOT EXISTS report_days_now AS
SELECT
    day, key, version, platform,
    any(host) AS host, any(app) AS app, any(reason) AS reason, any(enforced) AS enforced,
    sum(reports) AS reports
FROM report_counts FINAL
GROUP BY day, key, version, platform
""",
    "report_days": """
CREATE MATERIALIZED VIEW IF NOT EXISTS report_days
REFRESH EVERY 5 MINUTE (
    day Date,
    key String,
    version LowCardinality(String),
    platform LowCardinality(String),
    host LowCardinality(String),
    app LowCardinality(String),
    reason LowCardinality(String),
    enforced Nullable(Bool),
    reports UInt64
)
ENGINE = MergeTree
ORDER BY (day, host, key)
AS SELECT * FROM report_days_now
""",
}
"""The statement that creates each table and view, in an order in which they can be created."""

Row = dict[str, Any]


def blocks(batches: Iterable[Batch]) -> dict[str, tuple[tuple[str, ...], bytes]]:
    """
    Return what is inserted for *batches*: of each table the columns, and the rows in the format JSONEachRow.

    Counts come last, so that a group whose reports are counted has its samples.
    """
    rows: dict[str, list[Row]] = defaultdict(list)
    for batch in batches:
        key, identity = batch.key.hex(), str(UUID(bytes=batch.id))
        rows["report_networks"] += [
            {"day": _day(row.day), "key": key, "network": row.network} for row in batch.networks
        ]
        rows["report_samples"] += [
            {
                "key": key,
                "batch": identity,
                "slot": row.slot,
                "at": _moment(row.at),
                "body": row.body.decode("utf-8", "replace"),
            }
            for row in batch.samples
        ]
        rows["report_counts"] += _counts(batch, key, identity)
    encode = msgspec.json.Encoder().encode_lines
    return {table: (tuple(members[0]), encode(members)) for table, members in rows.items() if members}


def _counts(batch: Batch, key: str, identity: str) -> Iterator[Row]:
    group = {
        "collector": batch.collector,
        "host": batch.host,
        "app": batch.app,
        "source": batch.source,
        "format": batch.format,
        "reason": batch.reason,
        "enforced": batch.enforced,
    }
    for row in batch.counts:
        yield {
            "day": _day(row.day),
            "key": key,
            "batch": identity,
            "version": row.version,
            "platform": row.platform,
            "reports": row.reports,
            **group,
        }


def _day(number: int) -> str:
    return date.fromordinal(_FIRST_DAY + number).isoformat()


def _moment(microseconds: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=microseconds):%Y-%m-%d %H:%M:%S.%f}"
