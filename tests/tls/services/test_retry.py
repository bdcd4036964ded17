"""Clients that retry are refused each time, and the rogue server receives nothing."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import aio_pika
import botocore.endpoint
import botocore.exceptions
import pytest

from pinsmith.errors import PinMismatchError, find
from tests.tls.clients.way import SECONDS
from tests.tls.services import loop
from tests.tls.services.brokers import AMQP, MQTT, mqtt_client
from tests.tls.services.cloud import HTTP, client_for, head
from tests.tls.services.service import PASSWORD, USER

if TYPE_CHECKING:
    from tests.tls.clients.way import Errand
    from tests.tls.pki import PKI
    from tests.tls.services.conftest import ErrandTo, Play


def test_paho_in_the_background_is_refused_each_time(pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """
    The thread of loop_start() retries, and reports each failure to a callback that does not get the reason.

    The reason is in the log record of the logger "pinsmith" and in ``on_mismatch``.
    """
    server = play(MQTT(), pki.rogue)
    errand = errand_to(server)
    client = mqtt_client(errand)
    enough = threading.Semaphore(0)
    client.on_connect_fail = lambda *_: enough.release()
    client.reconnect_delay_set(0, 0)
    client.connect_async(errand.host, errand.port)
    client.loop_start()
    try:
        assert enough.acquire(timeout=SECONDS)
        assert enough.acquire(timeout=SECONDS)
    finally:
        client.loop_stop()
    assert len(server.settled()) >= 2
    assert server.received == b""


async def _connect_robustly(errand: Errand) -> None:
    await aio_pika.connect_robust(
        host=errand.host,
        port=errand.port,
        login=USER,
        password=PASSWORD,
        ssl=True,
        ssl_context=errand.context,
        timeout=SECONDS,
    )


def test_aio_pikas_robust_connection_fails_at_once(pki: PKI, play: Play, errand_to: ErrandTo) -> None:
    """connect_robust() raises if the first connection is refused."""
    server = play(AMQP(), pki.rogue)
    with pytest.raises(aio_pika.exceptions.AMQPConnectionError) as caught:
        loop.run(_connect_robustly(errand_to(server)))
    assert isinstance(find(caught.value), PinMismatchError)
    assert len(server.settled()) == 1
    assert server.received == b""


def test_botocore_is_refused_at_every_attempt(
    pki: PKI, play: Play, errand_to: ErrandTo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Botocore takes a refusal for a temporary fault, and retries as often as it is configured to."""
    monkeypatch.setattr(botocore.endpoint.time, "sleep", lambda _seconds: None)
    server = play(HTTP(), pki.rogue)
    with pytest.raises(botocore.exceptions.SSLError) as caught:
        head(client_for(errand_to(server), attempts=3))
    assert isinstance(find(caught.value), PinMismatchError)
    assert len(server.settled()) == 3
    assert server.received == b""
