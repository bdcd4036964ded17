"""One way to send a request over TLS: what the matrix is a product of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from pinsmith.lab.servers.site import any_http_speaker

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.lab.servers.speaker import Speaker
    from pinsmith.policy import Policy
    from pinsmith.tls.context import PinnedSSLContext

Route = Literal["direct", "http-proxy", "https-proxy"]
DIRECT: tuple[Route, ...] = ("direct",)
ANY_PROXY: tuple[Route, ...] = ("direct", "http-proxy", "https-proxy")
HTTP_PROXY: tuple[Route, ...] = ("direct", "http-proxy")
SECONDS = 20  # until a client gives up; never reached


@dataclass(frozen=True)
class Errand:
    """
    What a client is asked to do: send a secret to a host, with pins.

    Attributes:
        context: The pinned context.
        policy: Its policy, for clients that take no context.
        cafile: Its trust anchors, PEM, for the same.
        proxy: The proxy's address; None for a direct connection.
    """

    context: PinnedSSLContext
    policy: Policy
    cafile: str
    host: str
    port: int
    proxy: tuple[str, int] | None = None
    proxy_has_tls: bool = False

    @property
    def url(self) -> str:
        """What to ask for."""
        return f"https://{self.host}:{self.port}/secret"

    @property
    def proxy_url(self) -> str | None:
        """Where the proxy is."""
        if self.proxy is None:
            return None
        return f"{'https' if self.proxy_has_tls else 'http'}://{self.proxy[0]}:{self.proxy[1]}"

    @property
    def next_hop(self) -> tuple[str, int]:
        """Where to connect to."""
        return self.proxy or (self.host, self.port)

    @property
    def proxy_context(self) -> PinnedSSLContext | None:
        """The context for the connection to the proxy, if that is TLS."""
        return self.context if self.proxy_has_tls else None

    @property
    def connect(self) -> bytes:
        """What to send to the proxy."""
        return f"CONNECT {self.host}:{self.port} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode("ascii")


@dataclass(frozen=True)
class Way:
    """
    One client, called in one way.

    Attributes:
        id: The client's id in `pinsmith.clients`, then what is special.
        ask: Run the errand and return the answer; raises what the client raises.
        routes: What the client can go through.
        alpn: What is negotiated.
        tries: How often it connects to a server that it refuses.
        speak: What the server says.
        no_tickets: Whether the server sends no session tickets. A client that reads in one thread and writes in another
            is woken by them, and then blocks in a read while the other thread writes; OpenSSL's connections, and
            Python's before 3.13, are not made for two threads at once. https://github.com/python/cpython/issues/124984
    """

    id: str
    ask: Callable[[Errand], bytes]
    routes: tuple[Route, ...] = DIRECT
    alpn: str | None = None
    tries: int = 1
    speak: Speaker = any_http_speaker
    no_tickets: bool = False

    @property
    def client(self) -> str:
        """The id in `pinsmith.clients`."""
        return self.id.partition(":")[0]
