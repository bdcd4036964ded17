"""A request without TLS from a client to its proxy: its destination, and how it is forwarded."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from pinsmith._port import is_port
from pinsmith.errors import HostError
from pinsmith.host import canonical_host
from pinsmith.lab.proxy.seen import Destination

_HTTP: Final = 80
_LINE: Final = re.compile(r"([A-Z]{1,20}) (\S+) (HTTP/1\.[01])")
_AUTHORITY: Final = re.compile(r"(.+):([0-9]{1,5})")
# Headers for the proxy, or for only one connection: RFC 9110 section 7.6.1.
_OWN_HEADERS: Final = frozenset({"proxy-connection", "proxy-authorization", "connection", "keep-alive"})


class RequestError(ValueError):
    """The head of a request to the proxy is wrong. The text states what was expected."""


@dataclass(frozen=True, slots=True)
class Request:
    """
    The head of a request to the proxy.

    Attributes:
        method: Upper-case.
        destination: The destination; None if the request is for the proxy itself.
        path: The path with the query; empty for CONNECT.
        version: The version, such as ``HTTP/1.1``.
        headers: The lines, as they came. They may contain secrets.
    """

    method: str
    destination: Destination | None
    path: str
    version: str
    headers: tuple[str, ...]

    def __repr__(self) -> str:
        """Show the destination, but no part that may be secret."""
        return f"<Request {self.method} {self.destination}>"

    def as_origin_reads(self) -> bytes:
        """Encode the head for the host itself. The connection ends after the response."""
        kept = [line for line in self.headers if line.partition(":")[0].strip().lower() not in _OWN_HEADERS]
        upgrades = any(line.lower().startswith("upgrade:") for line in kept)
        lines = [
            f"{self.method} {self.path} {self.version}",
            *kept,
            f"Connection: {'Upgrade' if upgrades else 'close'}",
        ]
        return "\r\n".join([*lines, "", ""]).encode("latin-1")


def parse(head: bytes) -> Request:
    """
    Read the head of a request to a proxy: ``CONNECT host:port``, ``GET http://host/path``, or ``GET /path``.

    Raises:
        RequestError: if it has another form.

    Source:
        :rfc:`9112#section-3.2`
    """
    line, *headers = head.decode("latin-1").split("\r\n")
    match = _LINE.fullmatch(line)
    if match is None:
        raise RequestError("expected an HTTP/1.1 request")
    method, target, version = match.groups()
    if method == "CONNECT":
        destination, path = _destination_of_authority(target), ""
    elif target.startswith("/"):
        destination, path = None, target
    else:
        destination, path = _split(target)
    return Request(method, destination, path, version, tuple(headers))


def _destination_of_authority(target: str) -> Destination:
    match = _AUTHORITY.fullmatch(target)
    if match is None:
        raise RequestError("CONNECT needs host:port")
    return _destination(match[1], int(match[2]))


def _split(target: str) -> tuple[Destination, str]:
    try:
        parts = urlsplit(target)
        port = parts.port
    except ValueError as error:
        raise RequestError("the URL of the request is not valid") from error
    if parts.scheme.lower() != "http" or not parts.hostname:
        raise RequestError("expected a URL that begins with http://; for TLS use CONNECT")
    path = parts.path or "/"
    return _destination(
        parts.hostname, _HTTP if port is None else port
    ), f"{path}?{parts.query}" if parts.query else path


def _destination(name: str, port: int) -> Destination:
    try:
        host = canonical_host(name)
    except HostError as error:
        raise RequestError("the host of the request is not a host name") from error
    if not is_port(port):
        raise RequestError("the port of the request is not a port")
    return Destination(host, port)
