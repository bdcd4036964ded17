"""
The tables, in SQL that SQLite and PostgreSQL share.

Times are whole microseconds since 1970, UTC. Columns of bytes contain JSON of the type that `pinsmith.store.store`
decodes them to, except for certificates, which are DER.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)

if TYPE_CHECKING:
    from sqlalchemy import Dialect

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)


class Moment(TypeDecorator[datetime]):
    """An aware datetime."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:  # noqa: ARG002
        """Write it."""
        return None if value is None else (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """Read it, in UTC."""
        return None if value is None else _EPOCH + value * _MICROSECOND


# SQLite gives new rows a number of their own only if the column is exactly INTEGER.
_Id = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData()

services = Table(
    "services",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("file", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("vantage", Text, nullable=False),
    Column("state", String(32), nullable=False),
    Column("since", Moment, nullable=False),
    Column("watch", LargeBinary, nullable=False),
    Column("reasons", LargeBinary, nullable=False),
    Column("answer", LargeBinary),
    Column("asked", Moment, nullable=False),
    Column("next_round", Moment, nullable=False),
    UniqueConstraint("file", "host", "port", "vantage"),
)

# Services of which some places have once seen other keys than the others. `pinsmith.store.comparison_log` writes them.
comparisons = Table(
    "comparisons",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("file", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("compared", Moment, nullable=False),
    Column("watch", LargeBinary),  # null until the first comparison in the same transaction
    Column("body", LargeBinary),  # null if the places agree again
    UniqueConstraint("file", "host", "port"),
)

# Stored when something changes; a row says the same for its whole time.
observations = Table(
    "observations",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("service", _Id, ForeignKey("services.id", ondelete="CASCADE"), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("state", String(32), nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("changes", LargeBinary, nullable=False),
    Index("observations_of_service", "service", "last_seen"),
)

certificates = Table(
    "certificates",
    metadata,
    Column("sha256", String(64), primary_key=True),
    Column("der", LargeBinary, nullable=False),
    Column("first_seen", Moment, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("service", _Id, ForeignKey("services.id", ondelete="CASCADE"), nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Index("alerts_by_time", "at"),
)

# An alert and its deliveries are written with the state that caused them, so none is lost by a crash.
deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("alert", _Id, ForeignKey("alerts.id", ondelete="CASCADE"), nullable=False),
    Column("channel", Text, nullable=False),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt", Moment),  # null if it was delivered or given up
    Column("delivered", Moment),
    Column("error", Text),
    UniqueConstraint("alert", "channel"),
    Index("deliveries_due", "next_attempt"),
)

# A row for each channel and time at which a digest was due. It has no body if there was nothing to say.
digests = Table(
    "digests",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("channel", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("body", LargeBinary),
    Column("attempts", Integer, nullable=False, default=0),
    Column("next_attempt", Moment),  # null if it was delivered or given up
    Column("delivered", Moment),
    Column("error", Text),
    UniqueConstraint("channel", "at"),
    Index("digests_due", "next_attempt"),
)

# Reports of apps: counted by group, with some bodies. `pinsmith.store.report_writer` writes them.
report_groups = Table(
    "report_groups",
    metadata,
    Column("key", LargeBinary, primary_key=True),
    Column("source", Text, nullable=False),
    Column("host", Text, nullable=False),
    Column("app", Text, nullable=False),
    Column("format", Text, nullable=False),
    Column("enforced", Boolean),
    Column("reason", Text, nullable=False),
    Column("first_seen", Moment, nullable=False),
    Column("last_seen", Moment, nullable=False),
    Column("reports", BigInteger, nullable=False),
    Column("name", Text),  # of the class; null if it is not classified yet
    Column("evidence", LargeBinary),
    Column("classified", Moment),
    Index("report_groups_by_time", "last_seen"),
)

report_samples = Table(
    "report_samples",
    metadata,
    Column("key", LargeBinary, ForeignKey("report_groups.key", ondelete="CASCADE"), primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# A day is counted from 1970; versions and networks are texts, and an empty one is not known.
report_days = Table(
    "report_days",
    metadata,
    Column("key", LargeBinary, ForeignKey("report_groups.key", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("network", Text, primary_key=True),
    Column("reports", BigInteger, nullable=False),
)

report_drops = Table(
    "report_drops",
    metadata,
    Column("reason", Text, primary_key=True),
    Column("reports", BigInteger, nullable=False),
)

# The last batch that a writer on PostgreSQL has committed: after a connection was lost, it asks whether the commit was.
report_writers = Table(
    "report_writers",
    metadata,
    Column("id", LargeBinary, primary_key=True),
    Column("batch", BigInteger, nullable=False),
    Column("at", Moment, nullable=False),
)

# Counts that wait to be sent on, by `pinsmith.store.report_outbox`. The open batch is the one that grows.
report_outbox_open = Table(
    "report_outbox_open",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("batch", LargeBinary, nullable=False),
)

report_outbox_counts = Table(
    "report_outbox_counts",
    metadata,
    Column("batch", LargeBinary, primary_key=True),
    Column("key", LargeBinary, ForeignKey("report_groups.key", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("version", Text, primary_key=True),
    Column("platform", Text, primary_key=True),
    Column("reports", BigInteger, nullable=False),
    Index("report_outbox_counts_by_key", "key"),
)

report_outbox_networks = Table(
    "report_outbox_networks",
    metadata,
    Column("batch", LargeBinary, primary_key=True),
    Column("key", LargeBinary, ForeignKey("report_groups.key", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),
    Column("network", Text, primary_key=True),
)

report_outbox_samples = Table(
    "report_outbox_samples",
    metadata,
    Column("batch", LargeBinary, primary_key=True),
    Column("key", LargeBinary, ForeignKey("report_groups.key", ondelete="CASCADE"), primary_key=True),
    Column("slot", Integer, primary_key=True),
    Column("at", Moment, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# Hosts that somebody has inspected and saved: the pins of their leaves then, and when they were inspected last.
saved_hosts = Table(
    "saved_hosts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("host", Text, nullable=False),
    Column("port", Integer, nullable=False),
    Column("starttls", Text, nullable=False),  # empty if TLS begins at once
    Column("saved", Moment, nullable=False),
    Column("saved_keys", LargeBinary, nullable=False),
    Column("asked", Moment, nullable=False),
    Column("keys", LargeBinary, nullable=False),
    Column("trusted", Boolean, nullable=False),
    Column("ends", Moment),
    UniqueConstraint("host", "port", "starttls"),
)

# That the rows came from a file, or, in that file, where they went.
moves = Table(
    "moves",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("address", Text, nullable=False),  # in the file: empty until they went; elsewhere: the path of the file
    Column("at", Moment, nullable=False),
    Column("is_away", Boolean, nullable=False),
)
