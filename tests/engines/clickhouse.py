"""Run ClickHouse for the tests: no server can be installed, so chDB answers behind ClickHouse's HTTP interface."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import clickhouse_connect
import pytest

from pinsmith.stream.address import ClickHouseAddress
from pinsmith.stream.warehouse import Warehouse
from tests.extended.program import Folder, Program, reserved_port
from tests.extended.server import present

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinsmith.lab.pki.identity import Identity

USER: Final = "pinsmith"
PASSWORD: Final = "of-the-tests"


@dataclass(frozen=True)
class ClickHouse:
    """
    A running server.

    Attributes:
        program: The process.
        cafile: The trust anchor of its certificate, which is made for localhost.
        database: The database that tests use.
    """

    program: Program
    cafile: Path
    database: str = "pinsmith"

    @property
    def address(self) -> ClickHouseAddress:
        """Return the address, with the password."""
        return ClickHouseAddress(
            host="localhost",
            port=self.program.port,
            database=self.database,
            user=USER,
            password=PASSWORD,
            cafile=self.cafile,
        )

    def total(self, view: str = "report_days_now") -> int:
        """Count all reports of a view."""
        (reports,) = self.ask(f"SELECT sum(reports) FROM {view}")  # noqa: S608 - of these tests
        return int(reports)

    def ask(self, statement: str) -> list[Any]:
        """Run a statement; return its rows, or only their values if there is one column."""
        client = clickhouse_connect.get_client(
            interface="https",
            host="localhost",
            port=self.program.port,
            username=USER,
            password=PASSWORD,
            database=self.database,
            ca_cert=str(self.cafile),
            autogenerate_session_id=False,
        )
        try:
            if not statement.startswith("SELECT"):
                client.command(statement)
                return []
            rows = client.query(statement).result_rows
            return [row[0] if len(row) == 1 else row for row in rows]
        finally:
            client.close()


_NUMBERS = count()


@contextmanager
def new_tables(clickhouse: ClickHouse) -> Iterator[ClickHouse]:
    """Make a database with the tables, and drop it at the end."""
    name = f"test_{next(_NUMBERS)}"
    clickhouse.ask(f"CREATE DATABASE {name}")
    empty = replace(clickhouse, database=name)
    with Warehouse(empty.address) as warehouse:
        warehouse.create()
    yield empty
    clickhouse.ask(f"DROP DATABASE {name}")


@contextmanager
def run_clickhouse(identity: Identity, cafile: Path) -> Iterator[ClickHouse]:
    """Run a server on a port of its own; delete what it stored at the end."""
    pytest.importorskip("chdb", reason="chdb is not installed: pip install chdb")
    with ExitStack() as stack:
        port = stack.enter_context(reserved_port())
        folder = Folder("root")  # other users may not be able to read this Python
        stack.callback(folder.remove)
        present(folder, identity)
        script = str(Path(__file__).with_name("clickhouse_server.py"))
        command = [sys.executable, script, str(port), str(folder.path), USER, PASSWORD]
        program = Program(folder, command, port, ready="ready")
        yield ClickHouse(stack.enter_context(program), cafile)
