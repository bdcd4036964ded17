"""The real intake behind TLS on the loopback, and a mismatch to report to it."""

from __future__ import annotations

import asyncio
import socket
import sqlite3
import threading
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import uvicorn

from pinsmith.certificate import Chain
from pinsmith.policy import HostPins, Policy
from pinsmith.server.app import Entrance
from pinsmith.server.intake import Intake
from pinsmith.store import Store
from pinsmith.store.report_writer import ReportWriter
from pinsmith.tls.event import MismatchEvent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from pinsmith.lab.pki.identity import Identity

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


class Receiver:
    """An intake that runs."""

    def __init__(self, database: Path, port: int) -> None:
        self.database = database
        self.url = f"https://127.0.0.1:{port}/reports"

    def rows(self, query: str) -> list[Any]:
        """Read from its database."""
        with closing(sqlite3.connect(self.database)) as database:
            return database.execute(query).fetchall()

    @property
    def bodies(self) -> list[bytes]:
        """The bodies that it kept; some of each group."""
        return [body for (body,) in self.rows("SELECT body FROM report_samples")]


@contextmanager
def receiving(folder: Path, identity: Identity) -> Iterator[Receiver]:
    """Run the intake in a thread, with the certificate of *identity*."""
    (folder / "identity.pem").write_bytes(identity.private_pem() + identity.presented_pem().encode())
    listening = socket.create_server(("127.0.0.1", 0))
    database, begun = folder / "reports.db", threading.Event()
    server: list[uvicorn.Server] = []

    async def run() -> None:
        async with Store(database), ReportWriter(database) as writer:
            app = Entrance(None, intake=Intake(writer, lambda: datetime.now(UTC)))  # type: ignore[arg-type]
            config = uvicorn.Config(
                app,
                ws="none",
                log_config=None,
                access_log=False,
                lifespan="off",
                ssl_certfile=folder / "identity.pem",
            )
            server.append(uvicorn.Server(config))
            begun.set()
            await server[0].serve(sockets=[listening])

    thread = threading.Thread(target=lambda: asyncio.run(run()))
    thread.start()
    try:
        assert begun.wait(30)
        yield Receiver(database, listening.getsockname()[1])
    finally:
        server[0].should_exit = True
        thread.join()
        listening.close()


def mismatch(entry: HostPins, presented: Chain | None = None, *others: HostPins) -> MismatchEvent:
    """Make an event about *entry*, in a policy with *others*."""
    chain = presented or Chain(())
    policy = Policy((entry, *others))
    return MismatchEvent(
        NOON, entry.host, 443, entry, "no-pinned-key", chain, chain or None, 0, enforced=True, policy=policy
    )
