"""Promises of the store on every engine: its tests run on SQLite, and in `tests/engines` on a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, TypeVar

import pytest
from sqlalchemy import text

from pinsmith.checks import check_host
from pinsmith.documents.alert import AlertOut
from pinsmith.errors.service import StoreError
from pinsmith.lab.pki.authority import Authority
from pinsmith.lab.pki.identity import Identity
from pinsmith.monitor.outcome import Outcome, Service, conclude
from pinsmith.monitor.schedule import Pace
from pinsmith.monitor.vantages import compare
from pinsmith.monitor.watch import Patience
from pinsmith.store import Store, saved_hosts
from pinsmith.store.address import parse_database
from pinsmith.store.duty import watching
from pinsmith.store.engine import open_engine
from pinsmith.store.saved_hosts import Look
from pinsmith.store.tables import metadata
from tests.checks.sample import END, HOST, NOW, START, fetched, key, policy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from typing import Any

    from sqlalchemy import Connection

    from pinsmith.monitor.outcome import Memory
    from pinsmith.monitor.vantages import Comparison, Seen

T = TypeVar("T")
ROOT = Authority.root()
LEAF, NEW = (ROOT.issue(HOST, not_before=START, not_after=END) for _ in range(2))
SPARE = key("standby", Identity.self_signed("spare.example.com").pin, standby=True)
PINNED = policy(key("live", LEAF.pin), SPARE)
SERVICE = Service("/srv/pins.toml", HOST, 443)
MINUTE = timedelta(minutes=1)


def outcome(identity: Identity, memory: Memory | None = None, minutes: int = 0, *, port: int = 443) -> Outcome:
    """Conclude a round in which the host presented *identity*."""
    now = NOW + minutes * MINUTE
    checks = check_host(PINNED, [fetched(identity)], now=now)
    service = replace(SERVICE, port=port)
    return conclude(service, checks, memory, now=now, patience=Patience(), pace=Pace(), chance=0.5)


def wanted(_alert: object, at: datetime) -> datetime:
    """Want every alert at once."""
    return at


async def record(
    store: Store,
    outcomes: Iterable[Outcome],
    *,
    vantage: str,
    channels: Mapping[str, Callable[[AlertOut, datetime], datetime | None]],
) -> None:
    """Take the duty of a place, and record a round."""
    assert await store.duties.take(watching(vantage))
    await store.record(outcomes, vantage=vantage, channels=channels)


def within(where: str, use: Callable[[Store], Awaitable[T]]) -> T:
    """Open the store, use it, and close it."""

    async def opened() -> T:
        async with Store(parse_database(where)) as store:
            return await use(store)

    return asyncio.run(opened())


def looked(where: str, look: Callable[[Connection], T]) -> T:
    """Look at the database past the store, and change it."""

    async def opened() -> T:
        engine = open_engine(parse_database(where))
        try:
            async with engine.begin() as connection:
                return await connection.run_sync(look)
        finally:
            await engine.dispose()

    return asyncio.run(opened())


def rows(where: str, statement: str) -> list[tuple[Any, ...]]:
    """Return what a statement finds past the store."""
    return looked(where, lambda connection: [tuple(row) for row in connection.execute(text(statement))])


# It opens the store, and records two rounds. Between the first row and the second one of the second round, it waits.
_CHILD = """
import asyncio, os, sys
from pinsmith.store import Store
from pinsmith.store.address import parse_database
from tests.store.contract import LEAF, NEW, outcome, record, wanted

def interrupted():
    yield outcome(NEW)
    print("half", flush=True)
    sys.stdin.read()
    yield outcome(NEW, port=8443)

async def main():
    async with Store(parse_database(os.environ["DATABASE"])) as store:
        await record(store, [outcome(LEAF)], vantage="first", channels={})
        await record(store, interrupted(), vantage="second", channels={"hook": wanted})

