"""The plain HTTP server of a lab service, with its page and the downloads."""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, Final

from pinsmith.lab.live import download, page
from pinsmith.lab.servers.listener import Link, Listener

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

    from pinsmith.lab.live.service import LabService

_IDLE_SECONDS: Final = 30.0
_HTML: Final = "text/html; charset=utf-8"


class InformationServer(Listener):
    """Serve the page of a service over plain HTTP. It can only be read, and does not contain private keys."""

    def __init__(self, service: LabService, port: int = 0) -> None:
        """Listen at the place of *service*."""
        self.service = service
        super().__init__(service.place.address, port)

    def _serve(self, link: Link, accepted: socket.socket) -> None:
        # The client left, or sent nothing for too long.
        with contextlib.suppress(OSError):
            _Handler(accepted, link.peer, self)  # type: ignore[arg-type] # it is only kept for the methods below


class _Handler(BaseHTTPRequestHandler):
    server: InformationServer  # type: ignore[assignment]
    timeout = _IDLE_SECONDS

    def version_string(self) -> str:
        """Return the name of the server, without the version of Python."""
        return "pinsmith"

    def do_GET(self) -> None:
        """Send the response."""
        self._answer(with_body=True)

    def do_HEAD(self) -> None:
        """Send the response without the body."""
        self._answer(with_body=False)

    def log_message(self, *words: object) -> None:
        """Do nothing, because only `pinsmith.cli` prints."""

    def _answer(self, *, with_body: bool) -> None:
        path = self.path.partition("?")[0]
        media_type, content = self._find(path)
        self.send_response(HTTPStatus.OK if media_type else HTTPStatus.NOT_FOUND)
        for name, value in _headers(path, media_type or "text/plain"):
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if with_body:
            self.wfile.write(content)

    def _find(self, path: str) -> tuple[str, bytes]:
        service = self.server.service
        if path == "/":
            service.watch.look()
            return _HTML, page.whole(service).encode("utf-8")
        if path == "/live":
            service.watch.look()
            return _HTML, page.live(service).encode("utf-8")
        for file in (*download.authorities(service.pki), *download.pins(service.served)):
            if file.path == path:
                return file.media_type, file.content
        return "", b"not found\n"


def _headers(path: str, media_type: str) -> Iterator[tuple[str, str]]:
    yield "Content-Type", media_type
    yield "Cache-Control", "no-store"
    yield "X-Content-Type-Options", "nosniff"
    yield "Referrer-Policy", "no-referrer"
    yield "Content-Security-Policy", page.POLICY
    # Browsers should save configurations, but open certificates, so that the device offers to install them.
    if media_type not in {_HTML, "text/plain", download.CERTIFICATE}:
        yield "Content-Disposition", f'attachment; filename="{path.rpartition("/")[2]}"'
