"""Move what another service remembers in a file to the database of this one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pinsmith.errors import UsageError
from pinsmith.store import Store

if TYPE_CHECKING:
    from datetime import datetime

    from pinsmith.service.setup import Setup


async def move_in(setup: Setup, source: Path, now: datetime) -> dict[str, int]:
    """
    Move all rows of *source* to the database of *setup*; a second call does nothing.

    Args:
        setup: The service, which does not run yet.

        source: The file of a service, which may run.

        now: Aware.

    Returns:
        How many rows were copied, by table; empty if they had been copied before.

    Raises:
        UsageError: If the database of *setup* is a file.
        StoreError: If the rows cannot be moved, see `pinsmith.store.move`.
    """
    if isinstance(setup.database, Path):
        hint = "name the new database too: --database postgresql://USER@HOST/NAME"
        raise UsageError("--migrate-from moves rows to PostgreSQL, and --database is a file", hint=hint)
    async with Store(setup.database) as store:
        return await store.move_in(source, str(setup.database), now)
