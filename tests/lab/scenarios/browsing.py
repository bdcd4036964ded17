"""A small HTTP/1.1 client for any SSLContext: the base of the correct and the wrong clients of the scenarios."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pinsmith
from pinsmith.lab.trial import Ended

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable

    from pinsmith.lab.call import Call

    Wrap = Callable[[socket.socket, str], ssl.SSLSocket]

SECONDS = 10
_MAX_REDIRECTS = 3


def right(call: Call) -> Ended:
    """Fetch the URL correctly: with the context of this package and the pin file."""
    return browse(call, wrapping(pinned(call)))


def right_and_quick(call: Call) -> Ended:
    """Fetch the URL correctly, with a time limit that suits a test."""
    return browse(call, wrapping(pinned(call)), seconds=0.3)


def pinned(call: Call) -> pinsmith.PinnedSSLContext:
    """Make the context of this package from the pin file."""
    return pinsmith.PinnedSSLContext(pinsmith.load(call.policy), cafile=str(call.cafile))


def wrapping(context: ssl.SSLContext) -> Wrap:
    """Return a function that starts TLS with *context*."""
    return lambda plain, host: context.wrap_socket(plain, server_hostname=host)


def browse(call: Call, wrap: Wrap, *, seconds: float = SECONDS) -> Ended:
    """
    Fetch the URL and follow redirects, with a new connection by *wrap* for each URL; return how it ended.

    A step on the network that takes more than *seconds* fails.
    """
    url = call.url
    try:
        for _ in range(_MAX_REDIRECTS):
            status, headers = fetch(call, url, wrap, seconds=seconds)
            if "location" not in headers:
                return Ended(status == "200", f"status {status}")
            url = headers["location"]
    except (OSError, ValueError) as error:
        return Ended(well=False, words=repr(error))
    return Ended(well=False, words="too many redirects")


def fetch(call: Call, url: str, wrap: Wrap, *, seconds: float = SECONDS) -> tuple[str, dict[str, str]]:
    """Fetch one URL on a new connection; return the status and the headers, with their names in lower case."""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    with dial(call, host, port, seconds=seconds) as plain, wrap(plain, host) as secure:
        return ask(secure, host, port, parts.path)


def ask(connected: socket.socket, host: str, port: int, path: str = "/") -> tuple[str, dict[str, str]]:
    """Send a request on a connection, and read the answer to its end; return the status and the headers."""
    request = f"GET {path or '/'} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
    connected.sendall(request.encode())
    answer = b""
    while received := connected.recv(65536):
        answer += received
    head = answer.partition(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
    named = (line.partition(":") for line in head[1:])
    headers = {name.lower(): value.strip() for name, _, value in named}
    return head[0].split(" ")[1] if " " in head[0] else "none", headers


def dial(call: Call, host: str, port: int, *, seconds: float = SECONDS) -> socket.socket:
    """Connect to *host*, through the call's proxy if there is one; else the call's host is dialled at its address."""
    if call.proxy is not None:
        proxy = urlsplit(call.proxy)
        plain = socket.create_connection((proxy.hostname or "", proxy.port or 0), seconds)
        plain.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += plain.recv(1) or b"\r\n\r\n"
        if b" 200 " not in answer:
            plain.close()
            raise ConnectionError(f"the proxy answered {answer[:60]!r}")
        return plain
    known = host == call.host or host.endswith(f".{call.host}")
    return socket.create_connection((call.address if known else host, port), seconds)
