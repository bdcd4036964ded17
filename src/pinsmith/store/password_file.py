"""The password file of PostgreSQL's clients, ``~/.pgpass``."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import Final

from pinsmith import files
from pinsmith.errors import UsageError

_MAX_BYTES: Final = 1024 * 1024
_FIELD: Final = re.compile(r"((?:\\.|[^\\:])*)(?::|$)")
_FIELDS: Final = 5


def find_password(path: Path | None, *, host: str, port: int, name: str, user: str) -> str:
    """
    Return the password of the first line that matches; it is empty if no line does.

    Args:
        path: The file, which must exist; None for ``~/.pgpass``, which need not.

        host: As in the address.

        port: Of the server.

        name: Of the database.

        user: The name of the role.

    Raises:
        FileError: If the file cannot be read.
        UsageError: If other people can read it. PostgreSQL's clients ignore such a file.

    Source:
        https://www.postgresql.org/docs/current/libpq-pgpass.html
    """
    if path is None:
        path = Path("~/.pgpass").expanduser()
        if not path.is_file():
            return ""
    content = files.read(path, most_bytes=_MAX_BYTES).decode("utf-8", "surrogateescape")
    if os.name == "posix" and path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise UsageError(f"other people can read the passwords in {path}", hint=f"chmod 600 {path}")
    wanted = (host, str(port), name, user)
    for line in content.splitlines():
        fields = [] if line.startswith("#") else _fields(line)
        if len(fields) < _FIELDS:
            continue
        if all(raw == "*" or _plain(raw) == value for raw, value in zip(fields, wanted, strict=False)):
            return _plain(fields[4])
    return ""


def _fields(line: str) -> list[str]:
    return [match[1] for match in _FIELD.finditer(line)]


def _plain(field: str) -> str:
    return re.sub(r"\\(.)", r"\1", field)
