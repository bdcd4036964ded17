"""Counts of reports that wait to be sent on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Create the tables of the outbox."""
    op.create_table(
        "report_outbox_open",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "report_outbox_counts",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("platform", sa.Text(), nullable=False),
        sa.Column("reports", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["report_groups.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch", "key", "day", "version", "platform"),
    )
    op.create_table(
        "report_outbox_networks",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        sa.Column("network", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["report_groups.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch", "key", "day", "network"),
    )
    op.create_table(
        "report_outbox_samples",
        sa.Column("batch", sa.LargeBinary(), nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["report_groups.key"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("batch", "key", "slot"),
    )
