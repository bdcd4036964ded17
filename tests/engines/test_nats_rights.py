"""The rights of the users of the example, and the servers and logins that the queue accepts."""

from __future__ import annotations

import asyncio
import ssl
import traceback
from typing import TYPE_CHECKING

import nats as nats_client
import pytest
from nats.errors import Error as NatsError

from pinsmith.dispatch.nats import NatsQueue
from pinsmith.dispatch.nats_address import parse_nats
from pinsmith.dispatch.nats_streams import KEPT
from pinsmith.dispatch.queue import Progress
from pinsmith.errors.dispatch import QueueError
from tests.dispatch.contract import SECONDS, buried, listed, shard
from tests.dispatch.worker import answered
from tests.engines.nats import PASSWORD, run_nats
from tests.engines.test_nats_queue import NatsBench

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.engines.nats import Nats
    from tests.tls.pki import PKI

pytestmark = pytest.mark.engines
VANTAGE = "fra1"
SCAN = ("scan", "&inbox=_INBOX_scan")
WORKER = ("fra1", "&inbox=_INBOX_fra1")


def _queue(nats: Nats, user: str, query: str) -> NatsQueue:
    return NatsQueue(parse_nats(nats.queue(user, query), {}), attempts=2)


@pytest.fixture
def server(nats: Nats) -> Nats:
    """Use a server without streams."""
    asyncio.run(NatsBench(nats).clear())
    return nats


def test_the_users_of_the_example_can_do_their_work(server: Nats) -> None:
    """A scan adds, reads, replaces and removes; a worker claims, extends, finishes, fails and buries."""

    async def run() -> None:
        async with _queue(server, *SCAN) as scan, _queue(server, *WORKER) as worker:
            assert await worker.claim(VANTAGE, SECONDS) is None
            await scan.enqueue(shard(number, vantage=VANTAGE) for number in range(3))
            lease = await worker.claim(VANTAGE, SECONDS)
            assert lease is not None
            await worker.extend(lease, SECONDS)
            assert await scan.progress("run") == Progress(waiting=2, leased=1)
            await worker.done(lease, answered(lease.shard))
            assert await worker.claim(VANTAGE, 0) is not None
            for _ in range(2):
                lease = await worker.claim(VANTAGE, SECONDS)
                assert lease is not None
                await worker.fail(lease, "always")
            assert [dead.number for dead in await buried(scan)] == [2]
            assert await listed(scan) == [answered(shard(0, vantage=VANTAGE))]
            assert await scan.progress("run") == Progress(waiting=1, done=1, dead=1)
            await NatsBench(server).write("pinsmith.result.fra1.run.1", b"damaged")
            assert len(await listed(scan)) == 1
            assert await scan.progress("run") == Progress(done=1, dead=2)
            assert await scan.forget("run") == 3

    asyncio.run(run())


@pytest.mark.parametrize(
    "subject",
    [
        "pinsmith.shard.fra1.run.9",
        "pinsmith.result.ams1.run.0",
        "pinsmith.lease.ams1.run.0",
        "pinsmith.dead.ams1.run.0",
        "pinsmith.work.fra1.run.9",
        f"$JS.API.STREAM.PURGE.{KEPT}",
        f"$JS.API.STREAM.MSG.DELETE.{KEPT}",
        f"$JS.API.STREAM.MSG.GET.{KEPT}",
        f"$JS.API.STREAM.DELETE.{KEPT}",
        f"$JS.API.STREAM.UPDATE.{KEPT}",
        f"$JS.API.DIRECT.GET.{KEPT}.pinsmith.result.ams1.run.0",
        f"$JS.API.DIRECT.GET.{KEPT}",
        "$JS.API.CONSUMER.MSG.NEXT.pinsmith-work.ams1",
        "$JS.API.CONSUMER.DELETE.pinsmith-work.fra1",
        "$JS.ACK.pinsmith-work.ams1.1.1.1.1.0",
    ],
)
def test_a_worker_of_the_example_may_do_nothing_else(subject: str, server: Nats) -> None:
    """It can neither read nor write for other vantage points, nor remove anything."""

    async def run() -> None:
        refused: asyncio.Future[str] = asyncio.get_running_loop().create_future()

        async def failed(error: Exception) -> None:
            if not refused.done():
                refused.set_result(str(error))

        context = ssl.create_default_context(cafile=str(server.cafile))
        address = f"tls://fra1:{PASSWORD}@localhost:{server.program.port}"
        client = await nats_client.connect(address, tls=context, error_cb=failed, inbox_prefix="_INBOX_fra1")
        await client.publish(subject, b"{}")
        assert "permissions violation for publish" in (await refused).lower()
        await client.close()

    asyncio.run(run())


