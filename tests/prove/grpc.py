"""
Run the lab's scenarios over gRPC, with servers that speak HTTP/2 and answer a unary call.

The rest of a scenario stays the same: the keys, the chains, the expectation and the judge. A client calls
``grpc.health.v1.Health/Check`` once or twice on one channel, and ends well if every answer is SERVING. A server that
changes into another in between closes the connection after each answer. Clients that require HTTP/2 would refuse a
server without it for that reason alone, which proves nothing; so scenarios whose servers speak another protocol are
left out.
"""

from __future__ import annotations

import ssl
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, StreamEnded
from h2.exceptions import ProtocolError

from pinsmith.lab.proxy.connect import ConnectProxy
from pinsmith.lab.servers.alternating import AlternatingServer
from pinsmith.lab.servers.dual import DualServer
from pinsmith.lab.servers.fault import Garbage, PlainHTTP, Tarpit
from pinsmith.lab.servers.server import RecordingServer
from pinsmith.lab.servers.slow_relay import SlowRelay
from pinsmith.lab.stage import Stage
from tests.prove.subject import NotStagedError
from tests.prove.variant import PKIS

if TYPE_CHECKING:
    import socket

    from h2.events import Event

    from pinsmith.lab.pki.identity import Identity
    from pinsmith.lab.scenario import Scenario, Scene
    from pinsmith.lab.servers.connection import RecordedConnection
    from pinsmith.lab.servers.speaker import Speaker
    from pinsmith.lab.stage import Startable

_HEAD: Final = ((":status", "200"), ("content-type", "application/grpc"))
_SERVING: Final = b"\x00" + (2).to_bytes(4, "big") + b"\x08\x01"  # no compression, the length, status = SERVING
_TRAILERS: Final = (("grpc-status", "0"),)
_ANY_PROTOCOL: Final = (ConnectProxy, SlowRelay, Garbage, PlainHTTP, Tarpit)  # they speak no HTTP inside TLS


@cache
def staged(scenario: Scenario) -> Scenario:
    """
    Return *scenario* with servers that speak gRPC.

    Raises:
        NotStagedError: if the scenario needs something that gRPC cannot express.
    """

    def set_in_grpc(stage: Stage) -> Scene:
        return scenario.set(stage.keep(_GrpcStage(stage.pki)))  # type: ignore[type-var]

    with Stage(PKIS.of(scenario.keys[0])) as tried:
        set_in_grpc(tried)
    return replace(scenario, set=set_in_grpc)


class _GrpcStage(Stage):
    """A stage that starts the servers of a scene only if they can speak gRPC."""

    def serve(self, identity: Identity, **options: Any) -> RecordingServer:  # noqa: ANN401 - as in Stage
        if "speak" in options or "alpn" in options:
            raise NotStagedError("its servers redirect or offer something in HTTP, which gRPC does not know")
        return self.keep(RecordingServer(identity, alpn=("h2",), speak=_speak, **options))

    def start(self, server: Startable) -> Any:  # noqa: ANN401 - as in Stage
        if isinstance(server, DualServer | AlternatingServer):
            _teach(server, _speak_once if isinstance(server, AlternatingServer) else _speak)
        elif not isinstance(server, _ANY_PROTOCOL):
            server.close()
            raise NotStagedError("its server speaks HTTP/1.1, which is not gRPC")
        return self.keep(server)


def _teach(server: RecordingServer, speak: Speaker) -> None:
    """Make a server speak gRPC before its first client; these two kinds have no option for it."""
    for context in [context for context in vars(server).values() if isinstance(context, ssl.SSLContext)]:
        context.set_alpn_protocols(["h2"])
    server._speak = speak


def _speak_once(sock: socket.socket, connection: RecordedConnection) -> None:
    _speak(sock, connection, is_leaving=True)


def _speak(sock: socket.socket, connection: RecordedConnection, *, is_leaving: bool = False) -> None:
    del connection
    h2 = H2Connection(H2Configuration(client_side=False))
    h2.initiate_connection()
    sock.sendall(h2.data_to_send())
    is_over = False
    while not is_over and (received := sock.recv(65536)):
        try:
            for event in h2.receive_data(received):
                _heed(h2, event)
                is_over = is_over or isinstance(event, ConnectionTerminated)
                if is_leaving and isinstance(event, StreamEnded):
                    h2.close_connection()
                    is_over = True
        except ProtocolError:
            is_over = True
        sock.sendall(h2.data_to_send())


def _heed(h2: H2Connection, event: Event) -> None:
    if isinstance(event, DataReceived):
        h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
    elif isinstance(event, StreamEnded):
        h2.send_headers(event.stream_id, _HEAD)
        h2.send_data(event.stream_id, _SERVING)
        h2.send_headers(event.stream_id, _TRAILERS, end_stream=True)
