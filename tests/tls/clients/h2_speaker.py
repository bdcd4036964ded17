"""A server's answers over HTTP/2, for clients that speak it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, StreamEnded
from h2.exceptions import ProtocolError

from pinsmith.lab.speaker import BODY, http_speaker

if TYPE_CHECKING:
    import socket

    from pinsmith.lab.connection import Connection


def any_http_speaker(sock: socket.socket, connection: Connection) -> None:
    """Answer every request with 200 and three bytes, in the protocol that was negotiated."""
    if connection.alpn == "h2":
        _speak_h2(sock)
    else:
        http_speaker(sock, connection)


def _speak_h2(sock: socket.socket) -> None:
    h2 = H2Connection(H2Configuration(client_side=False))
    h2.initiate_connection()
    sock.sendall(h2.data_to_send())
    while received := sock.recv(65536):
        try:
            events = h2.receive_data(received)
        except ProtocolError:
            return
        for event in events:
            if isinstance(event, StreamEnded) and event.stream_id is not None:
                h2.send_headers(event.stream_id, [(":status", "200"), ("content-length", str(len(BODY)))])
                h2.send_data(event.stream_id, BODY, end_stream=True)
            elif isinstance(event, ConnectionTerminated):
                return
        sock.sendall(h2.data_to_send())
