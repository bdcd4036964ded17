"""Brokers and clients of MQTT and AMQP."""

from __future__ import annotations

import socket
import traceback
from typing import TYPE_CHECKING

import aio_pika
import paho.mqtt.client as mqtt
import pamqp.commands
import pamqp.frame
from paho.mqtt.enums import CallbackAPIVersion

from tests.tls.clients.way import SECONDS, Errand, Way
from tests.tls.services import loop
from tests.tls.services.service import PASSWORD, USER, Script, Service

if TYPE_CHECKING:
    from pinsmith.lab.servers.connection import RecordedConnection

_AMQP_HEADER = b"AMQP\0\0\x09\x01"


class MQTT(Script):
    """
    A broker that accepts every client and every message of quality of service 0.

    Source: MQTT 3.1.1, section 3.2
    """

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        sock.recv(4096)
        sock.sendall(b"\x20\x02\0\0")
        while sock.recv(4096):
            pass


class AMQP(Script):
    """
    A broker that accepts every connection, and offers nothing else.

    Source: AMQP 0-9-1, section 2.2.4
    """

    def speak(self, sock: socket.socket, connection: RecordedConnection) -> None:
        connect = pamqp.commands.Connection
        if sock.recv(len(_AMQP_HEADER)) != _AMQP_HEADER:
            return
        _send(sock, connect.Start(mechanisms="PLAIN"))
        waiting = b""
        while received := sock.recv(4096):
            waiting += received
            while waiting:
                size, _, frame = pamqp.frame.unmarshal(waiting)
                waiting = waiting[size:]
                if isinstance(frame, connect.StartOk):
                    _send(sock, connect.Tune(10, 131072, 0))
                elif isinstance(frame, connect.Open):
                    _send(sock, connect.OpenOk())
                elif isinstance(frame, connect.Close):
                    _send(sock, connect.CloseOk())
                    return


def _send(sock: socket.socket, frame: pamqp.frame.FrameTypes) -> None:
    sock.sendall(pamqp.frame.marshal(frame, 0))


def mqtt_client(errand: Errand) -> mqtt.Client:
    """Make a client with the context and the credentials."""
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(USER, PASSWORD)
    client.tls_set_context(errand.context)
    client.connect_timeout = SECONDS
    return client


def ask_by_mqtt(errand: Errand) -> bytes:
    """Connect, and wait until the broker accepts."""
    client = mqtt_client(errand)
    answers: list[bytes] = []
    client.on_connect = lambda _client, _userdata, _flags, reason, _properties: answers.append(
        str(reason).encode("ascii")
    )
    try:
        client.connect(errand.host, errand.port)
    except OSError as error:
        _close_sockets_in(error)
        raise
    while not answers:
        assert client.loop(SECONDS) == mqtt.MQTT_ERR_SUCCESS
    client.disconnect()
    return answers[0]


def _close_sockets_in(error: OSError) -> None:
    """Close sockets that paho-mqtt 2.2 leaves to the garbage collector if OpenSSL ends a handshake."""
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in frame.f_locals.values():
            if isinstance(value, socket.socket):
                value.close()


async def ask_by_aio_pika(errand: Errand) -> bytes:
    """Pass the context to connect()."""
    connection = await aio_pika.connect(
        host=errand.host,
        port=errand.port,
        login=USER,
        password=PASSWORD,
        ssl=True,
        ssl_context=errand.context,
        timeout=SECONDS,
    )
    async with connection:
        return b"connected"


BROKERS = (
    Service(Way("paho-mqtt", ask_by_mqtt), MQTT),
    Service(Way("aio-pika", lambda errand: loop.run(ask_by_aio_pika(errand))), AMQP),
)
