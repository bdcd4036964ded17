"""Where the database of the service is: in a file, or on a PostgreSQL server."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TypeAlias
from urllib.parse import SplitResult, parse_qsl, unquote, urlsplit

from pinsmith.errors import HostError, UsageError
from pinsmith.host import dialled_host, is_loopback
from pinsmith.store.password_file import find_password

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES: Final = ("postgresql", "postgres")
_PARAMETERS: Final = ("sslmode", "sslrootcert", "passfile")
_FORM: Final = "postgresql://USER@HOST:PORT/NAME"
_DEFAULT_PORT: Final = 5432


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgreSQLAddress:
    """
    A database on a PostgreSQL server.

    Attributes:
        host: A name or an address, without brackets.
        port: Of the server.
        name: Of the database.
        user: The name of the role.
        password: Its password; empty for none.
        is_verified: Whether the connection uses TLS and the server's certificate and name are verified.
        cafile: The authorities that it is verified with, in PEM; None for those of the system.

    Raises:
        UsageError: If another machine would be used without TLS or without a password.
    """

    host: str
    port: int = _DEFAULT_PORT
    name: str
    user: str
    password: str = field(default="", repr=False)
    is_verified: bool = True
    cafile: Path | None = None

    def __post_init__(self) -> None:
        if is_loopback(self.host):
            return
        if not self.is_verified:
            _refuse(f"{self} would be used without TLS", "write sslmode=verify-full, or leave sslmode out")
        if not self.password:
            hint = f"write a line to ~/.pgpass, name such a file with ?passfile=FILE, or set PGPASSWORD for {self.user}"
            _refuse(f"{self} needs a password", hint)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"postgresql://{self.user}@{host}:{self.port}/{self.name}"


DatabaseAddress: TypeAlias = Path | PostgreSQLAddress
"""The file of an SQLite database, or a database on a PostgreSQL server."""


def parse_database(text: str, environ: Mapping[str, str] = os.environ) -> DatabaseAddress:
    """
    Read the address of a database. No server is contacted.

    A password in the address comes first, then ``PGPASSWORD``, then the password file: that of ``passfile``,
    ``PGPASSFILE``, or ``~/.pgpass``. No message contains a part of *text* that may be a password.

    Args:
        text: A path, or ``postgresql://USER:PASSWORD@HOST:PORT/NAME`` with parameters in the query.

        environ: The variables ``PGPASSWORD`` and ``PGPASSFILE``.

    Raises:
        UsageError: If the address cannot be read, or a connection to it would not be safe.
        FileError: If the password file cannot be read.

    Source:
        The URIs of libpq, https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING. Only
        ``sslmode`` differs: a connection is verified, or on the loopback it may do without TLS.
    """
    scheme, separator, _ = text.partition("://")
    if not separator:
        return Path(text)
    if scheme.lower() not in _SCHEMES:
        _refuse(
            "the address of the database names neither a file nor a PostgreSQL server",
            f"write the path of a file, or {_FORM}",
        )
    parts, port = _split(text)
    parameters = _parameters(parts.query)
    try:
        host = dialled_host(parts.hostname or "")
    except HostError:
        _refuse("the address of the database has no valid host", f"write {_FORM}; for this machine, HOST is localhost")
    user, name = unquote(parts.username or ""), unquote(parts.path.removeprefix("/"))
    if not user or not name or "\0" in user + name:
        _refuse(f"the address of the database has no {'name' if user else 'user'}", f"write {_FORM}")
    password = unquote(parts.password or "") or environ.get("PGPASSWORD", "")
    if not password:
        named = parameters.get("passfile") or environ.get("PGPASSFILE")
        password = find_password(Path(named) if named else None, host=host, port=port, name=name, user=user)
    cafile = parameters.get("sslrootcert")
    return PostgreSQLAddress(
        host=host,
        port=port,
        name=name,
        user=user,
        password=password,
        is_verified=_is_verified(parameters, host),
        cafile=Path(cafile).absolute() if cafile else None,
    )


def _split(text: str) -> tuple[SplitResult, int]:
    # The messages of urllib quote what may be the password.
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = None, None
    if parts is None or port == 0 or parts.fragment:
        hint = f"write {_FORM}; in a password, write %2F for /, %3F for ?, %23 for # and %40 for @"
        _refuse("the address of the database cannot be read", hint)
    return parts, port or _DEFAULT_PORT


def _parameters(query: str) -> dict[str, str]:
    found = parse_qsl(query, keep_blank_values=True)
    parameters = dict(found)
    if unknown := [name for name in parameters if name not in _PARAMETERS]:
        # After a password with a question mark, the query contains the rest of it.
        known = ", ".join(_PARAMETERS)
        _refuse(f"the address of the database has {len(unknown)} unknown parameters", f"the parameters are {known}")
    if len(parameters) < len(found) or not all(parameters.values()):
        _refuse("the address of the database has a parameter twice or without a value", "write each parameter once")
    return parameters


def _is_verified(parameters: Mapping[str, str], host: str) -> bool:
    mode = parameters.get("sslmode")
    if mode is None:
        return not is_loopback(host) or "sslrootcert" in parameters
    if mode == "verify-full":
        return True
    if mode != "disable":
        hint = "write sslmode=verify-full, which is the default and verifies the certificate and the name"
        _refuse(f"sslmode={mode[:20]!r} does not prove which server answers", hint)
    if "sslrootcert" in parameters:
        _refuse("sslmode=disable contradicts sslrootcert", "remove one of them")
    return False


def _refuse(problem: str, hint: str) -> NoReturn:
    raise UsageError(problem, hint=hint) from None
