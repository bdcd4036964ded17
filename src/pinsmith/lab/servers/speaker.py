"""Speakers: small functions that handle a connection after the handshake."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from io import BufferedRWPair

    from pinsmith.lab.servers.connection import RecordedConnection

    Speaker = Callable[[socket.socket, RecordedConnection], None]

BODY = b"ok\n"
_LONGEST_HEAD: Final = 65536
_PIECE: Final = 65536


def http_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """
    Answer HTTP/1.1 requests with 200 and a body of three bytes.

    It ends when the client leaves or asks to close.
    """
    del connection
    with sock.makefile("rwb") as stream:
        while (head := read_head(stream)) is not None:
            request_line, headers = head
            read_body(stream, headers)
            asks_to_close = headers.get("connection", "").lower() == "close"
            stays = request_line.endswith(b"HTTP/1.1") and not asks_to_close
            answer = [
                "HTTP/1.1 200 OK",
                "Content-Type: text/plain",
                f"Content-Length: {len(BODY)}",
                f"Connection: {'keep-alive' if stays else 'close'}",
            ]
            stream.write("\r\n".join([*answer, "", ""]).encode("ascii"))
            if not request_line.startswith(b"HEAD "):
                stream.write(BODY)
            stream.flush()
            if not stays:
                return


def redirecting_to(location: str) -> Speaker:
    """Return a speaker that answers one HTTP/1.1 request with a redirect, and closes."""

    def speak(sock: socket.socket, connection: RecordedConnection) -> None:
        del connection
        with sock.makefile("rwb") as stream:
            head = read_head(stream)
            if head is None:
                return
            read_body(stream, head[1])
            answer = ["HTTP/1.1 302 Found", f"Location: {location}", "Content-Length: 0", "Connection: close"]
            stream.write("\r\n".join([*answer, "", ""]).encode("ascii"))

    return speak


def echo_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Send back every byte until the client leaves."""
    del connection
    while received := sock.recv(65536):
        sock.sendall(received)


def silent_speaker(sock: socket.socket, connection: RecordedConnection) -> None:
    """Read until the client leaves, without a response."""
    del connection
    while sock.recv(65536):
        pass


def read_head(stream: BufferedRWPair) -> tuple[bytes, dict[str, str]] | None:
    """
    Read the request line and the headers, with names in lower case; None if the client has left.

    Raises:
        ConnectionAbortedError: if they are too long.
    """
    request_line = _read_line(stream)
    if not request_line:
        return None
    headers: dict[str, str] = {}
    length = len(request_line)
    while line := _read_line(stream):
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
        length += len(line)
        if length > _LONGEST_HEAD:
            raise ConnectionAbortedError("the head of the request is too long")
    return request_line, headers


def read_body(stream: BufferedRWPair, headers: dict[str, str]) -> None:
    """
    Read and drop the body that follows the *headers* of a request.

    Raises:
        ConnectionAbortedError: if the end of the body is not known.
    """
    if headers.get("expect", "").lower() == "100-continue":
        stream.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        stream.flush()
    if headers.get("transfer-encoding", "").lower() == "chunked":
        while size := _number(_read_line(stream).split(b";")[0].decode("latin-1") or "0", 16):
            _skip(stream, size + 2)
        while _read_line(stream):
            pass
    else:
        _skip(stream, _number(headers.get("content-length", "0"), 10))


def _read_line(stream: BufferedRWPair) -> bytes:
    line = stream.readline(_LONGEST_HEAD)
    if len(line) == _LONGEST_HEAD:
        raise ConnectionAbortedError("a line of the request is too long")
    return line.strip()


def _number(text: str, base: int) -> int:
    try:
        number = int(text, base)
    except ValueError:
        number = -1
    if number < 0:
        raise ConnectionAbortedError(f"the length of the body of the request is not a number: {text[:40]!r}")
    return number


def _skip(stream: BufferedRWPair, count: int) -> None:
    # In pieces, because a long body need not fit into memory.
    while count and (received := stream.read(min(count, _PIECE))):
        count -= len(received)
