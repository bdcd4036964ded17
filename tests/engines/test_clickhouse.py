"""Counts in ClickHouse are exact, however often, in what order and with what interruption they are written."""

from __future__ import annotations

import json
import random
import threading
import traceback
from dataclasses import replace
from typing import TYPE_CHECKING

import msgspec
import pytest

from pinsmith.errors.stream import StreamError
from pinsmith.stream.batch import Batch, Count, Network, Sample, decode_batch, encode_batch
from pinsmith.stream.schema import KEEP_COUNTS_DAYS, KEEP_SAMPLES_DAYS
from pinsmith.stream.warehouse import Warehouse
from tests.engines.clickhouse import PASSWORD, ClickHouse, run_clickhouse

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines

DAY_MICROSECONDS = 24 * 60 * 60 * 1_000_000


def today(server: ClickHouse) -> int:
    """Ask the clock by which the server forgets."""
    (days,) = server.ask("SELECT toUInt32(today())")
    return int(days)


def batch(number: int, *, day: int, reports: int = 1, key: int = 0) -> Batch:
    """Make the counts of one interval."""
    return Batch(
        id=number.to_bytes(16, "big"),
        collector=f"collector-{number % 3}",
        key=key.to_bytes(16, "big"),
        source="",
        host="api.example.com",
        app="com.example.app",
        format="event",
        reason="no-pinned-key",
        enforced=True,
        counts=tuple(Count(day, f"{version}", "android 14", reports) for version in range(3)),
        networks=(Network(day, f"192.0.{number % 5}.0/24"),),
        samples=(Sample(0, day * DAY_MICROSECONDS + number, b'{"number": %d}' % number),),
    )


def write(server: ClickHouse, *batches: Batch) -> None:
    """Write batches as a consumer does."""
    with Warehouse(server.address) as warehouse:
        warehouse.write(batches)


def refresh(server: ClickHouse) -> None:
    """Make the materialized view anew, without waiting for its time."""
    server.ask("SYSTEM REFRESH VIEW report_days")
    server.ask("SYSTEM WAIT VIEW report_days")


def test_rows_are_stored_as_they_were_counted(tables: ClickHouse) -> None:
    """Each column has its value, also if strangers chose a text that is hostile to SQL, to JSON and to tables."""
    hostile = "'); DROP TABLE report_counts; --\t\n\\N\x00\"é\u2028"
    day = today(tables)
    strange = msgspec.structs.replace(
        batch(7, day=day, reports=5),
        app=hostile,
        enforced=None,
        counts=(Count(day, hostile, "", 5),),
        samples=(Sample(4, day * DAY_MICROSECONDS + 1, json.dumps(hostile).encode()),),
    )
    write(tables, strange)
    columns = "toUInt32(day), key, batch, version, platform, reports, collector, host, app, reason, enforced"
    ((*values, enforced),) = tables.ask(f"SELECT {columns} FROM report_counts")  # noqa: S608 - of these tests
    assert [str(value) for value in values] == [
        *(str(day), "0" * 32, "00000000-0000-0000-0000-000000000007", hostile, "", "5"),
        *("collector-1", "api.example.com", hostile, "no-pinned-key"),
    ]
    assert enforced is None
    assert tables.ask("SELECT slot, toUnixTimestamp64Micro(at), body FROM report_samples") == [
        (4, day * DAY_MICROSECONDS + 1, json.dumps(hostile))
    ]
    assert tables.ask("SELECT toUInt32(day), key, network FROM report_networks") == [(day, "0" * 32, "192.0.2.0/24")]


@pytest.mark.parametrize("seed", range(3))
def test_any_repetition_in_any_order_counts_once(tables: ClickHouse, seed: int) -> None:
    """Batches that come twice, late, or divided into other messages make the same counts, before and after merges."""
    chance, day = random.Random(seed), today(tables)  # noqa: S311 - an order of messages
    batches = [batch(number, day=day - number % 2, reports=number + 1, key=number % 4) for number in range(20)]
    parts = [
        msgspec.structs.replace(whole, counts=whole.counts[begin : begin + 1], samples=())
        for whole in batches
        for begin in range(3)
    ]
    sent = [*batches, *chance.sample(batches, 10), *chance.sample(parts, 30)]
    chance.shuffle(sent)
    while sent:
        write(tables, *(decode_batch(message) for one in sent[:7] for message in encode_batch(one)))
        del sent[:7]
    expected = 3 * sum(range(1, 21))
    assert tables.total() == expected
    refresh(tables)
    assert tables.total("report_days") == expected
    tables.ask("OPTIMIZE TABLE report_counts FINAL")
    write(tables, *batches)
    refresh(tables)
    assert (tables.total(), tables.total("report_days")) == (expected, expected)
    assert tables.ask("SELECT count() FROM report_samples FINAL") == [20]
    assert tables.ask("SELECT uniqExact(network) FROM report_networks") == [5]


