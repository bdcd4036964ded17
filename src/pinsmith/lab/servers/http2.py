"""The server side of HTTP/2. The only module that needs the library h2."""

from __future__ import annotations

from typing import TYPE_CHECKING

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ConnectionTerminated, DataReceived, RequestReceived, StreamEnded
from h2.exceptions import ProtocolError

from pinsmith.lab.servers.site import Request

if TYPE_CHECKING:
    import socket

    from h2.events import Event

    from pinsmith.lab.servers.site import Site


def speak_h2(sock: socket.socket, site: Site) -> None:
    """
    Answer requests until the client leaves, or until a response closes the connection, with GOAWAY.

    Args:
        sock: The socket, after a handshake that negotiated ``h2``.

        site: The site that answers.
    """
    h2 = H2Connection(H2Configuration(client_side=False, header_encoding=None))
    h2.initiate_connection()
    sock.sendall(h2.data_to_send())
    conversation = _Conversation(h2, site)
    while not conversation.over and (received := sock.recv(65536)):
        try:
            events = h2.receive_data(received)
            for event in events:
                conversation.heed(event)
        except ProtocolError:
            conversation.over = True
        sock.sendall(h2.data_to_send())


class _Conversation:
    """The incomplete requests of one connection."""

    def __init__(self, h2: H2Connection, site: Site) -> None:
        self.over = False
        self._h2 = h2
        self._site = site
        self._open: dict[int, Request] = {}

    def heed(self, event: Event) -> None:
        """Handle *event*."""
        if isinstance(event, RequestReceived) and event.stream_id is not None:
            headers = [(_text(name), _text(value)) for name, value in event.headers or ()]
            self._open[event.stream_id] = self._site.hear(_request_of(headers))
        elif isinstance(event, DataReceived) and event.stream_id is not None:
            self._h2.acknowledge_received_data(event.flow_controlled_length or 0, event.stream_id)
        elif isinstance(event, StreamEnded) and event.stream_id in self._open:
            self._answer(event.stream_id, self._open.pop(event.stream_id))
        elif isinstance(event, ConnectionTerminated):
            self.over = True

    def _answer(self, stream: int, request: Request) -> None:
        answer = self._site.answer(request)
        head = [(":status", str(answer.status)), *answer.headers, ("content-length", str(len(answer.body)))]
        self._h2.send_headers(stream, head)
        self._h2.send_data(stream, b"" if request.method == "HEAD" else answer.body, end_stream=True)
        if answer.closes:
            self._h2.close_connection()
            self.over = True


def _request_of(headers: list[tuple[str, str]]) -> Request:
    named = dict(headers)
    authority = named.get(":authority") or named.get("host", "")
    return Request(named.get(":method", ""), authority, named.get(":path", ""), tuple(headers))


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")
