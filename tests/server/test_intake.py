"""The intake of reports: what is taken, what is refused and with which status, and what is kept of the sender."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.reports import MAX_BODY_BYTES
from pinsmith.server.app import Entrance
from pinsmith.server.intake import Intake, truncated
from pinsmith.store import Store, report_writer
from pinsmith.store.report_writer import ReportWriter
from tests.reports import samples
from tests.server.asking import Answer, ask_within

if TYPE_CHECKING:
    from pathlib import Path

NOON = datetime(2026, 6, 15, 12, tzinfo=UTC)
EVENT = {"pinsmith-event": 1, "host": samples.HOST, "app-version": "4.2"}
BODY = json.dumps(EVENT).encode()


class Clock:
    """A clock that stands still until it is moved."""

    now = NOON

    def __call__(self) -> datetime:
        """Return the time."""
        return self.now


def send(path: Path, *requests: dict[str, Any], clock: Clock | None = None, **options: Any) -> list[Answer]:  # noqa: ANN401
    """Send requests to an intake over a database, one after another."""

    async def run() -> list[Answer]:
        async with Store(path), ReportWriter(path) as writer:
            app = Entrance(None, intake=Intake(writer, clock or Clock(), **options))  # type: ignore[arg-type]
            answers = []
            for request in requests:
                given = {"path": "/reports", "method": "POST", "body": BODY, **request}
                answers.append(await ask_within(app, **given))
            return answers

    return asyncio.run(run())


def rows(path: Path, query: str) -> list[Any]:
    """Read from the database."""
    with closing(sqlite3.connect(path)) as database:
        return database.execute(query).fetchall()


@pytest.mark.parametrize(
    "sample", [sample for sample in samples.SAMPLES if not sample.id.endswith("-log")], ids=lambda sample: sample.id
)
def test_every_format_is_taken_and_counted(sample: samples.Sample, tmp_path: Path) -> None:
    """The answer has no body, and when it comes, the report is in the database."""
    (answer,) = send(tmp_path / "x.db", {"body": sample.write(samples.chain())})
    assert (answer.status, answer.body) == (204, b"")
    assert rows(tmp_path / "x.db", "SELECT reports FROM report_groups") == [(1,)]


def test_one_cause_is_one_group(tmp_path: Path) -> None:
    """Versions and networks are counted inside the group, and some bodies are kept."""
    bodies = [json.dumps({**EVENT, "app-version": version}).encode() for version in ("4.1", "4.2", "4.2")]
    send(tmp_path / "x.db", *({"body": body, "address": f"192.0.{n}.1"} for n, body in enumerate(bodies)))
    assert rows(tmp_path / "x.db", "SELECT reports FROM report_groups") == [(3,)]
    counted = rows(tmp_path / "x.db", "SELECT version, network, reports FROM report_days ORDER BY network")
    assert counted == [("4.1", "192.0.0.0/24", 1), ("4.2", "192.0.1.0/24", 1), ("4.2", "192.0.2.0/24", 1)]
    assert len(rows(tmp_path / "x.db", "SELECT body FROM report_samples")) == 3


def test_who_sent_it_is_not_kept(tmp_path: Path) -> None:
    """The address is truncated, and the id of the installation is a hash that is another one on the next day."""
    clock = Clock()
    first = {"body": json.dumps({**EVENT, "vendor-id": "6F9619FF-8B86"}).encode(), "address": "192.0.2.77"}
    send(tmp_path / "x.db", first, first, clock=clock)
    kept = b"".join(body for (body,) in rows(tmp_path / "x.db", "SELECT body FROM report_samples"))
    assert b"6F9619FF" not in kept
    assert b"192.0.2.77" not in (tmp_path / "x.db").read_bytes()
    ids = {json.loads(body)["vendor-id"] for (body,) in rows(tmp_path / "x.db", "SELECT body FROM report_samples")}
    assert len(ids) == 1


@pytest.mark.parametrize(
    "written",
    [
        b'"6F9619FF-8B86"',
        b'"\\u0036F9619FF-8B86"',
        b'" 6F9619FF-8B86 "',
        b'"6F9619FF-8B86", "other": "6F9619FF\\u002d8B86"',
    ],
    ids=["plain", "escaped", "with blanks", "twice"],
)
def test_an_id_is_replaced_however_it_is_written(written: bytes, tmp_path: Path) -> None:
    """A sender that escapes a character does not get its id into the database."""
    body = BODY.removesuffix(b"}") + b', "vendor-id": ' + written + b"}"
    (answer,) = send(tmp_path / "x.db", {"body": body})
    assert answer.status == 204
    ((kept,),) = rows(tmp_path / "x.db", "SELECT body FROM report_samples")
    assert not any("9619FF-8B86" in str(value) for value in json.loads(kept).values())


def test_reports_that_come_together_are_kept_apart(tmp_path: Path) -> None:
    """No body has the reports of others, so an array costs its own size, and no id in it is kept."""
    several = [{**EVENT, "host": f"host{number}.example.com", "vendor-id": f"6F9619FF-{number}"} for number in (1, 2)]
    (answer,) = send(tmp_path / "x.db", {"body": json.dumps(several).encode()})
    kept = [json.loads(body) for (body,) in rows(tmp_path / "x.db", "SELECT body FROM report_samples")]
    assert (answer.status, sorted(body["host"] for body in kept)) == (204, ["host1.example.com", "host2.example.com"])
    assert not any(body["vendor-id"].startswith("6F9619FF") for body in kept)


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        ({"body": b" " * (MAX_BODY_BYTES + 1)}, 413),
        ({"headers": {"content-length": str(MAX_BODY_BYTES + 1)}}, 413),
        ({"headers": {"content-length": "9" * 5000}}, 413),
        ({"headers": {"content-length": "0" * 5000 + "1"}, "body": b"{"}, 400),
        ({"body": b"{"}, 400),
        ({"body": b"[" * 100_000}, 400),
        ({"body": b"\xff\xfe"}, 400),
        ({"body": b"[" + b",".join([BODY] * 101) + b"]"}, 400),
        ({"body": BODY.removesuffix(b"}") + b', "vendor-id": "a", "x": "' + b"a" * 260_000 + b'"}'}, 400),
        ({"method": "OPTIONS"}, 204),
    ],
    ids=[
        "large",
        "announced as large",
        "announced with thousands of digits",
        "announced with thousands of zeros",
        "broken",
        "deep",
        "not UTF-8",
        "many",
        "an id that grows",
        "asked by a browser",
    ],
)
def test_what_is_not_a_report_is_refused(request_: dict[str, Any], status: int, tmp_path: Path) -> None:
    """Every refusal has its status, and no group is stored."""
    (answer,) = send(tmp_path / "x.db", request_)
    assert answer.status == status
    assert rows(tmp_path / "x.db", "SELECT * FROM report_groups") == []


def test_a_body_without_an_announced_length_is_cut_off(tmp_path: Path) -> None:
    """A sender that streams without end is refused at the limit, and not read further."""
    parts = 0

    async def run() -> int:
        nonlocal parts

        async def receive() -> dict[str, Any]:
            nonlocal parts
            parts += 1
            return {"type": "http.request", "body": b" " * 65536, "more_body": True}

        said: list[Any] = []

        async def keep(message: Any) -> None:  # noqa: ANN401 - of ASGI
            said.append(message)

        async with Store(tmp_path / "x.db"), ReportWriter(tmp_path / "x.db") as writer:
            scope: dict[str, Any] = {"type": "http", "method": "POST", "path": "/reports", "headers": []}
            await Intake(writer, Clock())(scope, receive, keep)
        return int(said[0]["status"])

    assert asyncio.run(run()) == 413
    assert parts == MAX_BODY_BYTES // 65536 + 1


@pytest.mark.parametrize(
    "body",
    [b"[" + b",".join([BODY] * 100) + b"]", BODY.removesuffix(b"}") + b', "x": "' + b"y" * 250_000 + b'"}'],
    ids=["many", "large"],
)
def test_reports_that_come_together_or_are_large_count_as_several(body: bytes, tmp_path: Path) -> None:
    """Otherwise one network could fill all groups, or the disk, within seconds."""
    answers = send(tmp_path / "x.db", {"body": body}, {}, {}, burst=12.0, rate=0.0)
    assert [answer.status for answer in answers] == [204, 429, 429]


def test_one_network_cannot_fill_the_service(tmp_path: Path) -> None:
    """Beyond its rate, a network must wait, and others need not; after a while it may send again."""
    clock = Clock()
    one, other = {"address": "192.0.2.1"}, {"address": "198.51.100.1"}
    neighbour = {"address": "192.0.2.200"}
    answers = send(tmp_path / "x.db", one, one, neighbour, other, clock=clock, rate=1, burst=2)
    assert [answer.status for answer in answers] == [204, 204, 429, 204]
    assert answers[2].headers["retry-after"] == "30"


@pytest.mark.parametrize("limit", ["MAX_WAITING", "MAX_WAITING_BYTES"])
def test_a_full_queue_says_when_to_come_back(limit: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The service sheds load before it decodes, and loses nothing that it acknowledged."""
    monkeypatch.setattr(report_writer, limit, 0)
    (answer,) = send(tmp_path / "x.db", {})
    assert (answer.status, answer.headers["retry-after"]) == (503, "30")


