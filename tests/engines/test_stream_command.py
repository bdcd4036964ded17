"""`pinsmith serve` as a collector and `pinsmith report consume`, as an operator starts them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from pinsmith.exit_code import ExitCode
from pinsmith.lab.pki.identity import Identity
from tests.engines.clickhouse import PASSWORD, USER
from tests.service.pin_file import pin_file
from tests.service.process import ServiceProcess

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.engines.clickhouse import ClickHouse
    from tests.engines.kafka import Kafka

pytestmark = pytest.mark.engines

SETTINGS = """
version = 1

[monitor]
vantage = "fra1"

[reports.kafka]
servers = ["localhost:{kafka}"]
topic = "{topic}"
user = "{user}"
password.file = "password"
cafile = "{cafile}"

[reports.clickhouse]
host = "localhost"
port = {clickhouse}
database = "{database}"
user = "{user}"
password.file = "password"
cafile = "{cafile}"
"""
REPORT = {
    "pinsmith-event": 1,
    "host": "api.example.com",
    "port": 443,
    "enforced": True,
    "served-pins": [Identity.self_signed("a.example.com").pin],
    "known-pins": [Identity.self_signed("b.example.com").pin],
    "app-id": "com.example.app",
}
_COMMAND = "import sys; from pinsmith.cli import main; sys.exit(main())"


@pytest.fixture
def folder(tmp_path: Path, kafka: Kafka, topic: str, tables: ClickHouse) -> Path:
    """Write settings and a pin file."""
    content = SETTINGS.format(
        kafka=kafka.program.port,
        topic=topic,
        clickhouse=tables.program.port,
        database=tables.database,
        user=USER,
        cafile=kafka.cafile,
    )
    (tmp_path / "service.toml").write_text(content)
    (tmp_path / "password").write_text(PASSWORD)
    pins = [Identity.self_signed(name).pin for name in ("one.example.com", "two.example.com")]
    (tmp_path / "pins.toml").write_text(pin_file("api.example.com", *pins, 'connect = "127.0.0.1:1"'))
    return tmp_path


@contextmanager
def consuming(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """Run the consumer until the block is left."""
    words = ["report", "consume", "--settings", "service.toml"]
    with subprocess.Popen(
        [sys.executable, "-c", _COMMAND, *words], cwd=folder, stderr=subprocess.PIPE, text=True
    ) as child:
        try:
            yield child
        finally:
            child.kill()


def test_reports_of_apps_reach_clickhouse(folder: Path, kafka: Kafka, topic: str, tables: ClickHouse) -> None:
    """Reports that the service acknowledges are in the topic when it has ended, and the consumer writes them."""
    with ServiceProcess(folder) as service:
        for version in range(20):
            service.post("/reports", json.dumps({**REPORT, "app-version": f"{version}"}).encode())
        (group,) = service.groups()
        assert group["reports"] == 20
    messages = len(kafka.read(topic))
    assert messages >= 1
    with consuming(folder) as child:
        assert child.stderr is not None
        line = child.stderr.readline()
        assert line.startswith(
            f"pinsmith: consuming {topic} of Kafka at localhost:{kafka.program.port} into ClickHouse"
        )
        kafka.until_committed(topic, messages)
        child.send_signal(signal.SIGTERM)
        assert child.wait(60) == ExitCode.OK
        assert PASSWORD not in line + child.stderr.read()
    assert tables.total() == 20
    assert tables.ask("SELECT DISTINCT collector, host, app FROM report_counts") == [
        ("fra1", "api.example.com", "com.example.app")
    ]


def test_an_engine_that_refuses_ends_the_consumer(folder: Path, tables: ClickHouse) -> None:
    """A wrong password is an error with exit code 1, which names the engine and not the password."""
    (folder / "password").write_text("secret-of-nobody")
    with consuming(folder) as child:
        assert child.stderr is not None
        text = child.stderr.read()
        assert child.wait(60) == ExitCode.BROKE
    assert f"error[report-stream]: ClickHouse at localhost:{tables.program.port} refused a request (code 516)" in text
    assert "secret-of-nobody" not in text
