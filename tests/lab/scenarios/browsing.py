"""A small HTTP/1.1 client on any SSLContext: what the right and the wrong clients of the scenarios differ from."""

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
_MOST_REDIRECTS = 3


def right(call: Call) -> Ended:
    """Do everything right: the context of this package, fed with the pin file."""
    context = pinsmith.PinnedSSLContext(pinsmith.load(call.policy), cafile=str(call.cafile))
    return browse(call, wrapping(context))


def wrapping(context: ssl.SSLContext) -> Wrap:
    """Make TLS as *context* does."""
    return lambda plain, host: context.wrap_socket(plain, server_hostname=host)


def browse(call: Call, wrap: Wrap) -> Ended:
    """Fetch the URL and what it redirects to, each on a connection of its own made by *wrap*; say how it ended."""
    url = call.url
    try:
        for _ in range(_MOST_REDIRECTS):
            status, location = _get(call, url, wrap)
            if location is None:
                return Ended(status == b"200", f"status {status.decode('latin-1')}")
            url = location
    except (OSError, ValueError) as error:
        return Ended(well=False, words=repr(error))
    return Ended(well=False, words="too many redirects")


def _get(call: Call, url: str, wrap: Wrap) -> tuple[bytes, str | None]:
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    with dial(call, host, port) as plain, wrap(plain, host) as secure:
        secure.sendall(f"GET {parts.path or '/'} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
        answer = b""
        while received := secure.recv(65536):
            answer += received
    head = answer.partition(b"\r\n\r\n")[0].split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in head[1:])}
    return head[0].split(b" ")[1] if b" " in head[0] else b"none", _text(headers.get(b"location"))


def dial(call: Call, host: str, port: int) -> socket.socket:
    """Connect to *host*, through the proxy if there is one, and to where the call says if it is the call's host."""
    if call.proxy is not None:
        proxy = urlsplit(call.proxy)
        plain = socket.create_connection((proxy.hostname or "", proxy.port or 0), SECONDS)
        plain.sendall(f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += plain.recv(1) or b"\r\n\r\n"
        if b" 200 " not in answer:
            plain.close()
            raise ConnectionError(f"the proxy answered {answer[:60]!r}")
        return plain
    return socket.create_connection((call.address if host == call.host else host, port), SECONDS)


def _text(value: bytes | None) -> str | None:
    return None if value is None else value.decode("latin-1")
