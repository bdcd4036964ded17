"""Bring the tables up to date, by Alembic. A revision that has shipped is never edited; a change is a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from alembic import command
from alembic.config import Config

from pinsmith.store.lock import Lock, locking

if TYPE_CHECKING:
    from sqlalchemy import Connection


def migrate(connection: Connection) -> None:
    """Apply all revisions that the database does not have yet. Of several processes, the first one does it."""
    statement = locking(connection.dialect, Lock.MIGRATE)
    if statement is not None:
        connection.execute(statement)
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
