"""
botocore and boto3, which have no parameter for a context.

The public event ``before-send`` lets a handler answer a request in place of botocore. Ours answers with botocore's own
HTTP session, made anew with the pinned context; two of that session's private methods are overridden for it.

Source: botocore's ``httpsession.py`` and ``endpoint.py``
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn

from pinsmith.clients._needs import Pins, context_of, needs, require_plain_options
from pinsmith.errors import UnsafeContextError

with needs("botocore"):
    from botocore.httpsession import URLLib3Session
    from botocore.utils import get_environ_proxies

if TYPE_CHECKING:
    from pinsmith.tls.context import PinnedSSLContext

__all__ = ["pin_client", "pin_session"]

_HOOKS = ("_get_connection_manager", "_get_ssl_context", "_setup_proxy_ssl_context", "_setup_ssl_cert")


def pin_client(client: Any, pins: Pins) -> None:
    """
    Send every request of *client* over pinned connections from now on.

    Time-outs, proxies and pool sizes stay as in the client's configuration. ``verify=`` has no effect any more. A
    client certificate belongs on the context. Transfers of boto3 by awscrt are refused, because awscrt has a TLS stack
    of its own.

    Args:
        client: A client of botocore or boto3.

        pins: A policy or a pinned context.

    Raises:
        UnsafeContextError: if the client's configuration would go around the pins, or botocore is too new for this
            helper.
    """
    config = client.meta.config
    require_plain_options(verify=True, cert=config.client_cert)
    settings = config.proxies_config or {}
    if settings:
        raise UnsafeContextError(
            f"proxies_config ({', '.join(sorted(settings))}) cannot be combined with pins, "
            "because every connection must use the pinned context",
            hint="leave it out; load what the proxy needs into the PinnedSSLContext",
        )
    proxies = config.proxies
    session = _PinnedHTTPSession(
        context_of(pins),
        proxies=get_environ_proxies(client.meta.endpoint_url) if proxies is None else proxies,
        timeout=(config.connect_timeout, config.read_timeout),
        max_pool_connections=config.max_pool_connections,
    )
    client.meta.events.register("before-send", lambda request, **_: session.send(request))
    close = client.close

    def close_both() -> None:
        session.close()
        close()

    client.close = close_both
    client._get_credentials = _refuse_awscrt


def pin_session(session: Any, pins: Pins) -> None:
    """
    Pin every client that *session* makes from now on, those for credentials (STS, SSO) included.

    Args:
        session: A `botocore.session.Session`. For boto3 make one first: ``boto3.Session(botocore_session=session)``.

        pins: A policy or a pinned context.
    """
    context = context_of(pins)

    class Pinned:
        def __init__(self, *args: Any, **options: Any) -> None:
            super().__init__(*args, **options)
            pin_client(self, context)

    session.register("creating-client-class", lambda base_classes, **_: base_classes.insert(0, Pinned))


class _PinnedHTTPSession(URLLib3Session):  # type: ignore[misc]
    def __init__(self, context: PinnedSSLContext, **options: Any) -> None:
        missing = [name for name in _HOOKS if not hasattr(URLLib3Session, name)]
        if missing:
            raise _unknown(f"has no {', '.join(missing)}")
        self._pins = context
        super().__init__(**options)

    def _get_ssl_context(self) -> PinnedSSLContext:
        return self._pins

    def _setup_proxy_ssl_context(self, _proxy_url: str) -> PinnedSSLContext:
        return self._pins

    def _setup_ssl_cert(self, conn: Any, _url: str, _verify: Any) -> None:
        # The base would add certifi's certificates to the context, or switch verification off.
        conn.cert_reqs, conn.ca_certs = "CERT_REQUIRED", None

    def _get_connection_manager(self, url: str, proxy_url: str | None = None) -> Any:
        manager = super()._get_connection_manager(url, proxy_url)
        used = [manager.connection_pool_kw.get("ssl_context")]
        if proxy_url:
            used.append(manager.proxy_config.ssl_context)
        if any(context is not self._pins for context in used):
            raise _unknown("takes its TLS context from elsewhere")
        return manager


def _refuse_awscrt() -> NoReturn:
    """
    Refuse to give credentials to awscrt; boto3 asks a client for them before it uses awscrt.

    boto3 gives transfers of S3 to awscrt on machines that awscrt is optimized for, and with
    ``TransferConfig(preferred_transfer_client="crt")``. They would bypass the client and use awscrt's own TLS stack.

    Source: boto3's ``crt.py`` and ``s3/transfer.py``
    """
    raise UnsafeContextError(
        "boto3 would make this transfer with awscrt, whose own TLS stack does not check pins",
        hint='pass Config=TransferConfig(preferred_transfer_client="classic"), or set BOTO_DISABLE_CRT=true',
    )


def _unknown(what: str) -> UnsafeContextError:
    from importlib.metadata import version

    return UnsafeContextError(
        f"botocore {version('botocore')} {what}, so pins cannot be enforced",
        hint="this version of botocore is newer than this helper: upgrade pinsmith or use pinsmith.inject(policy)",
    )
