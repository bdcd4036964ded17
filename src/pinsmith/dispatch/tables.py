"""The tables of the queue, in SQL that SQLite and PostgreSQL share. They may stand in the database of a service."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
)

from pinsmith.store.tables import Moment

metadata = MetaData()

# An open shard can be claimed from `until`: the time at which it was added or given back, or its lease runs out.
shards = Table(
    "queue_shards",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("vantage", String(32), nullable=False),
    Column("state", String(8), nullable=False),  # open, done or dead
    Column("attempts", Integer, nullable=False),
    Column("token", String(32)),  # of the lease; NULL for none
    Column("until", Moment, nullable=False),
    Column("reason", Text),
    Column("body", LargeBinary, nullable=False),  # JSON of a Shard; last, so that counting does not read it
    Index("queue_shards_of_vantage", "vantage", "state", "until"),
)

results = Table(
    "queue_results",
    metadata,
    Column("run", String(32), primary_key=True),
    Column("number", BigInteger, primary_key=True),
    Column("body", LargeBinary, nullable=False),  # JSON of a Result
    ForeignKeyConstraint(["run", "number"], [shards.c.run, shards.c.number], ondelete="CASCADE"),
)
