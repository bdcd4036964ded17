"""
urllib3: pools that do not try again after a pin failure.

``urllib3.PoolManager(ssl_context=context)`` enforces pins too, but by default shakes hands with the rogue server four
times.
"""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from pinsmith.clients._needs import Pins, context_of, needs, refused
from pinsmith.errors import UnsafeContextError

with needs("urllib3"):
    import urllib3
    from urllib3.exceptions import MaxRetryError
    from urllib3.util import Retry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from urllib3 import BaseHTTPResponse

__all__ = ["PoolManager", "ProxyManager", "unless_refused"]

Retries = Retry | bool | int | None


def unless_refused(retries: Retries) -> Retry:
    """Return a policy that does as *retries* says, but never retries a connection that pinsmith refused."""
    policy = Retry.from_int(retries)
    if isinstance(policy, _UnlessRefused):
        return policy
    aware = copy.copy(policy)
    aware.__class__ = type(type(policy).__name__, (_UnlessRefused, type(policy)), {})
    return aware


class _UnlessRefused(Retry):
    def increment(
        self,
        method: str | None = None,
        url: str | None = None,
        response: BaseHTTPResponse | None = None,
        error: Exception | None = None,
        _pool: Any = None,
        _stacktrace: Any = None,
    ) -> Any:
        if error is not None and self.total is not False and refused(error):
            raise MaxRetryError(_pool, url or "", error) from error
        return super().increment(method, url, response, error, _pool, _stacktrace)


class PoolManager(urllib3.PoolManager):
    """
    A `urllib3.PoolManager` whose HTTPS connections are pinned.

    Args:
        pins: A policy or a pinned context.

        num_pools, headers: As in urllib3.

        retries: As in urllib3, also per request; a pin failure is never retried.

        options: As in urllib3.
    """

    def __init__(
        self,
        pins: Pins,
        num_pools: int = 10,
        headers: Mapping[str, str] | None = None,
        *,
        retries: Retries = None,
        **options: Any,
    ) -> None:
        super().__init__(num_pools, headers, ssl_context=context_of(pins), retries=unless_refused(retries), **options)

    def urlopen(self, method: str, url: str, redirect: bool = True, **options: Any) -> Any:  # type: ignore[override]  # noqa: FBT001, FBT002 - as in urllib3
        """Send a request, as `urllib3.PoolManager.urlopen`."""
        return super().urlopen(method, url, redirect, **_retries_made_aware(options))


class ProxyManager(urllib3.ProxyManager):
    """
    A `urllib3.ProxyManager` that pins the proxy (if it speaks TLS) and the servers behind it.

    Args:
        pins: A policy or a pinned context.

        proxy_url, num_pools, headers: As in urllib3.

        retries: As in urllib3, also per request; a pin failure is never retried.

        options: As in urllib3.

    Raises:
        UnsafeContextError: if ``use_forwarding_for_https`` is given, which leaves the server's TLS to the proxy.
    """

    def __init__(
        self,
        pins: Pins,
        proxy_url: str,
        num_pools: int = 10,
        headers: Mapping[str, str] | None = None,
        *,
        retries: Retries = None,
        **options: Any,
    ) -> None:
        if options.get("use_forwarding_for_https"):
            raise UnsafeContextError(
                "use_forwarding_for_https leaves the server's TLS to the proxy, so the server's pins are never seen",
                hint="leave it out: the proxy then tunnels",
            )
        context = context_of(pins)
        super().__init__(
            proxy_url,
            num_pools,
            headers,
            proxy_ssl_context=context,
            ssl_context=context,
            retries=unless_refused(retries),
            **options,
        )

    def urlopen(self, method: str, url: str, redirect: bool = True, **options: Any) -> Any:  # type: ignore[override]  # noqa: FBT001, FBT002 - as in urllib3
        """Send a request, as `urllib3.ProxyManager.urlopen`."""
        return super().urlopen(method, url, redirect, **_retries_made_aware(options))


def _retries_made_aware(options: dict[str, Any]) -> dict[str, Any]:
    given = options.get("retries")
    return options if given is None else {**options, "retries": unless_refused(given)}
