"""Moves of all rows from one database to another."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Create the table of moves."""
    op.create_table(
        "moves",
        sa.Column("id", sa.String(32), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("is_away", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
