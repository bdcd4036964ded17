"""A backup that is made while services write can be restored, as docs/operate.md describes."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from pinsmith.store import Store
from pinsmith.store.address import parse_database
from pinsmith.store.duty import watching
from pinsmith.store.report_writer import ReportWriter
from tests.checks.sample import NOW
from tests.engines.postgres import database as new_database
from tests.store.contract import LEAF, NEW, SERVICE, outcome, record, wanted, within
from tests.store.report_contract import arrival

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.monitor.outcome import Outcome
    from tests.engines.postgres import Postgres

pytestmark = pytest.mark.engines


def test_a_backup_has_whole_rounds_and_a_service_goes_on_with_it(postgres: Postgres, database: str) -> None:
    """The round that is written during the backup is missing; states, alerts, reports and numbers are from before."""
    folder = postgres.folder.path

    async def fill(store: Store) -> None:
        await record(store, [outcome(NEW)], vantage="here", channels={"hook": wanted})
        async with ReportWriter(parse_database(postgres.url(database))) as writer:
            assert await writer.put([arrival(), arrival(b"two"), arrival()])

        def outcomes() -> Iterator[Outcome]:
            yield outcome(LEAF, port=8443)
            postgres.run("pg_dump", "--format=custom", f"--file={folder}/{database}.dump", database)
            yield outcome(NEW, port=9443)

        assert await store.duties.take(watching("here"))
        await store.record(outcomes(), vantage="here", channels={"hook": wanted})

    async def use(store: Store) -> None:
        assert [state.service for state in await store.states()] == [SERVICE]
        (delivery,) = await store.due(NOW)
        assert (delivery.message.state, delivery.channel) == ("lockout", "hook")
        assert {group.key: group.reports for group in await store.reports.groups()} == {b"one": 2, b"two": 1}
        async with ReportWriter(parse_database(postgres.url(restored))) as writer:
            assert await writer.put([arrival()])
        found = await store.reports.group(b"one")
        assert found is not None
        assert (found[0].reports, found[1].versions, len(found[2])) == (3, {"1": 3}, 3)
        await record(store, [outcome(NEW, port=8443)], vantage="here", channels={"hook": wanted})
        assert [one.id for one in await store.due(NOW)] == [delivery.id, delivery.id + 1]

    within(postgres.url(database), fill)
    with new_database(postgres) as restored:
        postgres.run("pg_restore", "--exit-on-error", f"--dbname={restored}", f"{folder}/{database}.dump")
        within(postgres.url(restored), use)

    async def current() -> int:
        async with Store(parse_database(postgres.url(database))) as store:
            return len(await store.states())

    assert asyncio.run(current()) == 3
