"""HTTP proxies between the commands and a host: which one to use, and the CONNECT request; no socket and no clock."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass, field, replace
from ipaddress import ip_address
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote, urlsplit

from pinsmith._port import MAX_PORT
from pinsmith.errors import ConnectError, HostError
from pinsmith.errors.fetch import quote

if TYPE_CHECKING:
    from collections.abc import Generator

    from pinsmith.probe.target import Target

NONE: Final = "none"
_MAX_BYTES: Final = 64 * 1024
_STATUS: Final = re.compile(rb"HTTP/1\.[01] (\d{3})(?: |\r|\n)")
_END: Final = re.compile(rb"\r?\n\r?\n")
_HINTS: Final = {
    b"407": "pass a user and a password: --proxy http://USER:PASSWORD@HOST:PORT",
    b"wrong password": "the proxy does not accept this user and password",
    b"403": "the proxy does not allow this host or port: ask who operates it, or connect without it (--proxy none)",
}


@dataclass(frozen=True, slots=True)
class Proxy:
    """
    An HTTP proxy, to which pinsmith speaks in the clear.

    Attributes:
        host: A name or address.
        port: Its port.
        credentials: ``user:password`` for basic authentication; None for none. Never shown.
    """

    host: str
    port: int
    credentials: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """``host:port``, with IPv6 addresses in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def parse_proxy(text: str) -> Proxy:
    """
    Read ``http://[user:password@]host[:port]``, or the same without scheme. The port is 80 by default.

    Raises:
        HostError: If *text* has no such form. The message does not contain it, because it may contain a password.
    """
    hint = "write http://HOST:PORT, or none to connect directly"
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        # The cause would not help, and it might quote the password.
        raise HostError(
            f"the address of the proxy is not valid: expected a port from 1 to {MAX_PORT}", hint=hint
        ) from None
    if parts.scheme != "http":
        raise HostError(f"a proxy with the scheme {parts.scheme} is not supported: expected http", hint=hint)
    if not host or parts.path.strip("/") or parts.query or parts.fragment or port == 0:
        raise HostError("the address of the proxy is not valid", hint=hint)
    credentials = None if parts.username is None else f"{unquote(parts.username)}:{unquote(parts.password or '')}"
    return Proxy(host, port or 80, credentials)


def through(target: Target, given: str | None) -> Target:
    """
    Return *target* as it is reached: through the proxy *given*, or through that of the environment.

    The environment (``HTTPS_PROXY``, ``NO_PROXY``, in both cases) counts only if the name of the host is looked up. It
    does not count if the target has an address, on the loopback, and with STARTTLS, which few proxies pass on.

    Args:
        target: Without a proxy.

        given: As for `parse_proxy`; ``none`` for no proxy at all.

    Raises:
        HostError: If the address of the proxy is not valid.
    """
    if given is None:
        if target.address is not None or target.starttls is not None or is_loopback(target.host):
            return target
        from urllib import request

        given = request.getproxies_environment().get("https")
        if given is None or request.proxy_bypass_environment(target.host):  # type: ignore[attr-defined]
            return target
    return target if given in {"", NONE} else replace(target, proxy=parse_proxy(given))


def is_loopback(host: str) -> bool:
    """Return whether *host* is an address of the loopback, or a name for it."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


def tunnel(proxy: Proxy, target: Target) -> Generator[bytes, bytes | None, None]:
    """
    Ask *proxy* to connect to *target*; as a generator, see `pinsmith.probe.conversation.converse`.

    Raises:
        ConnectError: If the proxy refuses, or gives no answer, too long an answer or one that is not HTTP.

    Source:
        :rfc:`9110#section-9.3.6`
    """
    name = target.address or target.host
    place = f"[{name}]" if ":" in name else name
    place = f"{place}:{target.connect_port or target.port}"
    lines = [f"CONNECT {place} HTTP/1.1", f"Host: {place}"]
    if proxy.credentials is not None:
        # The environment may have bytes that are not UTF-8. An error that quotes them would show the password.
        octets = proxy.credentials.encode(errors="surrogateescape")
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(octets).decode()}")
    message, received = "\r\n".join([*lines, "", ""]).encode(), b""
    while (end := _END.search(received)) is None:
        try:
            news = yield message
        except TimeoutError as error:
            raise _failed(proxy, "did not answer in time") from error
        except OSError as error:
            raise _failed(proxy, f"broke off: {error.strerror or error}") from error
        if not news:
            raise _failed(proxy, "closed the connection without an answer")
        message, received = b"", received + news
        if len(received) > _MAX_BYTES:
            raise _failed(proxy, f"sent more than {_MAX_BYTES} bytes as its answer")
    status = _STATUS.match(received)
    if status is None:
        raise _failed(proxy, f"did not answer as HTTP does: {quote(received)}")
    if not status[1].startswith(b"2"):
        line = received.partition(b"\n")[0].rstrip()
        code = b"wrong password" if status[1] == b"407" and proxy.credentials is not None else status[1]
        raise _failed(proxy, f"refused: {quote(line)}", _HINTS.get(code))
    if received[end.end() :]:
        raise _failed(proxy, "sent bytes before TLS, which an attacker may have inserted")


def _failed(proxy: Proxy, what: str, hint: str | None = None) -> ConnectError:
    return ConnectError(f"was not reached, because the proxy {proxy} {what}", hint=hint)
