"""Wrong clients for the scenarios in which a certificate changes after it was judged, or is not shown again."""

from __future__ import annotations

import ctypes
import ssl
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal
from urllib.parse import urljoin

from pinsmith.lab.pki.lab_pki import HOST
from pinsmith.lab.trial import Ended
from tests.lab.scenarios.browsing import browse, dial
from tests.lab.scenarios.pinner import Pinner

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable
    from pathlib import Path

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict

_MAX_CERT_LIST: Final = 51  # SSL_CTRL_SET_MAX_CERT_LIST, ssl.h
_GENEROUS: Final = 1_000_000


class Keeping(ssl.SSLSocket):
    """A socket that keeps the session, which TLS 1.3 sends after the handshake, when it reads."""

    last: ssl.SSLSession | None = None

    def recv(self, *args: Any) -> bytes:  # noqa: ANN401 - as in ssl
        received = super().recv(*args)
        self.last = self.session
        return received


@dataclass
class Resumer:
    """
    A pinner that keeps sessions and offers them again; it judges handshakes that are not resumed correctly.

    Attributes:
        by: Whether a session is offered again to its host, or to any host with its port.
        resumed: How it treats a handshake that was resumed.
    """

    by: Literal["host", "port"] = "host"
    resumed: Literal["judged", "trusted", "refused"] = "trusted"
    _contexts: dict[Path, ssl.SSLContext] = field(default_factory=dict, repr=False)
    _sockets: dict[tuple[object, ...], Keeping] = field(default_factory=dict, repr=False)
    _pins: dict[tuple[object, ...], tuple[str, ...]] = field(default_factory=dict, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __call__(self, call: Call) -> Ended:
        """Fetch the URL of the call."""
        return browse(call, lambda plain, host: self.connect(call, plain, host))

    def connect(self, call: Call, plain: socket.socket, host: str) -> ssl.SSLSocket:
        """Complete the handshake, and offer the session of an earlier connection."""
        with self._lock:
            # The folder stands for a program's storage, because Python cannot write sessions to a disk.
            context = self._contexts.setdefault(call.state, Pinner().context(call))
        context.sslsocket_class = Keeping
        port = plain.getpeername()[1]
        place = (call.state, host if self.by == "host" else None, port)
        kept = self._sockets.get(place)
        secure = context.wrap_socket(plain, server_hostname=host, session=kept.last if kept else None)
        if secure.session_reused:
            self._judge_resumed(secure, place, call)
        elif host == HOST:
            Pinner().require(secure, call.pins)
        assert isinstance(secure, Keeping)
        self._sockets[place] = secure
        self._pins[place] = call.pins
        return secure

    def _judge_resumed(self, secure: ssl.SSLSocket, place: tuple[object, ...], call: Call) -> None:
        if self.resumed == "refused" or (self.resumed == "judged" and self._pins[place] != call.pins):
            secure.close()
            raise ssl.SSLError("a resumed handshake has no chain")


@dataclass(frozen=True)
class KeepAlive(Pinner):
    """
    Send one request after another on one connection.

    Attributes:
        reads_first: Whether it tries to read before it sends, as programs with an event loop do.
    """

    reads_first: bool = False

    def __call__(self, call: Call) -> Ended:
        """Fetch the URL of the call, and follow redirects to the same host."""
        try:
            with self.connect(call, dial(call, call.host, call.port), call.host) as secure:
                if self.reads_first:
                    _read_what_is_there(secure)
                url, status = call.url, b""
                for _ in range(2):
                    head = _fetch(secure, url)
                    status, location = head.split(b" ", 2)[1], _location(head)
                    if location is None:
                        break
                    url = urljoin(url, location)
        except (OSError, IndexError) as error:
            return Ended(well=False, words=repr(error))
        return Ended(well=status == b"200", words=status.decode("ascii"))


def _read_what_is_there(secure: ssl.SSLSocket) -> None:
    secure.settimeout(0)
    try:
        secure.recv(1)
    except ssl.SSLWantReadError:
        secure.settimeout(10)


def _fetch(secure: ssl.SSLSocket, url: str) -> bytes:
    path = "/" + url.split("/", 3)[3]
    secure.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
    answer = b""
    while b"\r\n\r\n" not in answer and (received := secure.recv(65536)):
        answer += received
    return answer


def _location(head: bytes) -> str | None:
    lines = (line.partition(b": ") for line in head.split(b"\r\n"))
    return next((value.decode("ascii") for name, _, value in lines if name.lower() == b"location"), None)


class Generous(Pinner):
    """Accept certificate lists of any size."""

    def context(self, call: Call) -> ssl.SSLContext:
        """Raise OpenSSL's limit with a call that Python does not offer."""
        context = super().context(call)
        raw = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
        control = ctypes.CDLL(ssl._ssl.__file__).SSL_CTX_ctrl  # type: ignore[attr-defined]
        control.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_void_p]
        control(raw, _MAX_CERT_LIST, _GENEROUS, None)
        return context


WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "renegotiation": (
        (KeepAlive(), "accepts-a-rogue"),
        (KeepAlive(reads_first=True), "accepts-a-rogue"),
    ),
    "session-resumption": ((Resumer(resumed="refused"), "refuses-a-good-server"),),
    "session-after-pins-change": ((Resumer(), "accepts-a-rogue"),),
    "session-of-another-host": ((Resumer(by="port"), "accepts-a-rogue"),),
    "oversized-list": ((Generous(looks_at="presented"), "accepts-a-rogue"),),
}
