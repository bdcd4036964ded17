"""Why a database cannot be used, in words that name what to do."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import TYPE_CHECKING, Final

from pinsmith.errors.service import StoreError
from pinsmith.store.migrations import UnknownRevisionError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.store.address import DatabaseAddress, PostgreSQLAddress

# Source: https://www.postgresql.org/docs/current/errcodes-appendix.html
_LOGIN: Final = ("28P01", "28000")
_NO_DATABASE: Final = "3D000"
_NO_PRIVILEGE: Final = "42501"


def fault(database: DatabaseAddress, error: Exception) -> StoreError:
    """
    Describe why a database cannot be opened.

    Args:
        database: The database, which was not changed.

        error: Of the driver, of SQLAlchemy, of `migrate` or of the system.
    """
    why = str(error.__cause__ or error).partition("\n")[0] or type(error).__name__
    if isinstance(error, UnknownRevisionError):
        why, hint = "a newer release of pinsmith has written it", "use that release, or name another database"
    elif isinstance(database, Path):
        hint = "name another file, or move this one away; pins are not lost, only what was seen"
    else:
        why, hint = _of_server(database, error, why)
    return StoreError(f"{database} cannot be used: {why}", path=str(database), hint=hint)


def _of_server(address: PostgreSQLAddress, error: Exception, why: str) -> tuple[str, str]:
    causes = list(_causes(error))
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError):
            hint = "name the authority that has issued it: ?sslrootcert=FILE, and the host as the certificate does"
            return f"the certificate of the server is not trusted: {cause.verify_message}", hint
        if "rejected SSL upgrade" in str(cause):
            return "the server does not offer TLS", "set ssl = on in its postgresql.conf"
    code = next((found for cause in causes if (found := getattr(cause, "sqlstate", None))), None)
    if code is None and any(isinstance(cause, OSError) for cause in causes):
        return "the server cannot be reached", "start the server, or correct the address of the database"
    return {
        **dict.fromkeys(
            _LOGIN,
            (
                f"the server refuses the login of {address.user}",
                f"correct the password of {address.user} in ~/.pgpass or PGPASSWORD, or the access in pg_hba.conf",
            ),
        ),
        _NO_DATABASE: (f"there is no database {address.name}", f"createdb --owner={address.user} {address.name}"),
        _NO_PRIVILEGE: (why, f"let {address.user} own the database, so that it may create tables"),
    }.get(str(code), (why, "read the log of the server"))


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