asyncio.run(main())
"""


@contextmanager
def half_recorded(where: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run a process that has recorded one round, and half of another one; kill it at the end."""
    # The environment, because everybody sees the words of a command.
    process = subprocess.Popen(
        [sys.executable, "-c", _CHILD],
        env={**os.environ, "DATABASE": where},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == b"half\n"
            yield process
        finally:
            process.kill()


# It opens the store, waits until it may go on, compares what two places have seen, and prints whether that is an alert.
_COMPARING = """
import asyncio, os, sys
from pinsmith.store import Store
from pinsmith.store.address import parse_database
from tests.store.contract import compared

async def main():
    async with Store(parse_database(os.environ["DATABASE"])) as store:
        print("ready", flush=True)
        sys.stdin.readline()
        print(await compared(store) is not None)

asyncio.run(main())
"""
COMPARED_AT = NOW + 11 * MINUTE


async def differ(store: Store) -> None:
    """Record that one place has seen an unknown key before and after another place has seen the pinned one."""
    for vantage, identity, minutes in (("fra1", NEW, 0), ("ams1", LEAF, 5), ("fra1", NEW, 10)):
        await record(store, [outcome(identity, minutes=minutes)], vantage=vantage, channels={})


async def compared(store: Store) -> AlertOut | None:
    """Compare what the places have seen."""

    def judge(seen: Sequence[Seen]) -> Comparison:
        return compare(seen, {LEAF.pin: "live"}, now=COMPARED_AT, pace=Pace())

    return await store.comparisons.note(SERVICE, judge, at=COMPARED_AT, after=NOW, channels={"hook": wanted})


class StoreContract:
    """The promises. The fixture `where` is the address of a database that does not exist yet, or is empty."""

    racers = 4
    """How many processes do the same at once."""

    def test_what_is_known_survives_a_restart(self, where: str) -> None:
        """State, memory and last answer are read back as they were written."""
        first = outcome(LEAF)
        within(where, lambda store: record(store, [first], vantage="home", channels={}))
        (known,) = within(where, Store.states)
        assert (known.service, known.vantage, known.memory, known.asked) == (SERVICE, "home", first.memory, NOW)
        assert known.reasons == []

    def test_observations_are_stored_by_change_only(self, where: str) -> None:
        """Rounds that see the same extend one row; another key begins a new one, with its certificates."""

        async def rounds(store: Store) -> None:
            memory = None
            for minutes, identity in enumerate([LEAF, LEAF, LEAF, NEW, NEW]):
                seen = outcome(identity, memory, minutes)
                memory = seen.memory
                await record(store, [seen], vantage="home", channels={})

        within(where, rounds)
        spans = rows(where, "SELECT first_seen, last_seen, state FROM observations ORDER BY id")
        assert [((last - first) / 60e6, state) for first, last, state in spans] == [(2, "ok"), (1, "lockout")]
        # Two leaves and their root.
        assert rows(where, "SELECT count(*) FROM certificates") == [(3,)]

    def test_the_newest_observation_is_that_of_the_last_round(self, where: str) -> None:
        """A host that presents an old certificate again has the time of its last round, from each place."""

        async def rounds(store: Store) -> list[tuple[object, ...]]:
            for minutes, identity in enumerate([LEAF, NEW, LEAF, LEAF]):
                await record(store, [outcome(identity, minutes=minutes)], vantage="home", channels={})
            await record(store, [outcome(NEW)], vantage="abroad", channels={})
            found = await store.newest(SERVICE.file, {HOST})
            assert await store.newest(SERVICE.file, {"other.example.com"}) == []
            assert await store.newest("/srv/other.toml", {HOST}) == []
            timeline = await store.timeline(SERVICE, vantage="home")
            assert [(span.first_seen - NOW) // MINUTE for span in timeline] == [2, 1, 0]
            return [(one.vantage, (one.at - NOW) // MINUTE, *one.observation.leaves) for one in found]

        assert within(where, rounds) == [("abroad", 0, NEW.pin), ("home", 3, LEAF.pin)]

    def test_an_alert_stays_due_until_it_is_delivered(self, where: str) -> None:
        """It is written with the state, for each channel, and is tried again when the attempt says so."""

        async def use(store: Store) -> list[tuple[str, int]]:
            await record(store, [outcome(NEW)], vantage="home", channels={"hook": wanted, "mail": wanted})
            hook, mail = await store.due(NOW)
            assert (hook.message.state, hook.message.vantage) == ("lockout", "home")
            await store.settle(hook, at=NOW)
            await store.settle(mail, at=NOW, error="refused\0", again=NOW + MINUTE)
            assert await store.due(NOW) == []
            assert await store.undelivered() == 1
            records = await store.channel_records()
            assert (records["hook"].delivered, records["mail"].error) == (NOW, "refused\N{REPLACEMENT CHARACTER}")
            return [(delivery.channel, delivery.attempts) for delivery in await store.due(NOW + MINUTE)]

        assert within(where, use) == [("mail", 1)]

    def test_a_digest_settles_the_alerts_that_waited_for_it(self, where: str) -> None:
        """Alerts that a digest covers are not due any more, and the time of the digest is known."""

        async def use(store: Store) -> None:
            await record(store, [outcome(NEW)], vantage="home", channels={"mail": wanted})
            (alert,) = await store.digests.alerts(NOW - MINUTE, NOW)
            assert await store.digests.last("mail") is None
            await store.digests.put("mail", NOW, None, lambda covered: covered == alert)
            assert await store.digests.last("mail") == NOW
            assert list((await store.newest_alerts()).values()) == [alert]

        within(where, use)

    def test_certificates_are_found_by_their_digest(self, where: str) -> None:
        """Those that were seen are returned, and others are missing."""

        async def use(store: Store) -> None:
            seen = outcome(LEAF)
            await record(store, [seen], vantage="home", channels={})
            assert await store.certificates([*seen.certificates, "00" * 32]) == dict(seen.certificates)

        within(where, use)

    def test_a_round_is_written_whole_or_not_at_all(self, where: str) -> None:
        """If one part fails, the state is as before, so the alert is made again."""

        class Broken(Exception):  # noqa: N818 - it is not an error of the store
            pass

        def outcomes() -> object:
            yield outcome(NEW)
            raise Broken

        async def use(store: Store) -> int:
            try:
                await record(store, outcomes(), vantage="home", channels={"hook": wanted})  # type: ignore[arg-type]
            except Broken:
                return len(await store.states()) + len(await store.due(NOW))
            return -1

        assert within(where, use) == 0

    def test_a_process_that_is_killed_leaves_whole_rounds(self, where: str) -> None:
        """SIGKILL in the middle of a round leaves the round before it, nothing else, and no lock."""

        async def use(store: Store) -> list[tuple[str, int]]:
            assert await store.due(NOW) == []
            await record(store, [outcome(NEW)], vantage="third", channels={"hook": wanted})
            return [(state.vantage, state.service.port) for state in await store.states()]

        with half_recorded(where) as process:
            process.kill()
            process.wait()
            assert within(where, use) == [("first", 443), ("third", 443)]

    def test_rounds_in_opposite_orders_do_not_wait_for_each_other(self, where: str) -> None:
        """Two rounds with the same services at the same time are both recorded."""
        there = [outcome(NEW, port=port) for port in range(1, 9)]

        async def use(store: Store) -> None:
            ways = (there, there[::-1])
            async with asyncio.TaskGroup() as group:
                for way in ways:
                    group.create_task(record(store, way, vantage="home", channels={"hook": wanted}))
            assert len(await store.states()) == len(there)
            assert len(await store.due(NOW)) == len(ways) * len(there)

        within(where, use)

    def test_processes_that_compare_at_once_make_one_alert(self, where: str) -> None:
        """Several processes find the same disagreement at once; one of them makes the alert and its delivery."""
        within(where, differ)
        pipe = subprocess.PIPE
        with ExitStack() as stack:
            processes = [
                stack.enter_context(
                    subprocess.Popen(
                        [sys.executable, "-c", _COMPARING],
                        env={**os.environ, "DATABASE": where},
                        stdin=pipe,
                        stdout=pipe,
                    )
                )
                for _ in range(self.racers)
            ]
            for process in processes:
                assert process.stdout is not None
                assert process.stdout.readline() == b"ready\n"
            for process in processes:
                assert process.stdin is not None
                process.stdin.write(b"\n")
                process.stdin.flush()
            made = [process.communicate()[0] for process in processes]
        assert sorted(made) == [b"False\n"] * (self.racers - 1) + [b"True\n"]

        async def use(store: Store) -> None:
            (delivery,) = await store.due(COMPARED_AT)
            assert isinstance(delivery.message, AlertOut)
            assert (delivery.message.topic, delivery.message.vantage) == ("vantages", "fra1")
            assert list(await store.comparisons.disagreements()) == [SERVICE]
            assert await compared(store) is None

        within(where, use)

    def test_a_disagreement_and_its_alert_are_written_together(self, where: str) -> None:
        """If the alert cannot be written, the next comparison makes it."""

        class Broken(Exception):  # noqa: N818 - it is not an error of the store
            pass

        def broken(*_: object) -> None:
            raise Broken

        async def use(store: Store) -> None:
            await differ(store)
            agree = {LEAF.pin: "live", NEW.pin: "next"}
            with pytest.raises(Broken):
                await store.comparisons.note(
                    SERVICE,
                    lambda seen: compare(seen, {}, now=COMPARED_AT, pace=Pace()),
                    at=COMPARED_AT,
                    after=NOW,
                    channels={"hook": broken},
                )
            assert await store.comparisons.disagreements() == {}
            assert (alert := await compared(store)) is not None
            assert alert.kind == "raised"
            for kind in (None, "recovered"):
                after = await store.comparisons.note(
                    SERVICE,
                    lambda seen: compare(seen, agree, now=COMPARED_AT, pace=Pace()),
                    at=COMPARED_AT,
                    after=NOW,
                    channels={},
                )
                assert (after and after.kind) == kind
            assert await store.comparisons.disagreements() == {SERVICE: None}

        within(where, use)

    def test_no_more_hosts_are_saved_than_the_limit(self, where: str, monkeypatch: pytest.MonkeyPatch) -> None:
        """People who save hosts at the same time do not exceed the limit together."""
        monkeypatch.setattr(saved_hosts, "MAX_SAVED", 3)
        look = Look(NOW, frozenset({LEAF.pin}), trusted=True, ends=END)

        async def use(store: Store) -> None:
            names = [f"host{number}.example.com" for number in range(8)]
            done = await asyncio.gather(*(store.saved.save(name, 443, "", look) for name in names))
            saved = await store.saved.all()
            assert done.count(True) == len(saved) == 3
            await store.saved.note(saved[0].host, 443, "", replace(look, keys=frozenset({NEW.pin})))
            assert [host.changed for host in await store.saved.all()] == [True, False, False]
            await store.saved.remove(saved[0].id)
            assert len(await store.saved.all()) == 2

        within(where, use)

    def test_a_database_of_a_newer_release_is_left_alone(self, where: str) -> None:
        """The error names the database and what to do."""
        within(where, Store.states)
        looked(where, lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
        with pytest.raises(StoreError, match="a newer release of pinsmith has written it") as caught:
            within(where, Store.states)
        assert str(caught.value).startswith(f"{parse_database(where)} cannot be used")
        assert caught.value.hint == "use that release, or name another database"
        assert rows(where, "SELECT version_num FROM alembic_version") == [("9999",)]

    def test_the_revisions_make_the_tables(self, where: str) -> None:
        """A table that is changed without a revision would be missing from databases that exist."""
        # The programs of these tests import this file, too.
        from alembic.autogenerate import compare_metadata
        from alembic.migration import MigrationContext

        within(where, Store.states)
        assert looked(where, lambda found: compare_metadata(MigrationContext.configure(found), metadata)) == []
