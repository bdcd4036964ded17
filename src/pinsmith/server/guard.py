"""
Checks of every request before it reaches a page: the name that it was sent to, and the site that it comes from.

A web page that somebody visits on this machine can send requests to the loopback, and by DNS rebinding can even read
the answers. So the Host header must be a name of this service, and a request that changes or dials anything must come
from its own pages. Programs such as curl send neither Origin nor Sec-Fetch-Site, and no browser lets a page leave both
out of a request that is not a plain GET.

Source:
    https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site and RFC 6454
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from starlette.datastructures import Headers, MutableHeaders

from pinsmith.server.answering import refused_at
from pinsmith.server.endpoint import RefusedError

if TYPE_CHECKING:
    from collections.abc import Collection

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEALTH: Final = "/healthz"
_SAFE: Final = frozenset({"GET", "HEAD"})
_OWN_SITES: Final = frozenset({"same-origin", "none"})
_LOOPBACK_NAMES: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})

# No inline script and nothing from elsewhere, so that a text that slipped through unescaped cannot act.
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # With "no-referrer", browsers send "Origin: null" with the service's own forms, which the guard then refuses.
    # Source: https://fetch.spec.whatwg.org/#append-a-request-origin-header
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


class Guard:
    """What every request passes before it reaches a page; only reports of apps go past it, see `Entrance`."""

    def __init__(self, app: ASGIApp, *, names: Collection[str]) -> None:
        """
        Wrap *app*.

        Args:
            app: What answers requests that pass.

            names: Names and addresses of this service as browsers write them in Host, without a port. The loopback
                belongs to them only if the service listens there.
        """
        self._app = app
        self._names = frozenset(name.lower() for name in names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        refusal = self._refusal(scope)
        answer = self._app if refusal is None else refused_at(scope["path"], RefusedError(403, "refused", refusal))

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await answer(scope, receive, with_headers)

    def _refusal(self, scope: Scope) -> str | None:
        """Say why the request is refused; None if it is not."""
        headers = Headers(scope=scope)
        # A check whether the service is alive may use any name that leads here.
        if scope["path"] == HEALTH:
            return None
        if len(headers.getlist("host")) != 1 or _name(headers["host"]) not in self._names:
            return "this service has another name: add the name to `names` in its settings"
        if scope["method"] in _SAFE:
            return None
        site, origin = headers.get("sec-fetch-site"), headers.get("origin")
        if site is not None and site not in _OWN_SITES:
            return "the request comes from another site"
        if origin is not None and origin.lower().partition("://")[2] != headers["host"].lower():
            return "the request comes from another site"
        return None


def names_of(address: str, configured: Collection[str]) -> frozenset[str]:
    """
    Return the names of a service.

    Args:
        address: The numeric address that it listens at.

        configured: Those of the settings.
    """
    own = f"[{address}]" if ":" in address else address
    loopback = _LOOPBACK_NAMES if own in _LOOPBACK_NAMES or own.startswith("127.") else frozenset[str]()
    return frozenset({own, *loopback, *configured})


def _name(host: str) -> str:
    """Return a Host header without its port."""
    return (host[: host.index("]") + 1] if host.startswith("[") and "]" in host else host.partition(":")[0]).lower()
