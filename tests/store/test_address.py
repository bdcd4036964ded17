"""Addresses of databases are read, and connections that others could read or redirect are refused."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pinsmith.errors import FileError, UsageError
from pinsmith.store.address import PostgreSQLAddress, parse_database

if TYPE_CHECKING:
    from collections.abc import Mapping

SECRET = "Zq7-secret"
FAR = f"postgresql://pin:{SECRET}@db.example.com/watch"
NEAR = "postgresql://pin@localhost/watch"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))


def _server(text: str, environ: Mapping[str, str] | None = None) -> PostgreSQLAddress:
    address = parse_database(text, environ or {})
    assert isinstance(address, PostgreSQLAddress)
    return address


@pytest.mark.parametrize("text", ["service.db", "/srv/data/service.db", "a:b", "postgresql.db"])
def test_other_texts_are_paths(text: str) -> None:
    """A text without a scheme is the path of an SQLite file."""
    assert parse_database(text, {}) == Path(text)


@pytest.mark.parametrize(
    ("text", "shown", "is_verified"),
    [
        (FAR, "postgresql://pin@db.example.com:5432/watch", True),
        (FAR.replace("postgresql", "postgres"), "postgresql://pin@db.example.com:5432/watch", True),
        (f"{FAR}?sslmode=verify-full", "postgresql://pin@db.example.com:5432/watch", True),
        (f"POSTGRESQL://pin:{SECRET}@DB.example.com:6000/watch", "postgresql://pin@db.example.com:6000/watch", True),
        (f"postgresql://p%40n:{SECRET}@[2001:db8::1]/a%2Fb", "postgresql://p@n@[2001:db8::1]:5432/a/b", True),
        (NEAR, "postgresql://pin@localhost:5432/watch", False),
        (f"{NEAR}?sslmode=disable", "postgresql://pin@localhost:5432/watch", False),
        (f"{NEAR}?sslmode=verify-full", "postgresql://pin@localhost:5432/watch", True),
        (f"{NEAR}?sslrootcert=/etc/ca.pem", "postgresql://pin@localhost:5432/watch", True),
        ("postgresql://pin@127.0.0.9/watch", "postgresql://pin@127.0.0.9:5432/watch", False),
        ("postgresql://pin@[::1]:6000/watch", "postgresql://pin@[::1]:6000/watch", False),
    ],
)
def test_only_the_loopback_does_without_tls(text: str, shown: str, *, is_verified: bool) -> None:
    """A connection to another machine is always verified; on the loopback it is verified if that is asked for."""
    address = _server(text)
    assert (str(address), address.is_verified) == (shown, is_verified)


def test_authorities_are_named_by_file() -> None:
    """The file of sslrootcert is found also after a change of the directory."""
    assert _server(f"{FAR}?sslrootcert=ca.pem").cafile == Path("ca.pem").absolute()
    assert _server(FAR).cafile is None


@pytest.mark.parametrize(
    ("text", "problem", "hint"),
    [
        *(
            (f"{address}?sslmode={mode}", "does not prove which server answers", "sslmode=verify-full")
            for mode in ("allow", "prefer", "require", "verify-ca", "x")
            for address in (FAR, NEAR)
        ),
        (f"{FAR}?sslmode=disable", "would be used without TLS", "sslmode=verify-full"),
        (f"{NEAR}?sslmode=disable&sslrootcert=ca.pem", "contradicts sslrootcert", "remove one"),
        (f"{FAR}?sslmode=disable&sslmode=verify-full", "twice or without a value", "once"),
        (f"{FAR}?sslrootcert=", "twice or without a value", "once"),
        (f"{FAR}?options=-csearch_path", "1 unknown parameters", "sslmode, sslrootcert, passfile"),
        ("postgresql://pin@db.example.com/watch", "needs a password", "~/.pgpass"),
        ("postgresql://pin@localhost.example.com/watch", "needs a password", "PGPASSWORD"),
        ("postgresql://db.example.com/watch", "has no user", "postgresql://USER@HOST"),
        ("postgresql://pin@localhost", "has no name", "postgresql://USER@HOST"),
        ("postgresql:///watch", "no valid host", "HOST is localhost"),
        ("postgresql://pin@a b/watch", "no valid host", "HOST is localhost"),
        ("postgresql://pin@localhost:0/watch", "cannot be read", "postgresql://USER@HOST"),
        ("postgresql://pin@localhost:70000/watch", "cannot be read", "postgresql://USER@HOST"),
        ("mysql://pin@localhost/watch", "neither a file nor a PostgreSQL server", "path of a file"),
        ("sqlite:///service.db", "neither a file nor a PostgreSQL server", "path of a file"),
    ],
)
def test_other_addresses_are_refused(text: str, problem: str, hint: str) -> None:
    """The error names the problem and what to write."""
    with pytest.raises(UsageError) as caught:
        parse_database(text, {})
    assert problem in str(caught.value)
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    "text",
    [
        f"{FAR}?sslmode=disable",
        f"{FAR}?sslmode=require",
        f"{FAR}?{SECRET}=1",
        f"postgresql://pin:{SECRET}#x@db.example.com/watch",
        f"postgresql://pin:{SECRET}?x@db.example.com/watch",
        f"postgresql://pin:a?{SECRET}=x@db.example.com/watch",
        f"postgresql://pin:{SECRET}/x@db.example.com/watch",
        f"postgresql://pin:12/{SECRET}@db.example.com/watch",
        f"postgresql://pin:{SECRET}@db.example.com:x{SECRET}/watch",
        f"postgresql://pin:{SECRET}[@db.example.com/watch",
        f"postgresql://pin:{SECRET}\u2100@db.example.com/watch",
        f"mysql://pin:{SECRET}@db.example.com/watch",
    ],
)
def test_a_password_is_in_no_error(text: str) -> None:
    """Also a password with characters that must be escaped is neither in the message nor in what is printed with it."""
    with pytest.raises(UsageError) as caught:
        parse_database(text, {})
    assert SECRET not in "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))


def test_a_password_is_shown_nowhere() -> None:
    """Neither the text nor the representation of an address contains the password."""
    address = _server(FAR)
    assert address.password == SECRET
    assert SECRET not in f"{address} {address!r}"
    assert pickle.loads(pickle.dumps(address)) == address  # noqa: S301 - made here


_LINES = f"""\
# db.example.com:5432:watch:pin:comment
too:few
db.example.com:5432:other:pin:other-database
db.example.com:6000:watch:pin:other-port
db.example.com:5432:watch:p\\:n:a\\:b\\\\c
*:*:watch:pin:{SECRET}
*:*:*:*:last
"""


@pytest.mark.parametrize(
    ("text", "environ", "password"),
    [
        (FAR, {"PGPASSWORD": "other"}, SECRET),
        ("postgresql://pin@db.example.com/watch", {"PGPASSWORD": "of-environment"}, "of-environment"),
        ("postgresql://pin@db.example.com/watch", {}, SECRET),
        ("postgresql://pin@db.example.com:6000/watch", {}, "other-port"),
        ("postgresql://p%3An@db.example.com/watch", {}, "a:b\\c"),
        ("postgresql://pin@db.example.com/x", {}, "last"),
    ],
)
def test_passwords_come_from_where_clients_of_postgresql_look(
    text: str, environ: Mapping[str, str], password: str, tmp_path: Path
) -> None:
    """The address comes first, then the environment, then the first line of the password file that matches."""
    for name, more in ((".pgpass", {}), ("named", {"PGPASSFILE": str(tmp_path / "named")})):
        (tmp_path / name).touch(0o600)
        (tmp_path / name).write_text(_LINES)
        assert _server(text, {**environ, **more}).password == password
        (tmp_path / name).unlink()


def test_a_password_file_that_is_named_must_be_safe_to_read(tmp_path: Path) -> None:
    """A file that other people can read is refused, and a named file that does not exist is an error."""
    text = f"postgresql://pin@db.example.com/watch?passfile={tmp_path}/passwords"
    with pytest.raises(FileError, match="passwords cannot be read"):
        parse_database(text, {})
    (tmp_path / "passwords").write_text(_LINES)
    (tmp_path / "passwords").chmod(0o640)
    with pytest.raises(UsageError, match="other people can read") as caught:
        parse_database(text, {})
    assert caught.value.hint == f"chmod 600 {tmp_path}/passwords"
    (tmp_path / "passwords").chmod(0o600)
    assert _server(text).password == SECRET
