"""What the service remembers, in a real PostgreSQL."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import traceback
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import SQLAlchemyError

from pinsmith.errors import UsageError
from pinsmith.errors.service import StoreError
from pinsmith.store import Store
from pinsmith.store.address import PostgreSQLAddress, parse_database
from tests.checks.sample import NOW
from tests.engines.postgres import PASSWORD, run_postgres
from tests.store.contract import LEAF, NEW, StoreContract, outcome, record, rows, wanted, within

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.monitor.outcome import Outcome
    from tests.engines.postgres import Postgres
    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines


@pytest.fixture
def where(postgres: Postgres, database: str) -> str:
    """Return the address of an empty database, which is used over TLS."""
    return postgres.url(database, query=f"?sslrootcert={postgres.cafile}")


class TestPostgreSQL(StoreContract):
    """PostgreSQL keeps the promises."""


def test_the_connection_is_encrypted_and_named(where: str) -> None:
    """The server sees TLS of a current version, and the name of the program."""
    seen = "SELECT ssl, version, application_name FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)"
    assert rows(where, f"{seen} WHERE pid = pg_backend_pid()") == [(True, "TLSv1.3", "pinsmith")]


def test_several_processes_may_start_at_once(where: str) -> None:
    """One of them makes the tables, and the others use them."""
    code = (
        "import asyncio, os, sys\nfrom tests.store.contract import Store, within\n"
        "print(flush=True)\nsys.stdin.readline()\nwithin(os.environ['DATABASE'], Store.states)"
    )
    environ = {**os.environ, "DATABASE": where}
    pipe = subprocess.PIPE
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environ, stdin=pipe, stdout=pipe, stderr=pipe)
        for _ in range(4)
    ]
    for process in processes:
        assert process.stdout is not None
        process.stdout.readline()
    ends = []
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        _, shown = process.communicate()
        ends.append((process.returncode, shown))
    assert ends == [(0, b"")] * 4


def test_a_server_that_is_killed_keeps_whole_rounds(pki: PKI, cafile: Path) -> None:
    """A round fails in which the server is killed, and the same store goes on when the server is back."""
    with run_postgres(pki.leaf, cafile) as postgres:

        def outcomes() -> Iterator[Outcome]:
            yield outcome(NEW)
            postgres.program.kill()
            yield outcome(NEW, port=8443)

        async def use(store: Store) -> list[tuple[str, int]]:
            await record(store, [outcome(LEAF)], vantage="first", channels={})
            with pytest.raises((SQLAlchemyError, OSError)):
                await record(store, outcomes(), vantage="second", channels={"hook": wanted})
            with pytest.raises((SQLAlchemyError, OSError)):
                await store.states()
            postgres.program.start_again()
            assert await store.due(NOW) == []
            await record(store, [outcome(NEW)], vantage="third", channels={"hook": wanted})
            postgres.program.kill()
            postgres.program.start_again()
            # The pool has connections that have ended.
            assert len(await store.due(NOW)) == 1
            return [(state.vantage, state.service.port) for state in await store.states()]

        assert within(postgres.url(), use) == [("first", 443), ("third", 443)]


@contextmanager
def _without_tls() -> Iterator[int]:
    """Run a server that answers the request for TLS as PostgreSQL without certificates does; yield its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            connection, _ = listening.accept()
            with connection:
                connection.recv(8)
                connection.sendall(b"N")
                assert connection.recv(1) == b""  # neither a user nor a password

        thread = threading.Thread(target=answer)
        thread.start()
        yield listening.getsockname()[1]
        thread.join()


def _refused(address: PostgreSQLAddress) -> StoreError:
    async def use() -> None:
        async with Store(address):
            pass

    with pytest.raises(StoreError) as caught:
        asyncio.run(use())
    assert str(caught.value).startswith(f"{address} cannot be used: ")
    assert caught.value.path == str(address)
    return caught.value


@pytest.mark.parametrize(
    ("change", "problem", "hint"),
    [
        ({"password": "Zq7-wrong"}, "the server refuses the login of pinsmith", "correct the password of pinsmith"),
        ({"password": ""}, "the server refuses the login of pinsmith", "correct the password of pinsmith"),
        ({"name": "none"}, "there is no database none", "createdb --owner=pinsmith none"),
        ({"port": 1}, "the server cannot be reached", "start the server"),
        ({"cafile": None}, "the certificate of the server is not trusted", "?sslrootcert=FILE"),
        ({"host": "127.0.0.2"}, "the certificate of the server is not trusted", "?sslrootcert=FILE"),
    ],
    ids=["password", "no password", "database", "port", "authority", "name"],
)
def test_an_error_names_what_to_do(change: dict[str, str], problem: str, hint: str, where: str) -> None:
    """The first line names the address and the problem, the hint the fix, and no line the password."""
    address = parse_database(where)
    assert isinstance(address, PostgreSQLAddress)
    error = _refused(replace(address, **change))  # type: ignore[arg-type]
    assert problem in str(error)
    assert hint in (error.hint or "")
    shown = "".join(traceback.format_exception(error))
    assert PASSWORD not in shown
    assert "Zq7-wrong" not in shown


def test_a_server_without_tls_gets_no_password(where: str) -> None:
    """If TLS was asked for, a server that does not offer it gets neither the user nor the password."""
    address = parse_database(where)
    assert isinstance(address, PostgreSQLAddress)
    with _without_tls() as port:
        error = _refused(replace(address, port=port))
    assert "the server does not offer TLS" in str(error)
    assert error.hint == "set ssl = on in its postgresql.conf"


def test_a_user_that_may_not_create_tables_is_an_error(postgres: Postgres, database: str) -> None:
    """The hint names who must own the database."""
    create = f"CREATE ROLE \"guest-{database}\" LOGIN PASSWORD '{PASSWORD}'"
    postgres.run("psql", "--quiet", "--command", create, "postgres")
    address = parse_database(postgres.url(database))
    assert isinstance(address, PostgreSQLAddress)
    error = _refused(replace(address, user=f"guest-{database}"))
    assert "permission denied for schema public" in str(error)
    assert error.hint == f"let guest-{database} own the database, so that it may create tables"


@pytest.mark.parametrize("content", [None, "no certificate"], ids=["missing", "not PEM"])
def test_authorities_that_cannot_be_read_are_an_error(content: str | None, where: str, tmp_path: Path) -> None:
    """A file that is missing or has no certificates never becomes a connection that is not verified."""
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    address = parse_database(where)
    assert isinstance(address, PostgreSQLAddress)
    with pytest.raises(UsageError, match=r"sslrootcert=.*ca\.pem cannot be used") as caught:
        Store(replace(address, cafile=tmp_path / "ca.pem"))
    assert caught.value.hint == "name a file with the certificates of authorities in PEM"
