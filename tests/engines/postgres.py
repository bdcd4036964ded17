"""Run PostgreSQL for the tests: over TLS with a password, and durable, because some tests kill it."""

from __future__ import annotations

import signal
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Final

from tests.extended.program import Folder, Program, find, reserved_port
from tests.extended.server import present

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity

USER: Final = "pinsmith"
PASSWORD: Final = "of-the-tests"

_CONFIG: Final = """
listen_addresses = '127.0.0.1, 127.0.0.2'
unix_socket_directories = ''
ssl = on
ssl_cert_file = '{folder}/server.crt'
ssl_key_file = '{folder}/server.key'
shared_buffers = 32MB
max_connections = 100
"""
# Without TLS, too: it is pinsmith that refuses to use it.
_ACCESS: Final = """
host all all 127.0.0.0/8 scram-sha-256
"""


@dataclass(frozen=True)
class Postgres:
    """
    A running cluster.

    Attributes:
        program: The process.
        folder: Its folder.
        cafile: The trust anchor of its certificate, which is made for localhost and not for 127.0.0.2.
    """

    program: Program
    folder: Folder
    cafile: Path

    def url(self, database: str = "postgres", *, host: str = "localhost", query: str = "") -> str:
        """Return the address of a database, with the password."""
        return f"postgresql://{USER}:{PASSWORD}@{host}:{self.program.port}/{database}{query}"

    def run(self, program: str, *words: str | Path) -> None:
        """Run a program of PostgreSQL, such as createdb, as the user of the cluster."""
        self.folder.run(
            [
                *(find(program, "postgresql-client"), "--no-password", "--username", USER),
                *("--host", "127.0.0.1", "--port", str(self.program.port), *words),
            ],
            PGPASSWORD=PASSWORD,
        )


_NUMBERS = count()


@contextmanager
def database(postgres: Postgres) -> Iterator[str]:
    """Make an empty database, and drop it at the end, whoever is connected; return its name."""
    name = f"test_{next(_NUMBERS)}"
    postgres.run("createdb", name)
    try:
        yield name
    finally:
        if postgres.program.is_alive():
            postgres.run("dropdb", "--force", name)


@contextmanager
def run_postgres(identity: Identity, cafile: Path) -> Iterator[Postgres]:
    """Make a cluster and run it on a port of its own; delete it at the end."""
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder("postgres")
        stack.callback(folder.remove)
        present(folder, identity)
        cluster = folder.path / "cluster"
        password = folder.write("password", PASSWORD)
        folder.run(
            [
                *(find("initdb", "postgresql"), "--pgdata", cluster, "--username", USER, "--pwfile", password),
                *("--auth", "scram-sha-256", "--no-sync", "--no-locale", "--encoding", "UTF8"),
            ]
        )
        folder.write("cluster/pinsmith.conf", _CONFIG.format(folder=folder.path))
        folder.write("cluster/access.conf", _ACCESS)
        command: list[str | Path] = [
            *(find("postgres", "postgresql"), "-D", cluster, "-p", str(port)),
            *("-c", f"config_file={cluster}/pinsmith.conf", "-c", f"hba_file={cluster}/access.conf"),
        ]
        program = Program(folder, command, port, ready="ready to accept connections", end=signal.SIGINT)
        yield Postgres(stack.enter_context(program), folder, cafile)
