"""Several services share one PostgreSQL: one of them asks the hosts and sends alerts, and another takes over."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from pinsmith.errors.service import DutyError
from pinsmith.store import Store, duty
from pinsmith.store.address import parse_database
from pinsmith.store.duty import DELIVER, watching
from tests.checks.sample import NOW
from tests.engines.postgres import run_postgres
from tests.store.contract import LEAF, NEW, looked, outcome, record, wanted

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from tests.engines.postgres import Postgres
    from tests.tls.pki import PKI

T = TypeVar("T")
pytestmark = pytest.mark.engines
HERE = watching("here")


@pytest.fixture
def where(postgres: Postgres, database: str) -> str:
    """Return the address of an empty database."""
    return postgres.url(database)


def by_two(where: str, use: Callable[[Store, Store], Awaitable[T]]) -> T:
    """Open the store twice, as two services do."""

    async def opened() -> T:
        async with Store(parse_database(where)) as one, Store(parse_database(where)) as other:
            return await use(one, other)

    return asyncio.run(opened())


def beside(call: Callable[..., T], *arguments: object) -> T:
    """Call a function that runs a loop of its own, while another loop waits."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(call, *arguments).result()


def end_session(where: str, pid: int) -> None:
    """End a session as an operator, or a network, would."""
    beside(looked, where, lambda found: found.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid}))


def test_one_service_has_a_duty_at_a_time(where: str) -> None:
    """The second one has it when the first one has ended; other duties are free all the time."""

    async def use(one: Store, other: Store) -> list[bool]:
        seen = [await one.duties.take(HERE), await one.duties.take(HERE), await other.duties.take(HERE)]
        seen += [await other.duties.take(watching("there")), await other.duties.take(DELIVER)]
        await one.duties.close()
        return [*seen, await other.duties.take(HERE), await one.duties.take(HERE)]

    assert by_two(where, use) == [True, True, False, True, True, True, False]


def test_a_round_without_the_duty_is_not_recorded(where: str) -> None:
    """A service that never took the duty, and one that another has succeeded, write nothing."""

    async def use(one: Store, other: Store) -> None:
        with pytest.raises(DutyError):
            await one.record([outcome(LEAF)], vantage="here", channels={})
        assert await one.duties.take(HERE)
        await one.duties.close()
        await record(other, [outcome(LEAF)], vantage="here", channels={})
        with pytest.raises(DutyError, match="was lost, so nothing was written"):
            await one.record([outcome(NEW)], vantage="here", channels={"hook": wanted})
        assert await other.due(NOW) == []

    by_two(where, use)


def test_a_lost_connection_is_noticed_when_a_round_is_recorded(where: str) -> None:
    """The server has ended the connection, another service has taken over, and the first one does not know yet."""

    async def use(one: Store, other: Store) -> None:
        assert await one.duties.take(HERE)
        pid = one.duties._pid
        end_session(where, pid)
        await record(other, [outcome(LEAF)], vantage="here", channels={})
        with pytest.raises(DutyError):
            await one.record([outcome(NEW)], vantage="here", channels={"hook": wanted})
        assert not await one.duties.take(HERE)
        assert await other.due(NOW) == []

    by_two(where, use)


def test_a_successor_waits_for_the_round_that_is_being_written(where: str) -> None:
    """Otherwise it would judge the hosts by what was known before that round, and send its alert a second time."""

    async def use(one: Store, other: Store) -> list[int]:
        assert await one.duties.take(HERE)
        pid, taking = one.duties._pid, []

        def outcomes() -> Iterator[object]:
            end_session(where, pid)
            taking.append(asyncio.get_running_loop().create_task(other.duties.take(HERE)))
            yield outcome(NEW)

        await one.record(outcomes(), vantage="here", channels={"hook": wanted})  # type: ignore[arg-type]
        assert await taking[0]
        return [len(await other.due(NOW)), len(await other.states())]

    assert by_two(where, use) == [1, 1]


_CHILD = """
import asyncio, os, sys
from pinsmith.store import Store, duty
from pinsmith.store.address import parse_database

async def main():
    async with Store(parse_database(os.environ["DATABASE"])) as store:
        print(await store.duties.take("watch here"), flush=True)
        sys.stdin.read()

asyncio.run(main())
"""


@contextmanager
def another(where: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that has the duty; kill it at the end."""
    environ, pipe = {**os.environ, "DATABASE": where}, subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", _CHILD], env=environ, stdin=pipe, stdout=pipe) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"True\n"
            yield process
        finally:
            process.kill()


async def until_taken(store: Store) -> None:
    """Take the duty as soon as it is free, as a service does again and again."""
    async with asyncio.timeout(60):
        while not await store.duties.take(HERE):  # noqa: ASYNC110 - the server knows, and tells nobody
            await asyncio.sleep(0)


def test_the_duty_of_a_process_that_is_killed_is_free(where: str) -> None:
    """SIGKILL ends the connection, and with it the duty."""

    async def use(one: Store, _other: Store) -> None:
        with another(where) as process:
            assert not await one.duties.take(HERE)
            process.kill()
            await until_taken(one)

    by_two(where, use)


def test_a_duty_is_taken_again_when_the_server_is_back(pki: PKI, cafile: Path) -> None:
    """While PostgreSQL is killed, nobody has a duty; then one of the services has it."""
    with run_postgres(pki.leaf, cafile) as postgres:

        async def use(one: Store, other: Store) -> list[bool]:
            assert await one.duties.take(HERE)
            postgres.program.kill()
            with pytest.raises((SQLAlchemyError, OSError)):
                await one.duties.take(HERE)
            postgres.program.start_again()
            return [await other.duties.take(HERE), await one.duties.take(HERE)]

        assert by_two(postgres.url(), use) == [True, False]


def test_two_programs_that_lock_the_same_numbers_do_not_meet(where: str) -> None:
    """A lock of another program, with one number, is not a duty."""
    number = duty._number(HERE)

    async def use(one: Store, other: Store) -> None:
        async with other._engine.connect() as program:
            await program.execute(
                text(f"SELECT pg_advisory_lock({duty._DUTIES}), pg_advisory_lock(:one)"), {"one": number}
            )
            assert await one.duties.take(HERE)

    by_two(where, use)
