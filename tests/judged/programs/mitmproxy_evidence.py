"""
An add-on of mitmproxy that writes down what it is told of each host, a JSON object a line.

mitmproxy loads it in an environment of its own, so nothing but the standard library is imported here. What stands in
EVIDENCE is the file to write to; ROUTES tells where a host is dialled.

Source:
    https://docs.mitmproxy.org/stable/api/events.html
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_EVIDENCE = Path(os.environ["EVIDENCE"])
_ROUTES: dict[str, int] = json.loads(os.environ["ROUTES"])
_hosts: dict[str, str] = {}  # by the id of the client's connection


def _write(event: str, host: str, words: str = "") -> None:
    with _EVIDENCE.open("a", encoding="utf-8") as file:
        file.write(json.dumps({"event": event, "host": host, "words": words}) + "\n")


def http_connect(flow: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Note what a client asks for."""
    _hosts[flow.client_conn.id] = flow.request.host
    _write("asked", flow.request.host)


def server_connect(data: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Dial the loopback."""
    data.server.address = ("127.0.0.1", _ROUTES[data.server.address[0]])


def tls_established_client(data: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Note a handshake that is over."""
    _write("established", _hosts.get(data.context.client.id, ""))


def tls_failed_client(data: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Note a handshake that failed, in mitmproxy's words."""
    _write("failed", _hosts.get(data.context.client.id, ""), data.conn.error or "")


def request(flow: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Note a request that could be read."""
    _write("read", flow.request.pretty_host)  # as the client says: host is where it is dialled
