"""The engines of reports in the settings: what is accepted, and which sentence each mistake gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pinsmith.errors.service import SettingsError
from pinsmith.service.settings import load_settings
from pinsmith.stream.address import ClickHouseAddress, KafkaAddress

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
version = 1

[reports.kafka]
servers = ["kafka-1.example.com:9094", "[2001:db8::1]:9095", "kafka-3.example.com"]
topic = "counts"
user = "collector"
password.file = "kafka.password"
mechanism = "SCRAM-SHA-256"
cafile = "roots.pem"

[reports.clickhouse]
host = "clickhouse.example.com"
database = "reports"
user = "writer"
password.env = "CLICKHOUSE_PASSWORD"
"""


@pytest.fixture(autouse=True)
def secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put the secrets where the settings say."""
    (tmp_path / "kafka.password").write_text("secret-of-kafka\n")
    (tmp_path / "roots.pem").touch()
    monkeypatch.setenv("CLICKHOUSE_PASSWORD", "secret-of-clickhouse")


def load(folder: Path, text: str) -> tuple[KafkaAddress, ClickHouseAddress]:
    """Read both addresses."""
    (folder / "service.toml").write_text(text)
    reports = load_settings(folder / "service.toml").reports
    assert reports.kafka is not None
    assert reports.clickhouse is not None
    return reports.kafka.address(folder), reports.clickhouse.address(folder)


def test_both_engines_are_read(tmp_path: Path) -> None:
    """Addresses have ports, secrets come from where they are, and files are relative to the settings."""
    kafka, clickhouse = load(tmp_path, FULL)
    assert kafka == KafkaAddress(
        servers=(("kafka-1.example.com", 9094), ("2001:db8::1", 9095), ("kafka-3.example.com", 9093)),
        topic="counts",
        user="collector",
        password="secret-of-kafka",
        mechanism="SCRAM-SHA-256",
        cafile=tmp_path / "roots.pem",
    )
    assert kafka.bootstrap == ["kafka-1.example.com:9094", "[2001:db8::1]:9095", "kafka-3.example.com:9093"]
    assert clickhouse == ClickHouseAddress(
        host="clickhouse.example.com", database="reports", user="writer", password="secret-of-clickhouse"
    )


@pytest.mark.parametrize(
    ("before", "after", "key_path", "problem"),
    [
        ('cafile = "roots.pem"', "tls = false", "reports.kafka", "would get reports and the password without TLS"),
        ('database = "reports"', "tls = false", "reports.clickhouse", "without TLS"),
        ('user = "collector"', "", "reports.kafka", "needs a user and a password"),
        ('password.env = "CLICKHOUSE_PASSWORD"', "", "reports.clickhouse", "needs a user and a password"),
        ("CLICKHOUSE_PASSWORD", "NOT_THERE", "reports.clickhouse", "NOT_THERE contains nothing"),
        ("kafka.password", "none", "reports.kafka", "does not exist"),
        ("roots.pem", "none.pem", "reports.kafka.cafile", "there is no file none.pem"),
        ('"kafka-3.example.com"', '"kafka-3.example.com:x"', "reports.kafka", "no valid port"),
        ("SCRAM-SHA-256", "SCRAM", "reports.kafka.mechanism", "SCRAM-SHA-512"),
        ('"counts"', '"counts of pins"', "reports.kafka.topic", ""),
        ('"reports"', '"reports; DROP"', "reports.clickhouse.database", ""),
        ("servers", "server", "reports.kafka", ""),
    ],
)
def test_a_mistake_is_named(tmp_path: Path, before: str, after: str, key_path: str, problem: str) -> None:
    """The error names the setting, and repeats no secret."""
    with pytest.raises(SettingsError) as caught:
        load(tmp_path, FULL.replace(before, after))
    assert caught.value.key_path.startswith(key_path)
    assert problem in str(caught.value)
    assert "secret-of" not in f"{caught.value!r} {caught.value.__cause__}"


def test_the_loopback_needs_neither_tls_nor_a_password(tmp_path: Path) -> None:
    """A trial on one machine needs two lines for each engine."""
    text = 'version = 1\n[reports.kafka]\nservers = ["127.0.0.1:9092"]\ntls = false\n'
    kafka, clickhouse = load(tmp_path, text + '[reports.clickhouse]\nhost = "localhost"\ntls = false\n')
    assert (kafka.topic, kafka.tls, clickhouse.database, clickhouse.tls) == (
        "pinsmith-reports",
        False,
        "pinsmith",
        False,
    )
