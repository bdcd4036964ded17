"""The table of clients, which docs/clients.md shows and the tests use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from pinsmith._closest import closest
from pinsmith.errors import UnsafeContextError


@dataclass(frozen=True, slots=True)
class Client:
    """
    One way to make TLS connections from Python.

    Attributes:
        id: Its name in `require_supported`, in docs and in tests.
        library: The package to install; ``Python`` for the standard library.
        use: Code that pins it; empty if nothing does. ``context`` is a `pinsmith.PinnedSSLContext`.
        helper: The module of `pinsmith.clients` that *use* needs, if any.
        oldest: The oldest release of the library that the helper works with; tests run with it. Empty without a helper.
        error:
            The exception that the caller gets when pins do not match; `pinsmith.errors.find` returns the
            `PinMismatchError` in it.

        notes: Remarks for users.
        instead: What to do where the client cannot be pinned.
    """

    id: str
    library: str
    use: str = ""
    helper: str | None = None
    oldest: str = ""
    error: str = "PinMismatchError"
    notes: str = ""
    instead: str = ""

    @property
    def supported(self) -> bool:
        """Whether its connections can be pinned."""
        return not self.instead


CLIENTS: Final[tuple[Client, ...]] = (
    Client("ssl", "Python", "context.wrap_socket(sock, server_hostname=host)", notes="Blocking and non-blocking."),
    Client(
        "asyncio", "Python", "asyncio.open_connection(host, port, ssl=context)", notes="StreamWriter.start_tls too."
    ),
    Client("http-client", "Python", "http.client.HTTPSConnection(host, context=context)"),
    Client("urllib", "Python", "urllib.request.urlopen(url, context=context)", error="URLError"),
    Client("smtplib", "Python", "smtplib.SMTP_SSL(host, context=context)", notes="starttls(context=context) too."),
    Client("imaplib", "Python", "imaplib.IMAP4_SSL(host, ssl_context=context)", notes="starttls(context) too."),
    Client("poplib", "Python", "poplib.POP3_SSL(host, context=context)", notes="stls(context) too."),
    Client(
        "ftplib",
        "Python",
        "ftplib.FTP_TLS(host, context=context)",
        notes="Call prot_p(): data channels are then pinned.",
    ),
    Client("uvloop", "uvloop", "asyncio.open_connection(host, port, ssl=context)"),
    Client("trio", "trio", "trio.SSLStream(stream, context, server_hostname=host)", error="trio.BrokenResourceError"),
    Client("anyio", "anyio", "anyio.connect_tcp(host, port, tls=True, ssl_context=context)", notes="On trio too."),
    Client(
        "urllib3",
        "urllib3",
        "pinsmith.clients.urllib3.PoolManager(policy)",
        helper="urllib3",
        oldest="1.26.0",
        error="MaxRetryError",
        notes="PoolManager(ssl_context=context) is pinned as well, but tries a rogue server four times.",
    ),
    Client(
        "requests",
        "requests",
        "pinsmith.clients.requests.Session(policy)",
        helper="requests",
        oldest="2.28.0",
        error="requests.exceptions.SSLError",
        notes="verify=, cert= and adapters without pins are refused. Retries: Session(policy, max_retries=3).",
    ),
    Client(
        "httpx",
        "httpx",
        "httpx.Client(verify=context)",
        error="httpx.ConnectError",
        notes=(
            "A transport takes the context itself: HTTPTransport(verify=context). "
            "An HTTPS proxy is pinned only by proxy=httpx.Proxy(url, ssl_context=context)."
        ),
    ),
    Client(
        "httpx2",
        "httpx2",
        "httpx2.Client(verify=context)",
        error="httpx2.ConnectError",
        notes=(
            "A transport takes the context itself: HTTPTransport(verify=context). "
            "An HTTPS proxy is pinned only by proxy=httpx2.Proxy(url, ssl_context=context)."
        ),
    ),
    Client(
        "aiohttp",
        "aiohttp",
        "aiohttp.ClientSession(connector=pinsmith.clients.aiohttp.Connector(policy))",
        helper="aiohttp",
        oldest="3.10.0",
        error="ClientConnectorCertificateError",
        notes=(
            "ssl=False and other values of ssl= for a single request are refused. aiohttp.TCPConnector(ssl=context) is "
            "pinned too, but there a request with ssl=False is neither pinned nor verified."
        ),
    ),
    Client(
        "websockets",
        "websockets",
        "websockets.connect(uri, ssl=context)",
        notes="websockets.sync too. An HTTPS proxy is pinned only by proxy_ssl=context.",
    ),
    Client(
        "niquests",
        "niquests",
        "pinsmith.clients.niquests.Session(policy)",
        helper="niquests",
        oldest="3.15.0",
        error="niquests.exceptions.SSLError",
        notes=(
            "AsyncSession too. HTTP/3 is off: QUIC has a TLS stack of its own. Where rtls or utls is installed, "
            "niquests uses it in place of ssl, and sessions are refused: set URLLIB3_FUTURE_SSL_BACKEND=ssl."
        ),
    ),
    Client(
        "redis",
        "redis",
        "redis.ConnectionPool(connection_class=pinsmith.clients.redis.SSLConnection, pins=context, host=host)",
        helper="redis",
        oldest="5.0.0",
        error="redis.exceptions.ConnectionError",
        notes="AsyncSSLConnection for redis.asyncio.",
    ),
    Client(
        "asyncpg",
        "asyncpg",
        "asyncpg.connect(host=host, ssl=context)",
        notes="With a context, asyncpg never falls back to a connection without TLS.",
    ),
    Client(
        "pymysql",
        "PyMySQL",
        "pymysql.connect(host=host, ssl=context)",
        error="pymysql.err.OperationalError",
        notes=(
            "It needs PyMySQL 1.2 or newer. "
            "Older versions log in without TLS if an attacker removes the server's offer of TLS."
        ),
    ),
    Client(
        "aiomysql",
        "aiomysql",
        "pinsmith.clients.aiomysql.connect(context, host=host)",
        helper="aiomysql",
        oldest="0.2.0",
        error="pymysql.err.OperationalError",
        notes=(
            "Not aiomysql.connect and not its pool: they log in without TLS if an attacker removes "
            "the server's offer of TLS."
        ),
    ),
    Client("paho-mqtt", "paho-mqtt", "client.tls_set_context(context)"),
    Client("aio-pika", "aio-pika", "aio_pika.connect(url, ssl_context=context)", error="AMQPConnectionError"),
    Client(
        "botocore",
        "botocore",
        "pinsmith.clients.botocore.pin_session(session, policy)",
        helper="botocore",
        oldest="1.34.0",
        error="botocore.exceptions.SSLError",
        notes=(
            "boto3 too; pin_client for one client. proxies_config and client_cert are refused, and so are transfers by "
            "awscrt, which boto3 chooses on some machines. botocore tries a rogue server up to five times."
        ),
    ),
    Client(
        "pyopenssl",
        "pyOpenSSL",
        "pinsmith.clients.pyopenssl.Connection(pinsmith.clients.pyopenssl.Context(policy), host, sock)",
        helper="pyopenssl",
        oldest="26.2.0",
        notes='The helper checks the host name, which pyOpenSSL does not. Hosts with trust = "pins-only" are refused.',
    ),
    Client(
        "twisted",
        "twisted[tls]",
        "Agent(reactor, contextFactory=pinsmith.clients.twisted.PolicyForHTTPS(policy))",
        helper="twisted",
        oldest="22.10.0",
        error="ResponseNeverReceived",
        notes='ClientOptions for other protocols. Hosts with trust = "pins-only" are refused.',
    ),
    Client(
        "pycurl",
        "pycurl",
        notes="libcurl compares the leaf's key only, never an intermediate's or a root's.",
        instead='pin leaf keys, with a backup: curl.setopt(pycurl.PINNEDPUBLICKEY, "sha256//...;sha256//...")',
    ),
    Client(
        "grpc",
        "grpcio",
        notes="gRPC's TLS is compiled in and has no hook for Python.",
        instead=(
            "trust only your own anchor: grpc.ssl_channel_credentials(root_certificates=PEM of the pinned "
            "intermediate or leaf); certificates, not keys, so a renewal needs new PEM"
        ),
    ),
    Client(
        "psycopg",
        "psycopg",
        notes="libpq's TLS has no hook for Python.",
        instead="use asyncpg, or a private root alone: sslmode=verify-full sslrootcert=root.pem",
    ),
    Client(
        "quic",
        "aioquic, qh3",
        notes="HTTP/3 runs over TLS stacks that are not Python's ssl.",
        instead="switch HTTP/3 off; pinsmith.clients.niquests does",
    ),
)
_BY_ID: Final = {client.id: client for client in CLIENTS}


def find(client_id: str) -> Client:
    """
    Find a client by its id.

    Raises:
        UnsafeContextError: if there is none; the hint names the nearest id.
    """
    if (client := _BY_ID.get(client_id)) is not None:
        return client
    near = closest(client_id, _BY_ID)
    raise UnsafeContextError(
        f"{client_id!r} is not a client that pinsmith knows; known are {', '.join(_BY_ID)}",
        hint=f"did you mean {near}?" if near else None,
    )


def require_supported(client_id: str) -> Client:
    """
    Return the client, if its connections can be pinned.

    Programs that let users choose a transport call it, to refuse one that would silently connect without pins.

    Raises:
        UnsafeContextError: if they cannot be pinned, or this is not known; the hint says what to do instead.
    """
    client = find(client_id)
    if not client.supported:
        raise UnsafeContextError(
            f"{client.id} cannot be pinned from Python: {client.notes.rstrip('.')}",
            hint=client.instead,
        )
    return client
