"""
Serve ClickHouse's HTTP interface over TLS, with a user and a password: chDB does what the requests ask.

A program of its own, so that a test can kill it. It imports nothing of pinsmith.

Usage: clickhouse_server.py PORT FOLDER USER PASSWORD
"""

from __future__ import annotations

import base64
import ssl
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import chdb.session

LOCK = threading.Lock()
Session: Any = chdb.session.Session


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    timeout = 60
    disable_nagle_algorithm = True
    wbufsize = -1
    session: Any
    login: str

    def do_GET(self) -> None:
        """Answer a query or a ping."""
        self.do_POST()

    def do_POST(self) -> None:
        """Run one statement: that of the address, followed by the body, as ClickHouse does."""
        content = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.headers.get("Authorization") != self.login:
            self._answer(403, b"Code: 516. DB::Exception: Authentication failed. (AUTHENTICATION_FAILED)", code="516")
            return
        asked = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        statement = "\n".join(filter(None, (asked.get("query", ""), content.decode())))
        try:
            with LOCK:
                self.session.query(f"USE {asked.get('database', 'default')}")
                done = self.session.query(statement, "TabSeparated")
                answer = done.bytes()
        except Exception as error:  # noqa: BLE001 - each is an answer
            text = str(error)
            number = text.partition("Code: ")[2].partition(".")[0]
            self._answer(500, text.encode(), code=number)
            return
        self._answer(200, answer)

    def _answer(self, status: int, content: bytes, *, code: str = "") -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        if code:
            self.send_header("X-ClickHouse-Exception-Code", code)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log no request."""


def main(port: int, folder: str, user: str, password: str) -> None:
    """Serve until somebody ends the process."""
    Handler.session = Session(f"{folder}/data")
    Handler.session.query("CREATE DATABASE IF NOT EXISTS pinsmith")
    Handler.login = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{folder}/server.crt", f"{folder}/server.key")
    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    print("ready", flush=True)  # noqa: T201 - the test waits for it
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), *sys.argv[2:])
