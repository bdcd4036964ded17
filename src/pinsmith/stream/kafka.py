"""Clients of Kafka: a producer and a consumer as this package needs them, and their faults as errors of pinsmith."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final

from pinsmith.errors.stream import StreamError
from pinsmith.errors.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.stream.address import KafkaAddress

_STOP_SECONDS: Final = 5.0


def require_client() -> None:
    """
    Raise unless aiokafka is installed.

    Raises:
        UsageError: If it is not.
    """
    _aiokafka()


def producer(address: KafkaAddress) -> Any:  # noqa: ANN401 - aiokafka is optional
    """
    Make a producer, whose messages are acknowledged when all replicas in sync have them.

    It does not connect. Repetitions that it makes itself are recognised by the broker; a batch that is sent again later
    is recognised by its id.

    Raises:
        UsageError: If aiokafka is not installed.
    """
    return _aiokafka().AIOKafkaProducer(
        **_common(address), acks="all", enable_idempotence=True, compression_type="gzip", linger_ms=20
    )


def consumer(address: KafkaAddress, group: str) -> Any:  # noqa: ANN401 - aiokafka is optional
    """
    Make a consumer of the topic, which begins where the group has committed, or with the oldest message.

    It does not connect, and commits nothing by itself.

    Raises:
        UsageError: If aiokafka is not installed.
    """
    return _aiokafka().AIOKafkaConsumer(
        **_common(address), group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )


async def stop(client: Any) -> None:  # noqa: ANN401 - a producer or a consumer
    """Disconnect, also if the brokers do not answer any more."""
    with suppress(_aiokafka().errors.KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await client.stop()
            return
    with suppress(_aiokafka().errors.KafkaError, OSError, TimeoutError):
        async with asyncio.timeout(_STOP_SECONDS):
            await (getattr(client, "client", None) or client._client).close()  # noqa: SLF001 - what stop does last


@contextmanager
def faults(address: KafkaAddress) -> Iterator[None]:
    """
    Turn faults of the client in the block into errors.

    Raises:
        StreamError: If the brokers cannot be reached, refuse, or do not answer in time.
    """
    try:
        yield
    except (_aiokafka().errors.KafkaError, OSError, TimeoutError) as error:
        raise StreamError(
            f"Kafka at {address} cannot be used ({type(error).__name__})",
            address=str(address),
            hint="see whether the brokers run, the topic exists, and user, password, mechanism and cafile are theirs",
        ) from None


def _common(address: KafkaAddress) -> dict[str, Any]:
    options: dict[str, Any] = {"bootstrap_servers": address.bootstrap, "client_id": "pinsmith"}
    protocol = "SSL" if address.tls else "PLAINTEXT"
    if address.tls:
        options["ssl_context"] = ssl.create_default_context(cafile=address.cafile)
    if address.user:
        protocol = f"SASL_{protocol}"
        options |= {
            "sasl_mechanism": address.mechanism,
            "sasl_plain_username": address.user,
            "sasl_plain_password": address.password,
        }
    return {**options, "security_protocol": protocol}


def _aiokafka() -> Any:  # noqa: ANN401 - aiokafka is optional
    try:
        import aiokafka
    except ImportError as error:
        raise UsageError(f"Kafka needs {error.name}", hint="pip install 'pinsmith[kafka]'") from error
    return aiokafka