def test_a_database_that_cannot_be_written_is_no_acknowledgement(tmp_path: Path) -> None:
    """The sender keeps its report."""

    async def run() -> int:
        async with Store(tmp_path / "x.db"):
            pass
        with closing(sqlite3.connect(tmp_path / "x.db")) as database:
            database.execute("DROP TABLE report_days")
        async with ReportWriter(tmp_path / "x.db") as writer:
            app = Entrance(None, intake=Intake(writer, Clock()))  # type: ignore[arg-type]
            return (await ask_within(app, "/reports", method="POST", body=BODY)).status

    assert asyncio.run(run()) == 503
    assert rows(tmp_path / "x.db", "SELECT * FROM report_groups") == []


def test_keys_close_the_intake_to_others(tmp_path: Path) -> None:
    """With keys, only their paths are taken, and the key is kept with the group."""
    answers = send(tmp_path / "x.db", {"path": "/reports/app"}, {"path": "/reports/other"}, {}, keys=["app"])
    assert [answer.status for answer in answers] == [204, 404, 404]
    assert rows(tmp_path / "x.db", "SELECT source FROM report_groups") == [("app",)]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::7", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("unix", ""),
    ],
)
def test_addresses_are_truncated(address: str, network: str) -> None:
    """The last byte of IPv4, and all but the first 48 bits of IPv6, are dropped."""
    assert truncated(address) == network


def test_a_new_day_has_a_new_salt(tmp_path: Path) -> None:
    """Two days of one installation cannot be joined."""
    clock = Clock()
    body = json.dumps({**EVENT, "vendor-id": "6F9619FF-8B86"}).encode()

    async def run() -> None:
        async with Store(tmp_path / "x.db"), ReportWriter(tmp_path / "x.db") as writer:
            app = Entrance(None, intake=Intake(writer, clock))  # type: ignore[arg-type]
            await ask_within(app, "/reports", method="POST", body=body)
            clock.now += timedelta(days=1)
            await ask_within(app, "/reports", method="POST", body=body)

    asyncio.run(run())
    ids = {json.loads(kept)["vendor-id"] for (kept,) in rows(tmp_path / "x.db", "SELECT body FROM report_samples")}
    assert len(ids) == 2
