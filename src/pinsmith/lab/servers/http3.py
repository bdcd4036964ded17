"""A server that speaks HTTP/3. The only module that needs the library qh3."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any

from qh3.asyncio.protocol import QuicConnectionProtocol
from qh3.asyncio.server import QuicServer
from qh3.h3.connection import H3Connection
from qh3.h3.events import DataReceived, HeadersReceived
from qh3.quic.configuration import QuicConfiguration
from qh3.quic.events import ProtocolNegotiated

from pinsmith.lab.pki.identity import pem_of
from pinsmith.lab.servers.datagram import DatagramTrap
from pinsmith.lab.servers.received import Received
from pinsmith.lab.servers.speaker import BODY

if TYPE_CHECKING:
    from collections.abc import Callable

    from qh3.h3.events import H3Event
    from qh3.quic.events import QuicEvent

    from pinsmith.lab.pki.identity import Identity


class HTTP3Server(DatagramTrap):
    """Answer all requests with 200 and three bytes, and record requests and datagrams."""

    def __init__(self, identity: Identity, address: str = "127.0.0.1") -> None:
        """
        Let the kernel choose a port; ``with`` begins to serve.

        Args:
            identity: The identity that the server presents.

            address: An IP address of the loopback.
        """
        super().__init__(address)
        # The record shows how clients leave, so the log is not needed on the terminal.
        logging.getLogger("quic").addHandler(logging.NullHandler())
        self._disclosed = Received()
        self._configuration = QuicConfiguration(
            is_client=False,
            alpn_protocols=["h3"],
            # qh3 announces HTTP/3 datagrams, and its client then requires QUIC datagrams.
            max_datagram_frame_size=65536,
        )
        self._configuration.load_cert_chain(pem_of(identity.chain).encode("ascii"), identity.private_pem())

    @property
    def disclosed(self) -> bytes:
        """The heads and bodies of all requests, decrypted."""
        with self._changed:
            return bytes(self._disclosed)

    @property
    def disclosed_size(self) -> int:
        """The number of these bytes, including those that were not kept."""
        with self._changed:
            return self._disclosed.size

    def _receive(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        ended = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: self.errors.append(_exception_of(context)))
        self._socket.settimeout(0)

        def is_quic(datagram: bytes) -> bool:
            if datagram == self._last:
                ended.set()
                return False
            return self._note(datagram)

        _, router = await loop.create_datagram_endpoint(
            lambda: _Router(self._configuration, self._hear, is_quic), sock=self._socket
        )
        await ended.wait()
        router.close()  # type: ignore[no-untyped-call]

    def _hear(self, sent: bytes) -> None:
        with self._changed:
            self._disclosed.add(sent)


class _Router(QuicServer):
    """Pass datagrams to their connections, except those that are not for QUIC."""

    def __init__(
        self, configuration: QuicConfiguration, hear: Callable[[bytes], None], is_quic: Callable[[bytes], bool]
    ) -> None:
        def conversation(*arguments: Any, **options: Any) -> _Conversation:  # noqa: ANN401 - as in qh3
            return _Conversation(hear, *arguments, **options)

        super().__init__(configuration=configuration, create_protocol=conversation)
        self._is_quic = is_quic

    def datagram_received(self, data: bytes | str, addr: Any) -> None:  # noqa: ANN401 - as in qh3
        """Check a datagram before QUIC handles it."""
        if isinstance(data, bytes) and self._is_quic(data):
            super().datagram_received(data, addr)


class _Conversation(QuicConnectionProtocol):
    """One connection."""

    def __init__(self, hear: Callable[[bytes], None], *arguments: Any, **options: Any) -> None:  # noqa: ANN401 - as in qh3
        super().__init__(*arguments, **options)
        self._hear = hear
        self._http: H3Connection | None = None

    def quic_event_received(self, event: QuicEvent) -> None:
        """Handle events after the handshake."""
        if isinstance(event, ProtocolNegotiated):
            self._http = H3Connection(self._quic)
        elif self._http is not None:
            for received in self._http.handle_event(event):
                self._heed(received, self._http)

    def _heed(self, event: H3Event, http: H3Connection) -> None:
        if isinstance(event, HeadersReceived):
            self._hear(b"".join(name + b": " + value + b"\r\n" for name, value in event.headers))
        elif isinstance(event, DataReceived):
            self._hear(event.data)
        if isinstance(event, (HeadersReceived, DataReceived)) and event.stream_ended:
            length = str(len(BODY)).encode("ascii")
            http.send_headers(event.stream_id, [(b":status", b"200"), (b"content-length", length)])
            http.send_data(event.stream_id, BODY, end_stream=True)
            self.transmit()


def _exception_of(context: dict[str, Any]) -> Exception:
    return context.get("exception") or RuntimeError(str(context.get("message")))
