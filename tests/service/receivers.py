"""Receivers of alerts on the loopback: a web server and a mail server that keep what they get."""

from __future__ import annotations

import socketserver
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from types import TracebackType


class _Serving:
    server: socketserver.TCPServer

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


class Hook(_Serving):
    """A web server that answers every request with one status."""

    def __init__(self, status: int = 204) -> None:
        """Listen; ``with`` begins to serve."""
        self.status = status
        self.requests: list[tuple[str, str, dict[str, str], bytes]] = []
        hook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                hook.requests.append((self.command, self.path, headers, body))
                self.send_response(hook.status)
                self.send_header("Location", "/elsewhere")
                self.end_headers()

            do_GET = do_POST  # noqa: N815 - the name of the base class

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
                """Print nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.server.socket.getsockname()[1]}"


class MailServer(_Serving):
    """A mail server that takes everything, or refuses every recipient."""

    def __init__(self, *, refuses: bool = False) -> None:
        """Listen; ``with`` begins to serve."""
        self.mails: list[str] = []
        catcher = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                self.wfile.write(b"220 mail.test\r\n")
                while line := self.rfile.readline():
                    verb = line[:4].upper()
                    if verb == b"DATA":
                        self.wfile.write(b"354 go on\r\n")
                        lines = iter(self.rfile.readline, b".\r\n")
                        catcher.mails.append(b"".join(lines).decode())
                    if verb == b"RCPT" and refuses:
                        self.wfile.write(b"550 nobody here\r\n")
                        continue
                    self.wfile.write(b"221 bye\r\n" if verb == b"QUIT" else b"250 well\r\n")

        self.server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)

    @property
    def port(self) -> int:
        """The port of the server."""
        return int(self.server.socket.getsockname()[1])
