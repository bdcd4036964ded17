"""nats-py's client, connected to one server, and its faults in words that name what to do."""

from __future__ import annotations

import asyncio
import ssl
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from pinsmith.errors.dispatch import QueueError
from pinsmith.errors.usage import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinsmith.dispatch.nats_address import NatsAddress

_SECONDS: Final = 5.0
_CLOSE_SECONDS: Final = 1.0
_OLDEST: Final = (2, 12)
_KEPT_ERRORS: Final = 5
_NO_GREETING: Final = "expecting INFO"  # it was sent before TLS, where pinsmith does not read it
_REFUSED_LOGIN: Final = ("authorization", "authentication", "user")


def fault(address: NatsAddress, why: str, hint: str) -> QueueError:
    """Describe why the servers cannot be used."""
    return QueueError(f"{address} cannot be used: {why}", path=str(address), hint=hint)


def context_of(address: NatsAddress) -> ssl.SSLContext | None:
    """
    Return how servers are verified; None without TLS.

    Raises:
        UsageError: If the file of authorities cannot be used, or nats-py is missing.
    """
    library()
    if not address.tls:
        return None
    try:
        return ssl.create_default_context(cafile=address.cafile)
    except (OSError, ValueError) as error:
        hint = "name a file of certificates in PEM with ?cafile=FILE"
        raise UsageError(f"{address.cafile} cannot be used as a list of authorities", hint=hint) from error


async def connect(
    address: NatsAddress, server: tuple[str, int], context: ssl.SSLContext | None, refuse: Callable[[str], None]
) -> tuple[Any, asyncio.Future[None]]:
    """
    Connect to one server.

    Args:
        address: The login.

        server: Host and port.

        context: Of `context_of`.

        refuse: Called with each error that the server sends later.

    Returns:
        The client, and a future that is done when the connection was lost.

    Raises:
        QueueError: If the server cannot be used.
    """
    lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    errors: list[Exception] = []

    async def failed(error: Exception) -> None:
        errors.append(error)
        del errors[:-_KEPT_ERRORS]
        refuse(str(error))

    async def ended() -> None:
        if not lost.done():
            lost.set_result(None)

    client = library().aio.client.Client()
    host = f"[{server[0]}]" if ":" in server[0] else server[0]
    try:
        async with asyncio.timeout(2 * _SECONDS):
            await client.connect(
                servers=[f"{'tls' if context else 'nats'}://{host}:{server[1]}"],
                error_cb=failed,
                disconnected_cb=ended,
                closed_cb=ended,
                name="pinsmith",
                # By itself it would also use servers that a server names, and without TLS after one on the loopback.
                allow_reconnect=False,
                max_reconnect_attempts=1,
                reconnect_time_wait=0,
                connect_timeout=_SECONDS,
                inbox_prefix=address.inbox,
                **_login(address, context),
            )
    except Exception as error:  # noqa: BLE001 - those of nats-py, of nkeys and of the file of credentials
        await end(client)
        raise fault(address, *explained(*errors, error)) from None
    version = client.connected_server_version
    if (version.major, version.minor) < _OLDEST:
        await end(client)
        raise fault(address, f"NATS {version.major}.{version.minor} is too old", "install NATS 2.12 or later")
    return client, lost


def _login(address: NatsAddress, context: ssl.SSLContext | None) -> dict[str, Any]:
    options: dict[str, Any] = {}
    if address.user:
        options |= {"user": address.user, "password": address.password}
    if address.creds is not None:
        options["user_credentials"] = str(address.creds)
    if address.nkey is not None:
        options["nkeys_seed"] = str(address.nkey)
    if context is not None:
        # Without this, a password is sent in the clear if somebody on the way removes the server's offer of TLS.
        options |= {"tls": context, "tls_handshake_first": True}
    return options


async def end(client: Any) -> None:  # noqa: ANN401 - nats-py is optional
    """Disconnect, also from a server that does not answer any more."""
    with suppress(library().errors.Error, OSError, TimeoutError):
        async with asyncio.timeout(_CLOSE_SECONDS):
            await client.close()


def explained(*causes: Exception) -> tuple[str, str]:
    """
    Say why a server cannot be used, and what to do. Texts of nats-py are not repeated.

    Args:
        causes: The errors of one attempt. A connection that ends may hide the reason, so the one that says most counts.
    """
    errors = library().errors
    for error in causes:
        if isinstance(error, ssl.SSLCertVerificationError):
            hint = "name the authority that has issued it: ?cafile=FILE, and the host as the certificate does"
            return f"the certificate of the server is not trusted: {error.verify_message}", hint
        if isinstance(error, ssl.SSLError) or _NO_GREETING in str(error):
            return "the server does not begin with TLS", "set handshake_first in the tls block of its configuration"
        if isinstance(error, errors.Error) and any(word in str(error).lower() for word in _REFUSED_LOGIN):
            return "the server refuses the login", "correct the user, the password or the file of credentials"
    if any(isinstance(error, OSError | TimeoutError | errors.NoServersError) for error in causes):
        return "the server cannot be reached, or does not answer", "start the server, or correct the address"
    return f"the client fails ({type(causes[-1]).__name__})", "see whether the file of credentials is one of NATS"


def library() -> Any:  # noqa: ANN401 - nats-py is optional
    """
    Return nats-py.

    Raises:
        UsageError: If it is not installed.
    """
    try:
        import nats
        import nats.aio.client
        import nats.errors
    except ImportError as error:
        raise UsageError(f"NATS needs {error.name}", hint="pip install 'pinsmith[nats]'") from error
    return nats
