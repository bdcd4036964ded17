"""
The HTTP server of a lab service: its page, the downloads, and the proxy for the names of the lab.

As a proxy it connects only to servers of the lab. Every other name gets 403, so that it is no way into a network.
"""

from __future__ import annotations

import socket
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from pinsmith.errors import HostError
from pinsmith.host import canonical_host
from pinsmith.lab.live import download, page
from pinsmith.lab.pki.lab_pki import LAB_DOMAIN
from pinsmith.lab.proxy.request import Request, RequestError, parse
from pinsmith.lab.proxy.seen import Destination
from pinsmith.lab.proxy.tunnel import CHUNK, MAX_HEAD, Deadline, read_head, tunnel
from pinsmith.lab.servers.connection import end_sending
from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.live.service import LabService

HEAD_SECONDS: Final = 10.0
_MAX_SERVING: Final = 200  # connections at a time; a tunnel needs three descriptors, and a process often has 1024
_HTML: Final = "text/html; charset=utf-8"
_TEXT: Final = "text/plain"
_HTTP_PORT: Final = 80
_NOT_HERE: Final = f"this proxy serves only hosts below {LAB_DOMAIN}, which `pinsmith lab serve` lists\n".encode()


class InformationServer(Listener):
    """Serve the page of a service over plain HTTP. It can only be read, and does not contain private keys."""

    def __init__(self, service: LabService, port: int = 0) -> None:
        """Listen at the place of *service*."""
        self.service = service
        self._serving = 0
        super().__init__(service.place.address, port)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        with self._changed:
            self._serving += 1
            crowded = self._serving > _MAX_SERVING
        try:
            # The client left, or was too slow.
            with suppress(OSError):
                if crowded:
                    _reply(accepted, _encoded("503 Service Unavailable", _TEXT, b"too many connections\n"))
                else:
                    self._hear(link, accepted)
        finally:
            with self._changed:
                self._serving -= 1

    def _hear(self, link: Link, accepted: socket.socket) -> None:
        head, rest = read_head(accepted, Deadline(HEAD_SECONDS))
        if not head:
            return
        if len(head) >= MAX_HEAD:
            _reply(accepted, _encoded("431 Request Header Fields Too Large", _TEXT, b"the request is too long\n"))
            return
        try:
            request = parse(head)
        except RequestError as error:
            _reply(accepted, _encoded("400 Bad Request", _TEXT, f"{error}\n".encode()))
            return
        if request.method == "CONNECT":
            self._connect(link, accepted, request.destination, rest)
        elif request.destination not in {None, Destination(LAB_DOMAIN, _HTTP_PORT)}:
            _reply(accepted, _encoded("403 Forbidden", _TEXT, _NOT_HERE))
        else:
            _reply(accepted, self._answer(request, accepted.getsockname()[0]))

    def _connect(self, link: Link, accepted: socket.socket, destination: Destination | None, rest: bytes) -> None:
        endpoint = self.service.routes.endpoint_of(destination) if destination is not None else None
        if endpoint is None:
            _reply(accepted, _encoded("403 Forbidden", _TEXT, _NOT_HERE))
            return
        upstream = socket.create_connection(endpoint, HEAD_SECONDS)
        link.adopt(upstream)
        self.service.watch.came_through(upstream.getsockname()[:2], link.peer)
        accepted.settimeout(HEAD_SECONDS)
        accepted.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        upstream.sendall(rest)
        tunnel(accepted, upstream)

    def _answer(self, request: Request, own_address: str) -> bytes:
        if request.method not in {"GET", "HEAD"}:
            return _encoded("405 Method Not Allowed", _TEXT, b"this page can only be read\n")
        path = request.path.partition("?")[0]
        media_type, content = self._find(path, _reached_at(request, own_address))
        status = "200 OK" if media_type else "404 Not Found"
        return _encoded(status, media_type or _TEXT, content, path=path, with_body=request.method == "GET")

    def _find(self, path: str, reached_at: str) -> tuple[str, bytes]:
        service = self.service
        if path == "/":
            service.watch.look()
            return _HTML, page.whole(service).encode("utf-8")
        if path == "/live":
            service.watch.look()
            return _HTML, page.live(service).encode("utf-8")
        if path == "/proxy.pac" and service.place.is_proxied:
            return download.PAC, download.proxy_script(reached_at, self.port)
        for file in download.every(service):
            if file.path == path:
                return file.media_type, file.content
        return "", b"not found\n"


def _reached_at(request: Request, own_address: str) -> str:
    """Return the address of this server as the client knows it. A proxy script contains it."""
    for line in request.headers:
        name, _, text = line.partition(":")
        if name.lower() == "host":
            with suppress(HostError):
                host = canonical_host(text.strip().rpartition(":")[0] or text.strip())
                return own_address if host == LAB_DOMAIN else host
    return own_address


def _encoded(status: str, media_type: str, content: bytes, *, path: str = "", with_body: bool = True) -> bytes:
    headers = [f"{name}: {value}" for name, value in _headers(path, media_type)]
    lines = [f"HTTP/1.1 {status}", *headers, f"Content-Length: {len(content)}", "Connection: close", "", ""]
    return "\r\n".join(lines).encode("ascii") + (content if with_body else b"")


def _headers(path: str, media_type: str) -> Iterator[tuple[str, str]]:
    yield "Content-Type", media_type
    yield "Cache-Control", "no-store"
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", "no-referrer"
    yield "Content-Security-Policy", page.POLICY
    # Browsers should save configurations, but open certificates, so that the device offers to install them.
    if media_type not in {_HTML, _TEXT, download.CERTIFICATE, download.PAC}:
        yield "Content-Disposition", f'attachment; filename="{path.rpartition("/")[2]}"'


def _reply(accepted: socket.socket, octets: bytes) -> None:
    deadline = Deadline(HEAD_SECONDS)
    accepted.settimeout(deadline.seconds_left)
    accepted.sendall(octets)
    end_sending(accepted)
    while accepted.recv(CHUNK):
        accepted.settimeout(deadline.seconds_left)
