"""Bring the tables up to date, by Alembic. A revision that has shipped is never edited; a change is a new one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from pinsmith.errors import UsageError
from pinsmith.store.lock import Lock, locking

if TYPE_CHECKING:
    from sqlalchemy import Connection

# The last of the revisions. Alembic is only imported where others are missing, because that takes as long as the rest.
NEWEST: Final = "0008"


class UnknownRevisionError(Exception):
    """The database is at a revision that this release does not have."""


def migrate(connection: Connection) -> None:
    """
    Apply all revisions that the database does not have yet. Of several processes, the first one does it.

    Raises:
        UsageError: If Alembic is needed, and not installed.
        UnknownRevisionError: If a newer release has written the database, which was not changed.
    """
    statement = locking(connection.dialect, Lock.MIGRATE)
    if statement is not None:
        connection.execute(statement)
    if _revisions(connection) != [NEWEST]:
        _upgrade(connection)


def _revisions(connection: Connection) -> list[str]:
    """List what Alembic has noted, which is nothing in a new database."""
    if not inspect(connection).has_table("alembic_version"):
        return []
    return list(connection.scalars(text("SELECT version_num FROM alembic_version")))


def _upgrade(connection: Connection) -> None:
    try:
        from alembic import command
        from alembic.config import Config
        from alembic.util.exc import CommandError
    except ImportError as error:
        raise UsageError("the service needs alembic", hint="pip install 'pinsmith[server]'") from error
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise UnknownRevisionError(str(error)) from error
