"""Where the NATS servers of a queue are, and how they recognise pinsmith."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn
from urllib.parse import parse_qsl, unquote

from pinsmith.errors import HostError, UsageError
from pinsmith.host import dialled_host, is_loopback
from pinsmith.store.password_file import find_password

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEMES: Final = ("nats", "tls")
_PARAMETERS: Final = ("cafile", "creds", "inbox", "nkey", "passfile", "replicas")
_FORM: Final = "tls://USER@HOST:PORT,HOST:PORT"
_ESCAPES: Final = "in a password, write %3F for ?, %23 for # and %40 for @"
_DEFAULT_PORT: Final = 4222
_MAX_PORT: Final = 65_535
_MAX_REPLICAS: Final = 5
_INBOX: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,3}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NatsAddress:
    """
    The servers of one cluster, and one login.

    Attributes:
        servers: Pairs of host and port. Any of them will do; servers that they name are not used.
        user: The name of the user; empty for none.
        password: The password of the user; empty for none.
        creds: A file with a JWT and its key, in place of user and password.
        nkey: A file with the seed of an NKey, in place of user and password.
        tls: Whether a connection begins with TLS, and the server's certificate and name are verified.
        cafile: The authorities that they are verified with, in PEM; None for those of the system.
        replicas: How many servers store each message.
        inbox: The prefix of the subjects on which answers arrive.

    Raises:
        UsageError: If another machine would be used without TLS or without credentials.
    """

    servers: tuple[tuple[str, int], ...]
    user: str = ""
    password: str = field(default="", repr=False)
    creds: Path | None = None
    nkey: Path | None = None
    tls: bool = True
    cafile: Path | None = None
    replicas: int = 3
    inbox: str = "_INBOX"

    def __post_init__(self) -> None:
        if all(is_loopback(host) for host, _ in self.servers):
            return
        if not self.tls:
            _refuse(f"{self} would be used without TLS", "write tls:// in place of nats://")
        if not (self.creds or self.nkey or (self.user and self.password)):
            hint = "set NATS_PASSWORD for the user in the address, or name a file: ?passfile=, ?creds= or ?nkey="
            _refuse(f"{self} needs credentials", hint)

    def __str__(self) -> str:
        user = f"{self.user}@" if self.user else ""
        hosts = (f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port in self.servers)
        return f"{'tls' if self.tls else 'nats'}://{user}{','.join(hosts)}"


def parse_nats(text: str, environ: Mapping[str, str] = os.environ) -> NatsAddress:
    """
    Read the address of NATS servers. No server is contacted.

    A password in the address comes first, then ``NATS_PASSWORD``, then the password file. No message contains a part of
    *text* that may be a password.

    Args:
        text: ``tls://USER:PASSWORD@HOST:PORT,HOST:PORT`` or, on the loopback, ``nats://...``, with parameters in the
            query.

        environ: The variable ``NATS_PASSWORD``.

    Raises:
        UsageError: If the address cannot be read, or a connection to it would not be safe.
        FileError: If the password file cannot be read.

    Source:
        The schemes and lists of servers are those of NATS' own clients,
        https://docs.nats.io/using-nats/developer/connecting/connect. There ``tls`` does not enforce that the connection
        begins with TLS; here it does.
    """
    scheme, _, rest = text.partition("://")
    before, _, query = rest.partition("?")
    login, _, hosts = before.removesuffix("/").rpartition("@")
    if scheme.lower() not in SCHEMES or "#" in text or "/" in hosts or "@" in login:
        _refuse("the address of the queue cannot be read", f"write {_FORM}; {_ESCAPES}")
    servers = tuple(_server(part) for part in hosts.split(","))
    parameters = _parameters(query)
    user, _, password = login.partition(":")
    user, password = unquote(user), unquote(password)
    return NatsAddress(
        servers=servers,
        user=user,
        password=_password(user, password, servers[0], parameters, environ),
        creds=_private(parameters, "creds"),
        nkey=_private(parameters, "nkey"),
        tls=scheme.lower() == "tls",
        cafile=Path(parameters["cafile"]).absolute() if "cafile" in parameters else None,
        replicas=_replicas(parameters, servers),
        inbox=_inbox(parameters),
    )


def _server(part: str) -> tuple[str, int]:
    found = re.fullmatch(r"(\[[^\]]+\]|[^:\[\]]+)(?::([0-9]{1,5}))?", part)
    try:
        host = dialled_host(found[1].strip("[]") if found else "")
    except HostError:
        _refuse("the address of the queue has no valid host", f"write {_FORM}; for this machine, HOST is localhost")
    port = int(found[2] or _DEFAULT_PORT) if found else 0
    if not 0 < port <= _MAX_PORT:
        _refuse("the address of the queue has no valid port", f"write {_FORM}; without a port, it is {_DEFAULT_PORT}")
    return host, port


def _parameters(query: str) -> dict[str, str]:
    found = parse_qsl(query, keep_blank_values=True)
    parameters = dict(found)
    if unknown := [name for name in parameters if name not in _PARAMETERS]:
        # After a password with a question mark, the query contains the rest of it.
        known = ", ".join(_PARAMETERS)
        _refuse(f"the address of the queue has {len(unknown)} unknown parameters", f"the parameters are {known}")
    if len(parameters) < len(found) or not all(parameters.values()):
        _refuse("the address of the queue has a parameter twice or without a value", "write each parameter once")
    return parameters


def _password(
    user: str, password: str, server: tuple[str, int], parameters: Mapping[str, str], environ: Mapping[str, str]
) -> str:
    if not user:
        return ""
    if "creds" in parameters or "nkey" in parameters:
        _refuse("the address of the queue has a user and a file of credentials", "remove one of them")
    password = password or environ.get("NATS_PASSWORD", "")
    if not password and "passfile" in parameters:
        host, port = server
        password = find_password(Path(parameters["passfile"]), host=host, port=port, name="nats", user=user)
    return password


def _private(parameters: Mapping[str, str], name: str) -> Path | None:
    if name not in parameters:
        return None
    if {"creds", "nkey"} <= parameters.keys():
        _refuse("the address of the queue has two files of credentials", "remove creds or nkey")
    path = Path(parameters[name]).absolute()
    try:
        mode = path.stat().st_mode
    except OSError as error:
        _refuse(f"{path} cannot be read: {error.strerror}", f"name the file with ?{name}=FILE")
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        _refuse(f"other people can read the key in {path}", f"chmod 600 {path}")
    return path


def _replicas(parameters: Mapping[str, str], servers: tuple[tuple[str, int], ...]) -> int:
    text = parameters.get("replicas") or ("1" if all(is_loopback(host) for host, _ in servers) else "3")
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:9]) <= _MAX_REPLICAS:
        _refuse("replicas is not a number of servers that store a message", f"write 1 to {_MAX_REPLICAS}")
    return int(text)


def _inbox(parameters: Mapping[str, str]) -> str:
    text = parameters.get("inbox", "_INBOX")
    if not _INBOX.fullmatch(text):
        _refuse("inbox is not the prefix of a subject", "write letters, digits, - and _, such as _INBOX_fra1")
    return text


def _refuse(problem: str, hint: str) -> NoReturn:
    raise UsageError(problem, hint=hint) from None
