"""Fixtures: servers, started on first use and kept for all tests, and an empty database for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engines.clickhouse import ClickHouse, new_tables, run_clickhouse
from tests.engines.kafka import Kafka, new_topic, run_kafka
from tests.engines.nats import Nats, run_nats
from tests.engines.postgres import Postgres, database as new_database, run_postgres
from tests.tls.pki import PKI

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="session")
def pki() -> PKI:
    """Make the certificates."""
    return PKI.generate()


@pytest.fixture(scope="session")
def cafile(pki: PKI, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write the trust anchor of the servers to a file."""
    path: Path = tmp_path_factory.mktemp("trust") / "roots.pem"
    path.write_text(pki.trust, "ascii")
    return path


@pytest.fixture(scope="session")
def postgres(pki: PKI, cafile: Path) -> Iterator[Postgres]:
    """Run PostgreSQL once for the tests that do not kill it."""
    with run_postgres(pki.leaf, cafile) as running:
        yield running


@pytest.fixture
def database(postgres: Postgres) -> Iterator[str]:
    """Make an empty database; return its name."""
    with new_database(postgres) as name:
        yield name


@pytest.fixture(scope="session")
def nats(pki: PKI, cafile: Path) -> Iterator[Nats]:
    """Run NATS once for the tests that do not kill it."""
    with run_nats(pki.leaf, cafile) as running:
        yield running


@pytest.fixture(scope="session")
def clickhouse(pki: PKI, cafile: Path) -> Iterator[ClickHouse]:
    """Run ClickHouse once for the tests that do not kill it."""
    with run_clickhouse(pki.leaf, cafile) as running:
        yield running


@pytest.fixture(scope="session")
def kafka(pki: PKI, cafile: Path) -> Iterator[Kafka]:
    """Run Kafka once for the tests that do not kill it."""
    with run_kafka(pki.leaf, cafile) as running:
        yield running


@pytest.fixture
def topic(kafka: Kafka) -> str:
    """Make an empty topic; return its name."""
    return new_topic(kafka)


@pytest.fixture
def tables(clickhouse: ClickHouse) -> Iterator[ClickHouse]:
    """Make a database of ClickHouse with the tables of reports."""
    with new_tables(clickhouse) as empty:
        yield empty
