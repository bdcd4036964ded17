"""
An add-on of mitmproxy that records the events of each host, one JSON object a line.

mitmproxy loads it in an environment of its own, so it imports only the standard library. The environment variable
EVIDENCE names the file to write to, and ROUTES maps each host to a port of the loopback.

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
    """Record the host that a client asks for."""
    _hosts[flow.client_conn.id] = flow.request.host
    _write("asked", flow.request.host)


def server_connect(data: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Connect to the server of the host on the loopback."""
    data.server.address = ("127.0.0.1", _ROUTES[data.server.address[0]])


def tls_established_client(data: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Record a completed handshake."""
    _write("established", _hosts.get(data.context.client.id, ""))


def tls_failed_client(data: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Record a failed handshake, in mitmproxy's words."""
    _write("failed", _hosts.get(data.context.client.id, ""), data.conn.error or "")


def request(flow: Any) -> None:  # noqa: ANN401 - a type of mitmproxy
    """Record a request that mitmproxy could read."""
    _write("read", flow.request.pretty_host)  # the name that the client sent; `host` is the loopback