def test_what_a_worker_wrote_cannot_be_replaced(server: Nats) -> None:
    """The server refuses a second result, also without the header that the queue sends, and no header empties it."""

    async def run() -> None:
        async with _queue(server, *SCAN) as scan, server.jetstream() as stream:
            await scan.enqueue([shard(vantage=VANTAGE)])
            await stream.publish("pinsmith.result.fra1.run.0", b"first")
            with pytest.raises(NatsError, match="err_code=10077"):
                await stream.publish("pinsmith.result.fra1.run.0", b"second")
            with pytest.raises(NatsError, match="rollup not permitted"):
                await stream.publish("pinsmith.result.fra1.run.0", b"", headers={"Nats-Rollup": "all"})

    asyncio.run(run())


def _opened(address: str, environ: dict[str, str] | None = None) -> QueueError:
    """Try to open a queue, and return why this fails."""

    async def run() -> None:
        async with NatsQueue(parse_nats(address, environ or {})):
            raise AssertionError(address)

    with pytest.raises(QueueError) as caught:
        asyncio.run(run())
    shown = "".join(traceback.format_exception(caught.value)) + repr(vars(caught.value))
    assert PASSWORD not in shown
    assert "wrong-one" not in shown
    return caught.value


@pytest.mark.parametrize(
    ("change", "problem", "hint"),
    [
        (lambda text: text.replace(PASSWORD, "wrong-one"), "the server refuses the login", "correct the user"),
        (lambda text: text.partition("?")[0], "the certificate of the server is not trusted", "?cafile=FILE"),
        (lambda text: text.replace("localhost", "127.0.0.2"), "the server cannot be reached", "start the server"),
        (
            lambda text: text.replace("pinsmith:", "fra1:"),
            "the server refuses it: no permission for subscription to _inbox",
            "allow it in the permissions",
        ),
        (
            lambda text: text.replace("pinsmith:", "fra1:") + "&inbox=_INBOX_fra1",
            "the server refuses it: no permission for publish to $js.api.stream.create.pinsmith-kept",
            "allow it in the permissions",
        ),
        (lambda text: text + "&replicas=3", "JetStream refuses it: replicas > 1 not supported", "?replicas=1"),
    ],
    ids=["a wrong password", "an unknown authority", "nobody listens", "another inbox", "no rights", "three replicas"],
)
def test_a_queue_that_cannot_be_opened_says_why(
    change: Callable[[str], str], problem: str, hint: str, server: Nats
) -> None:
    """The message names the address and what to do, and contains no password."""
    error = _opened(change(server.queue()))
    assert problem.lower() in str(error).lower()
    assert f":{server.program.port} cannot be used: " in str(error)
    assert hint in (error.hint or "")


def test_a_server_that_does_not_begin_with_tls_is_refused(pki: PKI, cafile: Path) -> None:
    """NATS does so by default: it first says in the clear whether it has TLS."""
    with run_nats(pki.leaf, cafile, first="false") as nats:
        error = _opened(nats.queue())
    assert str(error).endswith("the server does not begin with TLS")
    assert error.hint == "set handshake_first in the tls block of its configuration"


def test_somebody_on_the_way_who_offers_no_tls_gets_no_password() -> None:
    """The client would send it in the clear, if it asked the server before it begins with TLS."""

    async def run() -> bytes:
        received = bytearray()

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b'INFO {"version":"2.15.1","max_payload":1048576,"auth_required":true}\r\n')
            while chunk := await reader.read(65_536):
                received.extend(chunk)
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        queue = NatsQueue(parse_nats(f"tls://pinsmith:{PASSWORD}@localhost:{port}", {}))
        with pytest.raises(QueueError):
            await queue.__aenter__()
        server.close()
        return bytes(received)

    received = asyncio.run(run())
    assert received.startswith(b"\x16\x03")  # a ClientHello
    assert b"CONNECT" not in received
    assert PASSWORD.encode() not in received
