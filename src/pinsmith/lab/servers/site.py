"""A web site that answers requests over HTTP/1.1 or HTTP/2, as negotiated."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pinsmith.lab.servers.received import Quota
from pinsmith.lab.servers.speaker import BODY, read_body, read_head

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from pinsmith.lab.servers.connection import RecordedConnection

__all__ = ["OK", "Answer", "Request", "Site", "any_http_speaker", "redirect"]


@dataclass(frozen=True, slots=True)
class Request:
    """
    The request of a client.

    Attributes:
        method: ``GET`` and so on.
        authority: The host and port, from ``:authority`` or ``Host``, as the client spells them.
        path: The path with the query.
        headers: The other headers, in lower case; with HTTP/2 also the pseudo-headers.
    """

    method: str
    authority: str
    path: str
    headers: tuple[tuple[str, str], ...]

    @property
    def host(self) -> str:
        """The authority without its port, in lower case."""
        return self.authority.rpartition(":")[0].lower() if _has_port(self.authority) else self.authority.lower()

    @property
    def text(self) -> bytes:
        """The disclosed text: the head, in the form of HTTP/1.1."""
        lines = [f"{self.method} {self.path}", *(f"{name}: {value}" for name, value in self.headers), ""]
        return "\r\n".join(lines).encode("utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """
    The response of a site to one request.

    Attributes:
        status: The HTTP status.
        headers: The headers, without those for the length of the body and the connection.
        body: The body, for all methods except HEAD.
        closes: Whether the site closes the connection afterwards. The client can always request that.
    """

    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = BODY
    closes: bool = False


OK = Answer()


def redirect(location: str, *headers: tuple[str, str], closes: bool = False) -> Answer:
    """Return a redirect."""
    return Answer(302, (("location", location), *headers), b"", closes)


class Site:
    """
    Answers all requests with the results of *answer*, and records them.

    A speaker, see `pinsmith.lab.servers.speaker`. It speaks HTTP/2 with clients that negotiate it, which needs the
    library h2, and HTTP/1.1 with all others.
    """

    def __init__(self, answer: Callable[[Request], Answer] = lambda _: OK, *, keeps_open: bool = True) -> None:
        """
        Begin without requests.

        Args:
            answer: Called in the thread of the connection.

            keeps_open: Whether a connection can have several requests. Otherwise every response closes it.
        """
        self._make_answer = answer
        self._keeps_open = keeps_open
        self._requests: list[Request] = []
        self._quota = Quota()
        self._lock = threading.Lock()

    @property
    def requests(self) -> tuple[Request, ...]:
        """All requests so far; if there are very many, the first ones."""
        with self._lock:
            return tuple(self._requests)

    def requests_to(self, host: str) -> bytes:
        """Join the texts of the requests to one of the hosts that a certificate covers."""
        return b"".join(request.text for request in self.requests if request.host == host)

    def __call__(self, sock: socket.socket, connection: RecordedConnection) -> None:
        """Speak until the client leaves."""
        if connection.alpn == "h2":
            self._speak_h2(sock)
        else:
            self._speak_http11(sock)

    def hear(self, request: Request) -> Request:
        """Record *request* before its body is complete, because its head is already disclosed."""
        size = len(request.text)
        if self._quota.take(size) == size:
            with self._lock:
                self._requests.append(request)
        return request

    def answer(self, request: Request) -> Answer:
        """Return the response to *request*."""
        answer = self._make_answer(request)
        return answer if self._keeps_open else replace(answer, closes=True)

    def _speak_http11(self, sock: socket.socket) -> None:
        with sock.makefile("rwb") as stream:
            while (head := read_head(stream)) is not None:
                line, headers = head
                method, path, version = [*line.decode("latin-1").split(" "), "", ""][:3]
                request = self.hear(Request(method, headers.get("host", ""), path, tuple(headers.items())))
                read_body(stream, headers)
                answer = self.answer(request)
                asks_to_close = headers.get("connection", "").lower() == "close"
                stays = version == "HTTP/1.1" and not (asks_to_close or answer.closes)
                stream.write(_head_of(answer, stays=stays))
                if method != "HEAD":
                    stream.write(answer.body)
                stream.flush()
                if not stays:
                    return

    def _speak_h2(self, sock: socket.socket) -> None:
        from pinsmith.lab.servers.http2 import speak_h2  # an optional library

        speak_h2(sock, self)


def any_http_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Answer every request with 200 and three bytes, in the protocol that was negotiated."""
    Site()(sock, connection)


def _head_of(answer: Answer, *, stays: bool) -> bytes:
    lines = [f"HTTP/1.1 {answer.status} Lab"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    lines += [f"content-length: {len(answer.body)}", f"connection: {'keep-alive' if stays else 'close'}", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _has_port(authority: str) -> bool:
    return authority.rpartition(":")[2].isdecimal() and not authority.endswith("]")
