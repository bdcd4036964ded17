"""The servers of these tests run as an operator would run them: with TLS and a password, and on disk."""

from __future__ import annotations

import asyncio
import ssl
from typing import TYPE_CHECKING

import asyncpg
import nats as nats_client
import pytest
from nats.errors import Error as NatsError

from tests.engines.nats import run_nats
from tests.engines.postgres import run_postgres

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines


def test_postgresql_keeps_what_was_written_when_it_is_killed(pki: PKI, cafile: Path) -> None:
    """PostgreSQL takes logins over a verified connection, and a commit survives SIGKILL."""
    with run_postgres(pki.leaf, cafile) as postgres:
        context = ssl.create_default_context(cafile=str(cafile))

        async def call(statement: str) -> object:
            connection = await asyncpg.connect(postgres.url(), ssl=context)
            try:
                return await connection.fetchval(statement)
            finally:
                await connection.close()

        asyncio.run(call("CREATE TABLE kept AS SELECT 7 AS number"))
        postgres.program.kill()
        postgres.program.start_again()
        assert asyncio.run(call("SELECT number FROM kept")) == 7


def test_nats_keeps_what_was_published_when_it_is_killed(pki: PKI, cafile: Path) -> None:
    """NATS takes logins over a verified connection, refuses others, and a stream survives SIGKILL."""
    with run_nats(pki.leaf, cafile) as server:
        context = ssl.create_default_context(cafile=str(cafile))

        async def publish() -> None:
            connection = await nats_client.connect(server.url(), tls=context)
            stream = connection.jetstream()
            await stream.add_stream(name="kept", subjects=["kept"])
            await stream.publish("kept", b"7")
            await connection.close()

        async def read() -> bytes | None:
            connection = await nats_client.connect(server.url(), tls=context)
            kept: bytes | None = (await connection.jetstream().get_msg("kept", seq=1)).data
            await connection.close()
            return kept

        async def without_password() -> None:
            address = f"tls://localhost:{server.program.port}"
            await nats_client.connect(address, tls=context, allow_reconnect=False, error_cb=_ignore)

        asyncio.run(publish())
        server.program.kill()
        server.program.start_again()
        assert asyncio.run(read()) == b"7"
        with pytest.raises(NatsError, match=r"Authorization Violation|no servers"):
            asyncio.run(without_password())


async def _ignore(_: Exception) -> None:
    """Take an error that is raised as well."""
