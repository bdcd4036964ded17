"""The last batch of each writer of reports, and the groups that wait in the outbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Create the table of writers, and the index by group."""
    op.create_table(
        "report_writers",
        sa.Column("id", sa.LargeBinary(), nullable=False),
        sa.Column("batch", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("report_outbox_counts_by_key", "report_outbox_counts", ["key"])
