"""A server's side of a WebSocket that is accepted, because websockets.sync stumbles when one is declined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from pinsmith.lab.servers.speaker import BODY

if TYPE_CHECKING:
    import socket

    from pinsmith.lab.servers.connection import RecordedConnection


def websocket_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Accept the WebSocket, and answer every text with three bytes."""
    protocol = ServerProtocol()
    while received := sock.recv(65536):
        protocol.receive_data(received)
        for event in protocol.events_received():
            if isinstance(event, Request):
                protocol.send_response(protocol.accept(event))
            elif isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                protocol.send_binary(BODY)
        for part in protocol.data_to_send():
            if not part:
                return  # the end of the stream
            sock.sendall(part)
