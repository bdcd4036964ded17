"""Wrong clients for the scenarios about the network: proxies, redirects, several addresses, silence, bad lines."""

from __future__ import annotations

import re
import socket
import ssl
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

import niquests
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import ResponseReceived, StreamEnded
from niquests.adapters import HTTPAdapter

from pinsmith.lab.trial import Ended
from tests.lab.scenarios.browsing import SECONDS, ask, browse, dial, fetch, pinned, wrapping
from tests.lab.scenarios.pinner import Pinner
from tests.lab.scenarios.wrong_key import first_connection_only

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.call import Call
    from pinsmith.lab.trial import ClientVerdict


def directly_only(call: Call) -> Ended:
    """Pin direct connections, but not those through a proxy."""
    return Pinner(pins=call.proxy is None)(call)


def asks_the_proxy(call: Call) -> Ended:
    """Send the request itself to the proxy, in the clear, as with the http scheme."""
    if call.proxy is None:
        return Pinner()(call)
    proxy = urlsplit(call.proxy)
    with socket.create_connection((proxy.hostname or "", proxy.port or 0), SECONDS) as plain:
        status, _ = ask(plain, call.host, call.port, call.url)
    return Ended(status == "200", f"status {status}")


def looks_first(call: Call) -> Ended:
    """Compare the pins on one connection, then send the request on another one."""
    try:
        with dial(call, call.host, call.port) as plain:
            Pinner().connect(call, plain, call.host).close()
    except OSError as error:
        return Ended(well=False, words=repr(error))
    return Pinner(pins=False)(call)


def never_gives_up(call: Call) -> Ended:
    """Wait for ever; this stand-in returns after one second."""
    ended = browse(call, wrapping(pinned(call)), seconds=1)
    return Ended(None, "stopped") if "TimeoutError" in ended.words else ended


def gives_up_soon(call: Call) -> Ended:
    """Allow less than a second for the handshake."""
    return browse(call, wrapping(pinned(call)), seconds=0.7)


def falls_back(call: Call) -> Ended:
    """Treat a server that cannot complete a handshake as a server without TLS."""
    try:
        with dial(call, call.host, call.port) as plain, pinned(call).wrap_socket(plain, server_hostname=call.host):
            pass
    except ssl.SSLCertVerificationError as error:
        return Ended(well=False, words=repr(error))
    except ssl.SSLError:
        with dial(call, call.host, call.port) as plain:
            status, _ = ask(plain, call.host, call.port)
        return Ended(status == "200", f"status {status}")
    return Pinner()(call)


def reads_once(call: Call) -> Ended:
    """Treat the bytes of a single read as everything that the server sends in the handshake."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    secure = pinned(call).wrap_bio(incoming, outgoing, server_hostname=call.host)
    with dial(call, call.host, call.port) as plain:
        try:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                plain.sendall(outgoing.read())
                incoming.write(plain.recv(65536))
            secure.do_handshake()
        except OSError as error:
            return Ended(well=False, words=repr(error))
        secure.write(f"GET / HTTP/1.1\r\nHost: {call.host}\r\nConnection: close\r\n\r\n".encode())
        plain.sendall(outgoing.read())
        while received := plain.recv(65536):
            incoming.write(received)
    return Ended(b" 200 " in secure.read(65536), "it read on")


def follows_alternatives(call: Call) -> Ended:
    """Use the alternative service that the host announced, verify its chain, and ignore the pins."""
    wrap = wrapping(pinned(call))
    try:
        status, headers = fetch(call, call.url, wrap)
        alternative = re.search(r'h2="[^:"]*:(\d+)"', headers.get("alt-svc", ""))
        if alternative is None:
            return Ended(status == "200", f"status {status}")
        path = urlsplit(headers["location"]).path
        status, _ = fetch(call, f"https://{call.host}:{alternative[1]}{path}", wrapping(Pinner().context(call)))
    except OSError as error:
        return Ended(well=False, words=repr(error))
    return Ended(status == "200", f"status {status}")


def pins_tls_alone(call: Call) -> Ended:
    """Give the pinned context to a library that switches to HTTP/3, for which it has no context."""
    with niquests.Session() as session:
        session.trust_env = False
        session.verify = str(call.cafile)
        adapter = HTTPAdapter()
        adapter.init_poolmanager(10, 10, ssl_context=pinned(call))
        session.mount("https://", adapter)
        try:
            answer = session.get(call.url, timeout=SECONDS)
        except (OSError, niquests.RequestException) as error:
            return Ended(well=False, words=repr(error))
    return Ended(answer.status_code == 200, f"status {answer.status_code}")


def coalesces(call: Call) -> Ended:
    """Send requests for every host that the certificate names on the open connection."""
    context = pinned(call)
    context.set_alpn_protocols(["h2", "http/1.1"])
    try:
        with dial(call, call.host, call.port) as plain, context.wrap_socket(plain, server_hostname=call.host) as secure:
            if secure.selected_alpn_protocol() != "h2":
                return Pinner()(call)
            h2 = H2Connection(H2Configuration(header_encoding="utf-8"))
            h2.initiate_connection()
            answer = _ask_h2(secure, h2, call.url)
            covered = {str(entry[1]) for entry in (secure.getpeercert() or {}).get("subjectAltName", ())}
            while urlsplit(answer.get("location", "")).hostname in covered:
                answer = _ask_h2(secure, h2, answer["location"])
    except OSError as error:
        return Ended(well=False, words=repr(error))
    return Ended(answer[":status"] == "200", f"status {answer[':status']}")


def _ask_h2(secure: ssl.SSLSocket, h2: H2Connection, url: str) -> dict[str, str]:
    parts = urlsplit(url)
    head = [(":method", "GET"), (":scheme", "https"), (":authority", parts.netloc), (":path", parts.path or "/")]
    h2.send_headers(h2.get_next_available_stream_id(), head, end_stream=True)
    answer: dict[str, str] = {}
    while True:
        secure.sendall(h2.data_to_send())
        for event in h2.receive_data(secure.recv(65536)):
            if isinstance(event, ResponseReceived):
                answer = {str(name): str(value) for name, value in event.headers or ()}
            elif isinstance(event, StreamEnded):
                return answer


WRONG: Final[dict[str, tuple[tuple[Callable[[Call], Ended], ClientVerdict], ...]]] = {
    "redirect-to-unpinned-host": ((Pinner(), "refuses-a-good-server"),),
    "proxy-swaps-origin": ((directly_only, "accepts-a-rogue"), (asks_the_proxy, "leaks-before-refusing")),
    "coalescing-bait": ((coalesces, "accepts-a-rogue"),),
    "ipv6-rogue": ((looks_first, "accepts-a-rogue"),),
    "second-connection": ((looks_first, "accepts-a-rogue"), (first_connection_only, "accepts-a-rogue")),
    "silent": ((never_gives_up, "hangs"),),
    "garbage": ((falls_back, "leaks-before-refusing"),),
    "plain-http": ((falls_back, "accepts-a-rogue"),),
    "one-byte-at-a-time": ((reads_once, "refuses-a-good-server"),),
    "slow-handshake": ((gives_up_soon, "refuses-a-good-server"),),
    "alt-svc-bait": ((follows_alternatives, "accepts-a-rogue"), (pins_tls_alone, "accepts-a-rogue")),
}
