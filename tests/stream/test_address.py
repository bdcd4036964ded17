"""Where engines are: without TLS and a password only on the loopback, and no text shows the password."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from pinsmith.errors.usage import UsageError
from pinsmith.stream.address import ClickHouseAddress, KafkaAddress
from pinsmith.stream.kafka import consumer, producer
from pinsmith.stream.warehouse import Warehouse

if TYPE_CHECKING:
    from collections.abc import Callable

LOGIN = {"user": "pinsmith", "password": "secret-of-nobody"}


def kafka(host: str, **values: Any) -> KafkaAddress:  # noqa: ANN401 - any of its fields
    """Name a broker behind one of the loopback."""
    return KafkaAddress(servers=(("127.0.0.1", 9092), (host, 9093)), topic="reports", **values)


def clickhouse(host: str, **values: Any) -> ClickHouseAddress:  # noqa: ANN401 - any of its fields
    """Name a server."""
    return ClickHouseAddress(host=host, **values)


@pytest.mark.parametrize("make", [kafka, clickhouse])
@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.10", "::1", "localhost"])
def test_the_loopback_needs_neither_tls_nor_a_password(make: Callable[..., object], host: str) -> None:
    """Connections that never leave the machine may be plain."""
    assert host in str(make(host, tls=False))


@pytest.mark.parametrize("make", [kafka, clickhouse])
@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"tls": False, **LOGIN}, "would get reports and the password without TLS"),
        ({"tls": False}, "would get reports and the password without TLS"),
        ({}, "needs a user and a password"),
        ({"user": "pinsmith"}, "needs a user and a password"),
        ({"password": "secret-of-nobody"}, "needs a user and a password"),
    ],
    ids=["no TLS", "neither", "no login", "no password", "no user"],
)
@pytest.mark.parametrize("host", ["10.0.0.1", "db.example.com", "localhost.example.com", "127.0.0.1.example.com"])
def test_another_machine_needs_both(
    make: Callable[..., object], values: dict[str, Any], problem: str, host: str
) -> None:
    """Nothing is sent to a machine that is not this one without TLS and a login."""
    with pytest.raises(ValueError, match=problem) as caught:
        make(host, **values)
    assert str(caught.value).startswith(host)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("make", [kafka, clickhouse])
def test_the_password_is_not_shown(make: Callable[..., object]) -> None:
    """Neither text of an address contains it."""
    address = make("db.example.com", **LOGIN)
    assert "secret" not in f"{address} {address!r}"


@pytest.mark.parametrize(
    ("module", "use", "problem", "hint"),
    [
        (
            "clickhouse_connect",
            lambda: Warehouse(clickhouse("localhost")),
            "writing to ClickHouse needs clickhouse_connect",
            "pip install 'pinsmith[clickhouse]'",
        ),
        ("aiokafka", lambda: producer(kafka("localhost")), "Kafka needs aiokafka", "pip install 'pinsmith[kafka]'"),
        ("aiokafka", lambda: consumer(kafka("::1"), "x"), "Kafka needs aiokafka", "pip install 'pinsmith[kafka]'"),
    ],
    ids=["warehouse", "producer", "consumer"],
)
def test_a_missing_client_names_what_to_install(
    monkeypatch: pytest.MonkeyPatch, module: str, use: Callable[[], object], problem: str, hint: str
) -> None:
    """Without the extra, the error says how to get it."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(UsageError) as caught:
        use()
    assert (str(caught.value), caught.value.hint) == (problem, hint)
