"""
niquests: sessions that pass on the context and never change to QUIC.

HTTP/3 runs over a TLS stack of its own that knows no pins, and one ``Alt-Svc`` header is enough to change to it. So
session and adapter switch HTTP/3 off, and another TLS back end cannot be chosen. Where rtls or utls is installed,
niquests prefers it to `ssl`, and exchanges every context for one of that library. Then nothing is pinned, so sessions
and adapters are refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pinsmith.clients._needs import Pins, context_of, needs, require_plain_options
from pinsmith.errors import UnsafeContextError

with needs("niquests"):
    import niquests
    import niquests.adapters

    # An alias that niquests makes when it is imported.
    from niquests.packages.urllib3 import AsyncHTTPSConnectionPool, HTTPSConnectionPool  # type: ignore[import-not-found]

if TYPE_CHECKING:
    from pinsmith.tls.context import PinnedSSLContext

__all__ = ["Adapter", "AsyncAdapter", "AsyncSession", "Session"]

# The settings that a session passes to its adapters, under the same name.
_ADAPTER_OPTIONS = (
    "allow_incoming_cookies",
    "disable_http1",
    "disable_http2",
    "disable_ipv4",
    "disable_ipv6",
    "happy_eyeballs",
    "keepalive_delay",
    "keepalive_idle_window",
    "pool_connections",
    "pool_maxsize",
    "revocation_configuration",
    "source_address",
)


class _Pinned:
    """The part that the blocking and the asyncio adapter share."""

    def __init__(self, pins: Pins, **options: Any) -> None:
        _refuse_other_stacks(options)
        self._pins = context_of(pins)
        _require_taken(self._pins)
        super().__init__(**{**options, "disable_http3": True})

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*args, **{**options, "ssl_context": self._pins})  # type: ignore[misc]

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        """Make the pools of one proxy; it never speaks HTTP/3."""
        options["ssl_context"] = self._pins
        if not proxy.lower().startswith("socks"):
            options["proxy_ssl_context"] = self._pins
        return super().proxy_manager_for(proxy, **options)  # type: ignore[misc]

    def __getstate__(self) -> NoReturn:
        """Refuse to be copied or pickled."""
        raise _no_copy("adapter")

    def cert_verify(self, conn: Any, _url: str, verify: Any, cert: Any) -> Any:
        """Leave trust to the context; the base class would add the system's certificates to it."""
        require_plain_options(verify, cert)
        conn.cert_reqs, conn.ca_certs, conn.ca_cert_dir, conn.ca_cert_data = "CERT_REQUIRED", None, None, None


class Adapter(_Pinned, niquests.adapters.HTTPAdapter):
    """
    A transport adapter whose connections are pinned and never use QUIC.

    Args:
        pins: A policy or a pinned context.

        options: As in `niquests.adapters.HTTPAdapter`.

    Raises:
        UnsafeContextError: if another TLS back end or HTTP/3 is asked for; on sending, if a request has ``verify=`` or
            ``cert=``.
    """


class AsyncAdapter(_Pinned, niquests.adapters.AsyncHTTPAdapter):
    """`Adapter` for the asyncio session."""


class _PinnedSession:
    """The part that the blocking and the asyncio session share."""

    _adapter: Any
    _replaced: Any

    def __init__(self, pins: Pins, **options: Any) -> None:
        _refuse_other_stacks(options)
        self._pins = context_of(pins)
        self._options = {name: options[name] for name in _ADAPTER_OPTIONS if name in options}
        self._options["max_retries"] = options.get("retries", 0)
        super().__init__(**{**options, "disable_http3": True})

    def mount(self, prefix: str, adapter: Any) -> None:
        """
        Register an adapter.

        niquests itself mounts its adapter for ``https://`` on construction, and again when a closed session is used
        once more. A pinned adapter takes its place every time.

        Raises:
            UnsafeContextError: if an adapter for HTTPS is not pinned.
        """
        if prefix.lower().startswith("https:") and not isinstance(adapter, self._adapter):
            if type(adapter) is not self._replaced:
                raise UnsafeContextError(
                    f"the adapter {type(adapter).__name__} for {prefix!r} would not be pinned",
                    hint="mount an adapter of pinsmith.clients.niquests",
                )
            adapter = self._adapter(self._pins, resolver=self.resolver, **self._options)  # type: ignore[attr-defined]
        super().mount(prefix, adapter)  # type: ignore[misc]

    def __getstate__(self) -> NoReturn:
        """Refuse to be copied or pickled: niquests makes the adapters of the copy anew, and they would have no pins."""
        raise _no_copy("session")

    def merge_environment_settings(self, url: Any, proxies: Any, stream: Any, verify: Any, cert: Any) -> Any:
        """Take proxies from the environment, but no trust anchors."""
        settings = super().merge_environment_settings(url, proxies, stream, verify, cert)  # type: ignore[misc]
        settings["verify"] = self.verify if verify is None else verify  # type: ignore[attr-defined]
        return settings


class Session(_PinnedSession, niquests.Session):
    """
    A `niquests.Session` that is pinned and never uses QUIC.

    Args:
        pins: A policy or a pinned context.

        options: As in `niquests.Session`.

    Raises:
        UnsafeContextError: if another TLS back end or HTTP/3 is asked for; on sending, if a request has ``verify=`` or
            ``cert=``.
    """

    _adapter = Adapter
    _replaced = niquests.adapters.HTTPAdapter


class AsyncSession(_PinnedSession, niquests.AsyncSession):
    """`Session` for asyncio."""

    _adapter = AsyncAdapter
    _replaced = niquests.adapters.AsyncHTTPAdapter


def _no_copy(what: str) -> TypeError:
    return TypeError(
        f"a pinned {what} cannot be copied or pickled, because its SSL context cannot: make a new one from the policy"
    )


def _require_taken(pins: PinnedSSLContext) -> None:
    """Raise if niquests would exchange the context for one of another TLS library; nothing is contacted."""
    for pool in (HTTPSConnectionPool, AsyncHTTPSConnectionPool):
        connection: Any = pool.ConnectionCls("localhost", ssl_context=pins)  # raises if it is known to do that
        if connection.ssl_context is not pins:
            raise UnsafeContextError("niquests exchanges the pinned context for another, which checks no pins")


def _refuse_other_stacks(options: dict[str, Any]) -> None:
    named = [name for name in ("tls_configuration", "quic_cache_layer") if options.get(name) is not None]
    if options.get("disable_http3") is False:
        named.append("disable_http3=False")
    if named:
        raise UnsafeContextError(
            f"{', '.join(named)} would bring in a TLS stack that does not check pins",
            hint="leave it out; set versions and ciphers on the PinnedSSLContext",
        )
