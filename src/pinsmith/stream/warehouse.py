"""Write batches into ClickHouse, over HTTPS. Any batch may be written again, at any time."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, Self

from pinsmith.errors.stream import StreamError
from pinsmith.errors.usage import UsageError
from pinsmith.stream.schema import TABLES, blocks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from types import TracebackType

    from pinsmith.stream.address import ClickHouseAddress
    from pinsmith.stream.batch import Batch

_EXISTING: Final = "SELECT name FROM system.tables WHERE database = currentDatabase()"


class Warehouse:
    """
    The tables of one database. Use it in ``with``; its methods wait for the server, so call them in a thread.

    Raises:
        StreamError: By each method, if the server cannot be reached or refuses.
    """

    def __init__(self, address: ClickHouseAddress) -> None:
        """
        Name the database, without connecting.

        Args:
            address: Of the server.

        Raises:
            UsageError: If the client is not installed.
        """
        try:
            import clickhouse_connect
            import urllib3
        except ImportError as error:
            raise UsageError(
                f"writing to ClickHouse needs {error.name}", hint="pip install 'pinsmith[clickhouse]'"
            ) from error
        self._connect: Callable[..., Any] = clickhouse_connect.get_client
        self._faults = (clickhouse_connect.driver.exceptions.Error, urllib3.exceptions.HTTPError, OSError)
        self._address = address
        self._client: Any = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    def create(self) -> None:
        """
        Create the tables and views that do not exist.

        Tables that exist are left as they are, so that an operator can create them with other engines, such as the
        replicated ones.
        """
        with self._using() as client:
            existing = {row[0] for row in client.query(_EXISTING).result_rows}
            for name, statement in TABLES.items():
                if name not in existing:
                    client.command(statement)

    def write(self, batches: Sequence[Batch]) -> None:
        """Insert *batches*; what is inserted when this returns is durable."""
        with self._using() as client:
            for table, (columns, rows) in blocks(batches).items():
                client.raw_insert(table, column_names=columns, insert_block=rows, fmt="JSONEachRow")

    @contextmanager
    def _using(self) -> Iterator[Any]:
        """Connect if needed. Faults of the client in the block become errors of pinsmith."""
        try:
            if self._client is None:
                self._client = self._connected()
            yield self._client
        except self._faults as error:
            # The chain of the client's errors names the request, and its text may repeat rows of strangers.
            raise StreamError(
                f"ClickHouse at {self._address} {_reason(error)}",
                address=str(self._address),
                hint="see the log of the server, and compare user, password, port and cafile with its configuration",
            ) from None

    def _connected(self) -> Any:  # noqa: ANN401 - clickhouse-connect is optional
        address = self._address
        return self._connect(
            interface="https" if address.tls else "http",
            host=address.host,
            port=address.port,
            username=address.user or None,
            password=address.password,
            database=address.database,
            ca_cert=None if address.cafile is None else str(address.cafile),
            verify=True,
            autogenerate_session_id=False,
            client_name="pinsmith",
        )


def _reason(error: BaseException) -> str:
    """Say what happened, by ClickHouse's number of the fault and not by its text."""
    code = getattr(error, "code", None)
    if isinstance(code, int):
        return f"refused a request (code {code})"
    return f"cannot be used ({type(error).__name__})"
