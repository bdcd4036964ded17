"""One way to send a request over TLS; the matrix combines these ways with cases."""

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
SECONDS = 20  # until a client gives up, which does not happen


@dataclass(frozen=True)
class Errand:
    """
    The task of a client: send a secret to a host, with pins.

    Attributes:
        context: The pinned context.
        policy: The policy of the context, for clients that take no context.
        cafile: A PEM file with the trust anchors of the context, for the same clients.
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
        """The URL of the request."""
        return f"https://{self.host}:{self.port}/secret"

    @property
    def proxy_url(self) -> str | None:
        """The URL of the proxy."""
        if self.proxy is None:
            return None
        return f"{'https' if self.proxy_has_tls else 'http'}://{self.proxy[0]}:{self.proxy[1]}"

    @property
    def next_hop(self) -> tuple[str, int]:
        """The address to connect to first."""
        return self.proxy or (self.host, self.port)

    @property
    def proxy_context(self) -> PinnedSSLContext | None:
        """The context for the connection to the proxy, if that uses TLS."""
        return self.context if self.proxy_has_tls else None

    @property
    def connect(self) -> bytes:
        """The CONNECT request for the proxy."""
        return f"CONNECT {self.host}:{self.port} HTTP/1.1\r\nHost: {self.host}:{self.port}\r\n\r\n".encode("ascii")


@dataclass(frozen=True)
class Way:
    """
    One client, called in one way.

    Attributes:
        id: The client's id in `pinsmith.clients`, followed by what is special.
        ask: Runs the errand and returns the answer, or raises what the client raises.
        routes: The routes that the client supports.
        alpn: The protocol that is negotiated.
        tries: How often it connects to a server that it refuses.
        speak: The server's side of the conversation.
        no_tickets: Whether the server sends no session tickets. A client that reads in one thread and writes in another
            is woken by them, and then blocks in a read while the other thread writes. Connections of OpenSSL, and of
            Python before 3.13, do not support two threads at once. https://github.com/python/cpython/issues/124984
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
