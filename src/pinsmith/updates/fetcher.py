"""
Requests for a bundle: over TLS, judged by the pins that the program was built with, and bounded in size and time.

Each request is a connection of its own. No redirect is followed, and no proxy of the environment is used, because both
would let somebody else decide what is asked.
"""

from __future__ import annotations

import io
import socket
import time
from contextlib import suppress
from http.client import HTTPException, HTTPResponse
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tuf.api.exceptions import DownloadError, DownloadHTTPError, SlowRetrievalError
from tuf.ngclient.fetcher import FetcherInterface

from pinsmith.errors import PinsmithError
from pinsmith.host import dialled_host
from pinsmith.tls.context import PinnedSSLContext

if TYPE_CHECKING:
    import os
    import ssl
    from collections.abc import Callable, Iterator
    from datetime import datetime

    from pinsmith.policy import Policy

SECONDS: Final = 60.0
_PIECE: Final = 64 * 1024
_HTTPS: Final = 443
_OK: Final = 200


class Fetcher(FetcherInterface):
    """
    Fetches the files of a bundle.

    Args:
        floor: The policy that the program was built with. No other pins count here, whatever an update says.

        cafile: Trust anchors instead of the system's, PEM.

        clock: Returns the time, aware, by which pins of *floor* expire.

        timeout_seconds: For one file, from the first packet to the last byte. The system limits the look-up of a name.

    Raises:
        OSError: If *cafile* cannot be read.
    """

    def __init__(
        self,
        floor: Policy,
        *,
        cafile: str | os.PathLike[str] | None = None,
        clock: Callable[[], datetime] | None = None,
        timeout_seconds: float = SECONDS,
    ) -> None:
        self._context = PinnedSSLContext(floor, cafile=cafile, clock=clock)
        self._timeout_seconds = timeout_seconds
        self._connection: socket.socket | None = None
        self._is_closed = False

    def close(self) -> None:
        """End the request that is being made, if there is one, and refuse later ones."""
        self._is_closed = True
        connection = self._connection
        if connection is not None:
            with suppress(OSError):  # it has ended by itself
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # below TLS, which another thread uses

    def forget(self) -> None:
        """Forget the request that is being made: in a child after a fork, it is the parent's."""
        self._connection = None

    def _fetch(self, url: str) -> Iterator[bytes]:
        return self._pieces(url, time.monotonic() + self._timeout_seconds)

    def _pieces(self, url: str, deadline: float) -> Iterator[bytes]:
        try:
            yield from self._requested(url, deadline)
        except TimeoutError as error:
            raise SlowRetrievalError(f"{url} took longer than {self._timeout_seconds:g} seconds") from error
        except (OSError, HTTPException, PinsmithError, ValueError) as error:
            raise DownloadError(f"{url} was not fetched: {str(error) or type(error).__name__}") from error

    def _requested(self, url: str, deadline: float) -> Iterator[bytes]:
        parts = urlsplit(url)
        host, port = dialled_host(parts.hostname or ""), parts.port or _HTTPS
        if parts.scheme != "https":
            raise DownloadError(f"{url} is not an https URL")
        with socket.create_connection((host, port), timeout=_left(deadline)) as plain:
            plain.settimeout(_left(deadline))
            with self._context.wrap_socket(plain, server_hostname=host) as secure:
                self._connection = secure
                try:
                    if self._is_closed:
                        raise DownloadError(f"{url} was not fetched, because the updater is closed")
                    yield from _answer(secure, _head(host, port, parts.path), url, deadline)
                finally:
                    self._connection = None


def _head(host: str, port: int, path: str) -> bytes:
    name = f"[{host}]" if ":" in host else host
    authority = name if port == _HTTPS else f"{name}:{port}"
    return (
        f"GET {path} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: pinsmith\r\nAccept-Encoding: identity\r\n"
        "Connection: close\r\n\r\n"
    ).encode("ascii")


def _answer(secure: ssl.SSLSocket, head: bytes, url: str, deadline: float) -> Iterator[bytes]:
    secure.settimeout(_left(deadline))
    secure.sendall(head)
    with HTTPResponse(_Timed(secure, deadline), method="GET") as response:  # type: ignore[arg-type]
        response.begin()
        if response.status != _OK:
            what = "redirects, which is not followed" if response.status // 100 == 3 else "answers"  # noqa: PLR2004
            raise DownloadHTTPError(f"{url} {what}: status {response.status}", response.status)
        while piece := response.read(_PIECE):
            yield piece


class _Timed(io.RawIOBase):
    """A connection as `http.client` reads it, in which all reads together have one deadline."""

    def __init__(self, secure: ssl.SSLSocket, deadline: float) -> None:
        self._secure, self._deadline = secure, deadline

    def makefile(self, _mode: str) -> io.BufferedReader:
        """Return what `http.client` reads from."""
        return io.BufferedReader(self)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        """Read some bytes, or raise `TimeoutError`."""
        self._secure.settimeout(_left(self._deadline))
        return self._secure.recv_into(buffer)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
