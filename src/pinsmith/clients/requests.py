"""
requests: a session and an adapter that set the context in both places where requests makes connections.

requests has no parameter for a context, and does not make connections through proxies in the same place as direct ones.
"""

from __future__ import annotations

from typing import Any, NoReturn

from pinsmith.clients._needs import Pins, context_of, needs, require_plain_options
from pinsmith.clients.urllib3 import unless_refused
from pinsmith.errors import UnsafeContextError

with needs("requests"):
    import requests
    import requests.adapters

__all__ = ["Adapter", "Session"]


class Adapter(requests.adapters.HTTPAdapter):
    """
    A transport adapter whose connections are pinned, direct or through a proxy.

    Mount it for ``https://``, not for one host, because a prefix is compared as text. ``https://api.example.com`` also
    matches ``https://api.example.com.attacker.test``, but not ``https://API.example.com:443``.

    ``verify=False``, a bundle (also from ``REQUESTS_CA_BUNDLE``) and ``cert=`` are refused before a connection is made.
    The certificates of certifi are not added to the context.

    Args:
        pins: A policy or a pinned context.

        options: As in `requests.adapters.HTTPAdapter`; pin failures are never retried.

    Raises:
        UnsafeContextError: on sending, if a request has one of the options above.
    """

    def __init__(self, pins: Pins, **options: Any) -> None:
        self._context = context_of(pins)
        super().__init__(**options)
        self.max_retries = unless_refused(self.max_retries)

    def __reduce__(self) -> NoReturn:
        """Refuse: a context cannot be pickled, and an adapter must not come back without one."""
        raise TypeError("a pinned adapter cannot be pickled, because its SSL context cannot: make a new one")

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **{**options, "ssl_context": self._context})

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools of one proxy."""
        options["ssl_context"] = self._context
        if not proxy.lower().startswith("socks"):
            options["proxy_ssl_context"] = self._context
        return super().proxy_manager_for(proxy, **options)

    def cert_verify(self, conn: Any, _url: str, verify: Any, cert: Any) -> None:
        """
        Leave trust to the pinned context; the base class would add certifi's certificates to it.

        requests 2.32.0 to 2.32.2 give each pool a context of their own, which takes precedence over the one from
        `init_poolmanager`. So the pinned context is set on the pool of each request, before it makes a connection.

        Source: https://github.com/psf/requests/issues/6715
        """
        require_plain_options(verify, cert)
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir = "CERT_REQUIRED", None, None
        if conn.scheme == "https":
            conn.conn_kw["ssl_context"] = self._context


class Session(requests.Session):
    """
    A `requests.Session` with an `Adapter` for every HTTPS address.

    Trust anchors named by ``REQUESTS_CA_BUNDLE`` and ``CURL_CA_BUNDLE`` are ignored: the context has its own.

    Args:
        pins: A policy or a pinned context.

        adapter_options: As in `requests.adapters.HTTPAdapter`.
    """

    def __init__(self, pins: Pins, **adapter_options: Any) -> None:
        super().__init__()
        self.mount("https://", Adapter(pins, **adapter_options))

    def mount(self, prefix: Any, adapter: Any) -> None:
        """
        Register an adapter.

        Raises:
            UnsafeContextError: if an adapter for HTTPS is not pinned.
        """
        is_made = "https://" in self.adapters  # requests itself mounts its own adapter first
        if is_made and prefix.lower().startswith("https:") and not isinstance(adapter, Adapter):
            raise UnsafeContextError(
                f"the adapter {type(adapter).__name__} for {prefix!r} would not be pinned",
                hint="mount an adapter of pinsmith.clients.requests",
            )
        super().mount(prefix, adapter)

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Take proxies from the environment, but no trust anchors."""
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)
        settings["verify"] = self.verify if verify is None else verify
        return settings
