"""From collectors by way of Kafka into ClickHouse, each report counts once, whatever is killed or comes twice."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import subprocess
import sys
import traceback
from base64 import b64encode
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import aiokafka
import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from pinsmith.errors.stream import StreamError
from pinsmith.store import Store
from pinsmith.store.report_outbox import ReportOutbox
from pinsmith.store.report_writer import ReportWriter
from pinsmith.stream.batch import decode_batch
from pinsmith.stream.consumer import Consumer
from pinsmith.stream.feed import Feed
from pinsmith.stream.warehouse import Warehouse
from tests.engines.kafka import PASSWORD, Kafka, new_topic, run_kafka
from tests.engines.stream_reports import GROUPS, report

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from pinsmith.stream.address import ClickHouseAddress, KafkaAddress
    from tests.engines.clickhouse import ClickHouse
    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines


@asynccontextmanager
async def collecting(path: Path, kafka: KafkaAddress) -> AsyncIterator[ReportWriter]:
    """Run a collector; leaving sends what waits."""
    stop = asyncio.Event()
    async with Store(path):
        with ReportOutbox(path) as outbox:
            async with asyncio.TaskGroup() as group:
                feed = Feed(outbox, kafka, "fra1", interval_seconds=0.05)
                group.create_task(feed.run(stop))
                async with ReportWriter(path, sends_on=True) as writer:
                    yield writer
                stop.set()


def collect(path: Path, kafka: KafkaAddress, reports: int) -> None:
    """Acknowledge so many reports, and send them."""

    async def act() -> None:
        async with collecting(path, kafka) as writer:
            assert all(await asyncio.gather(*(writer.put([report(number)]) for number in range(reports))))

    asyncio.run(act())


class Member:
    """A consumer in this process."""

    def __init__(self, kafka: KafkaAddress, clickhouse: ClickHouseAddress, *, most: int = 3) -> None:
        self.warehouse = Warehouse(clickhouse)
        self.wrote, self.stop, self.batches = asyncio.Event(), asyncio.Event(), 0
        self.task = asyncio.create_task(Consumer(kafka, self.warehouse, wrote=self._count, most=most).run(self.stop))

    def _count(self, batches: int) -> None:
        self.batches += batches
        self.wrote.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* holds after a write."""
        while not await asyncio.to_thread(condition):
            self.wrote.clear()
            await asyncio.wait_for(self.wrote.wait(), 60)

    async def end(self) -> None:
        """Let it end."""
        self.stop.set()
        await self.task
        self.warehouse.__exit__(None, None, None)


def consume(kafka: KafkaAddress, tables: ClickHouse, expected: int) -> None:
    """Consume until so many reports are counted."""
    consume_until(kafka, tables, lambda: tables.total() >= expected)


def consume_until(kafka: KafkaAddress, tables: ClickHouse, condition: Callable[[], bool]) -> None:
    """Consume until something is so."""

    async def act() -> None:
        member = Member(kafka, tables.address)
        await member.until(condition)
        await member.end()

    asyncio.run(act())


def consume_all(kafka: KafkaAddress, tables: ClickHouse, batches: int) -> None:
    """Consume until so many batches are written."""

    async def act() -> None:
        member = Member(kafka, tables.address)
        await member.until(lambda: member.batches >= batches)
        await member.end()
        assert member.batches == batches

    asyncio.run(act())