def test_a_smaller_count_of_an_interval_is_an_older_one(tables: ClickHouse) -> None:
    """A collector that was restored from a backup sends an interval as it was then, and takes no count away."""
    day = today(tables)
    write(tables, batch(1, day=day, reports=9))
    write(tables, batch(1, day=day, reports=5))
    assert tables.total() == 27
    tables.ask("OPTIMIZE TABLE report_counts FINAL")
    assert tables.total() == 27


def test_old_rows_are_forgotten(tables: ClickHouse) -> None:
    """Counts are kept for 400 days and bodies for 30."""
    day = today(tables)
    tables.ask("SYSTEM STOP TTL MERGES")
    for age in (KEEP_COUNTS_DAYS + 2, KEEP_COUNTS_DAYS - 2, KEEP_SAMPLES_DAYS + 2, KEEP_SAMPLES_DAYS - 2):
        write(tables, batch(age, day=day - age))
    tables.ask("SYSTEM START TTL MERGES")
    for table in ("report_counts", "report_networks", "report_samples"):
        tables.ask(f"OPTIMIZE TABLE {table} FINAL")
    ages = "SELECT DISTINCT toUInt32(today() - toDate({})) AS age FROM {} ORDER BY age"
    kept = [KEEP_SAMPLES_DAYS - 2, KEEP_SAMPLES_DAYS + 2, KEEP_COUNTS_DAYS - 2]
    assert tables.ask(ages.format("day", "report_counts")) == kept
    assert tables.ask(ages.format("day", "report_networks")) == kept
    assert tables.ask(ages.format("at", "report_samples")) == kept[:1]


def test_a_server_that_is_killed_while_it_writes_loses_and_doubles_nothing(pki: PKI, cafile: Path) -> None:
    """What was acknowledged survives SIGKILL, and a consumer that repeats the rest makes exact counts."""
    with run_clickhouse(pki.leaf, cafile) as server, Warehouse(server.address) as warehouse:
        warehouse.create()
        day = today(server)
        batches = [batch(number, day=day, reports=number + 1) for number in range(400)]
        written = 0
        enough = threading.Event()

        def consume() -> None:
            nonlocal written
            for number in range(0, len(batches), 2):
                warehouse.write(batches[number : number + 2])
                written = number + 2
                if written >= 40:
                    enough.set()

        def fail() -> None:
            with pytest.raises(StreamError, match=r"^ClickHouse at localhost:\d+ cannot be used"):
                consume()

        consumer = threading.Thread(target=fail)
        consumer.start()
        assert enough.wait(60)
        server.program.kill()
        consumer.join()
        assert written < len(batches)
        server.program.start_again()
        assert server.total() >= 3 * sum(range(1, written + 1))
        warehouse.write(batches[max(0, written - 20) :])
        assert server.total() == 3 * sum(range(1, 401))


def test_tables_of_the_operator_are_left_alone(tables: ClickHouse) -> None:
    """A table that exists with another engine or another time to keep is not changed, and is used."""
    tables.ask("ALTER TABLE report_counts MODIFY TTL day + INTERVAL 10 DAY DELETE")
    with Warehouse(tables.address) as warehouse:
        warehouse.create()
        warehouse.write([batch(1, day=today(tables))])
    (statement,) = tables.ask(
        "SELECT create_table_query FROM system.tables WHERE name = 'report_counts' AND database = currentDatabase()"
    )
    assert "toIntervalDay(10)" in statement
    assert tables.total() == 3


@pytest.mark.parametrize("fault", ["password", "authority", "database"])
def test_a_server_that_refuses_is_named_without_the_password(
    clickhouse: ClickHouse, pki: PKI, tmp_path: Path, fault: str
) -> None:
    """The error names the server and a number of ClickHouse, and neither it nor its chain contains the password."""
    stranger = tmp_path / "stranger.pem"
    stranger.write_text(pki.stranger.pem, "ascii")
    address = {
        "password": replace(clickhouse.address, password="secret-of-nobody"),
        "authority": replace(clickhouse.address, cafile=stranger),
        "database": replace(clickhouse.address, database="nothing_here"),
    }[fault]
    with Warehouse(address) as warehouse, pytest.raises(StreamError) as caught:
        warehouse.create()
    shown = "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith(f"ClickHouse at localhost:{clickhouse.program.port} ")
    assert caught.value.address == f"localhost:{clickhouse.program.port}"
    assert "secret-of-nobody" not in shown
    assert PASSWORD not in shown
    assert "secret-of-nobody" not in repr(address)