@contextmanager
def process(kafka: KafkaAddress, clickhouse: ClickHouseAddress | None, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run `tests.engines.stream_process`, and kill it at the end."""
    addresses = b64encode(pickle.dumps((kafka, clickhouse))).decode()
    environment = {**os.environ, "ADDRESSES": addresses}
    with subprocess.Popen(
        [sys.executable, "-m", "tests.engines.stream_process", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def test_each_report_is_counted(kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path) -> None:
    """Reports that are acknowledged reach the tables, by messages that are keyed by group, and nothing waits."""
    path = tmp_path / "x.db"
    collect(path, kafka.address(topic), 100)
    with ReportOutbox(path) as outbox:
        assert outbox.is_empty()
    messages = kafka.read(topic)
    assert {message.key for message in messages} == {number.to_bytes(16, "big") for number in range(GROUPS)}
    assert all(decode_batch(message.value).key == message.key for message in messages)
    consume(kafka.address(topic), tables, 100)
    assert tables.ask("SELECT version, reports FROM report_days_now ORDER BY toUInt32(version)") == [
        (f"{number}", 1) for number in range(100)
    ]
    assert tables.ask("SELECT DISTINCT collector, host, reason FROM report_counts") == [
        ("fra1", "api.example.com", "no-pinned-key")
    ]
    assert tables.ask("SELECT uniqExact(key), uniqExact(network) FROM report_networks") == [(GROUPS, 5)]
    assert tables.ask("SELECT uniqExact(key) FROM report_samples") == [GROUPS]


def test_messages_that_come_twice_count_once(kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path) -> None:
    """A producer that does not know what has arrived sends everything again, and later, and in another order."""
    collect(tmp_path / "x.db", kafka.address(topic), 50)
    messages = kafka.read(topic)

    async def again() -> None:
        producer = aiokafka.AIOKafkaProducer(**kafka.options)
        await producer.start()
        for message in [*reversed(messages), *messages]:
            await producer.send_and_wait(topic, message.value, key=message.key)
        await producer.stop()

    asyncio.run(again())
    consume_all(kafka.address(topic), tables, 3 * len(messages))
    assert tables.total() == 50


def test_partitions_change_hands_while_reports_come(
    kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path
) -> None:
    """A second consumer joins and the first one leaves: both write, and the counts are exact."""
    address = kafka.address(topic)

    async def act() -> list[int]:
        async with collecting(tmp_path / "x.db", address) as writer:
            number = 0

            async def more(member: Member) -> None:
                nonlocal number
                before = member.batches
                while member.batches < before + 2:
                    assert await writer.put([report(number + at) for at in range(GROUPS)])
                    number += GROUPS

            first = Member(address, tables.address)
            await more(first)
            second = Member(address, tables.address)
            await more(second)
            await more(first)
            await first.end()
            await more(second)
        await second.until(lambda: tables.total() >= number)
        await second.end()
        return [number, first.batches, second.batches]

    number, *_ = asyncio.run(act())
    assert tables.total() == number


def test_a_consumer_that_is_killed_loses_and_doubles_nothing(
    kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path
) -> None:
    """SIGKILL after a write and before its commit causes a repetition, which counts once."""
    address = kafka.address(topic)
    for part in range(3):
        collect(tmp_path / f"{part}.db", address, 40)
    with process(address, tables.address, "consume") as child:
        assert child.stdout is not None
        committed, _ = int(child.stdout.readline()), int(child.stdout.readline())
        assert tables.total() < 120
        child.kill()
    consume_all(address, tables, len(kafka.read(topic)) - committed)
    assert tables.total() == 120


def test_a_collector_that_is_killed_loses_and_doubles_nothing(
    kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path
) -> None:
    """After SIGKILL while it sends, each acknowledged report is counted once, and at most one that was not."""
    address, path = kafka.address(topic), tmp_path / "x.db"
    with process(address, None, "collect", str(path)) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if int(line) >= 300 and kafka.read(topic):
                break
        child.kill()
        rest = child.stdout.read().split()
    acknowledged = int(rest[-1] if rest else line) + 1
    collect(path, address, 0)
    consume(address, tables, acknowledged)
    versions = tables.ask("SELECT reports FROM report_days_now")
    assert set(versions) == {1}
    assert len(versions) in (acknowledged, acknowledged + 1)


def test_a_broker_that_is_killed_loses_and_doubles_nothing(
    pki: PKI, cafile: Path, tables: ClickHouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Reports are acknowledged while the broker is dead, and when it runs again, their counts are exact."""
    with run_kafka(pki.leaf, cafile) as own:
        topic = new_topic(own)
        address = own.address(topic)

        async def act() -> int:
            number = 0
            async with collecting(tmp_path / "x.db", address) as writer:

                async def more() -> None:
                    nonlocal number
                    for _ in range(10):
                        assert await writer.put([report(number + at) for at in range(20)])
                        number += 20

                member = Member(address, tables.address)
                await more()
                await member.until(lambda: tables.total() > 0)
                await more()
                await asyncio.to_thread(own.program.kill)
                await more()
                with ReportOutbox(tmp_path / "x.db") as outbox:
                    assert not outbox.is_empty()
                await asyncio.to_thread(own.program.start_again)
                await more()
                await member.until(lambda: tables.total() >= number)
                await member.end()
            return number

        caplog.set_level(logging.WARNING, "pinsmith.stream")
        number = asyncio.run(act())
    assert tables.total() == number == 800
    assert PASSWORD not in caplog.text


def test_what_no_collector_sends_is_passed_over(
    kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A hostile message stops nothing, and the log says where it is without repeating it."""

    async def send() -> None:
        producer = aiokafka.AIOKafkaProducer(**kafka.options)
        await producer.start()
        for value in (b"", b"\x01hostile", b"\x02", None):
            await producer.send_and_wait(topic, value, key=b"x")
        await producer.stop()

    asyncio.run(send())
    collect(tmp_path / "x.db", kafka.address(topic), 30)
    consume(kafka.address(topic), tables, 30)
    assert tables.total() == 30
    passed = [record.getMessage() for record in caplog.records if "passed over" in record.getMessage()]
    assert len(passed) == 4
    assert passed[0].startswith(f"a message was passed over: {topic}/")
    assert "hostile" not in caplog.text


def test_messages_that_were_deleted_unread_are_reported(
    kafka: Kafka, topic: str, tables: ClickHouse, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A consumer that was away for longer than the brokers keep messages says how many are missing."""
    collect(tmp_path / "x.db", kafka.address(topic), 14)
    messages = kafka.read(topic)
    place = aiokafka.TopicPartition(topic, messages[0].partition)
    ends = 1 + max(message.offset for message in messages if message.partition == place.partition)

    async def delete() -> None:
        admin = AIOKafkaAdminClient(**kafka.options)
        await admin.start()
        await admin.delete_records({place: RecordsToDelete(ends)})
        await admin.close()

    asyncio.run(delete())
    collect(tmp_path / "y.db", kafka.address(topic), 14)
    consume_until(kafka.address(topic), tables, lambda: "deleted unread" in caplog.text)
    assert f"{ends} messages of {topic}/{place.partition} were deleted unread" in caplog.text
    assert caplog.text.count("deleted unread") == 1


@pytest.mark.parametrize("fault", ["password", "authority"])
def test_brokers_that_refuse_are_named_without_the_password(
    kafka: Kafka, pki: PKI, tables: ClickHouse, tmp_path: Path, fault: str
) -> None:
    """The error names the brokers, and neither it nor its chain contains the password."""
    stranger = tmp_path / "stranger.pem"
    stranger.write_text(pki.stranger.pem, "ascii")
    address = {
        "password": replace(kafka.address("nothing"), password="secret-of-nobody"),
        "authority": replace(kafka.address("nothing"), cafile=stranger),
    }[fault]

    async def act() -> None:
        with Warehouse(tables.address) as warehouse:
            await Consumer(address, warehouse).run(asyncio.Event())

    with pytest.raises(StreamError) as caught:
        asyncio.run(act())
    shown = "".join(traceback.format_exception(caught.value))
    assert str(caught.value).startswith(f"Kafka at localhost:{kafka.program.port} cannot be used")
    assert "secret-of-nobody" not in shown
    assert PASSWORD not in shown
